"""What may not pass."""
