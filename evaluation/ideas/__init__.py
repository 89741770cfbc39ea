"""What should be changed that nobody has written yet: a person takes it up or turns it down."""
