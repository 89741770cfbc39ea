"""Commands about validation."""
