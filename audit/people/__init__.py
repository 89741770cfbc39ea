"""The people behind the pseudonyms: the one place that says who is who, and may forget it."""
