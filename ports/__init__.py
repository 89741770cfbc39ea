"""The outside world: one small protocol per port, one adapter per file."""
