"""One file per format: which records are its own, and which events they hold."""
