"""The free texts of entries: kept beside the log, bound to it, and the only part that may go."""
