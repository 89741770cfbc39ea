"""What a person needs when something went wrong: one page, one command, one file."""
