"""Where the log is published outside, and when."""
