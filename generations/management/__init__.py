"""Commands about generations."""
