"""Whose word is the log: the keys that sign it, where they lie, and what they have signed."""
