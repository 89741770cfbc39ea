"""No state of an object without its entry, and no such entry without its state."""
