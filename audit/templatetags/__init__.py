"""Words for the templates of the log."""
