"""Tests of what is known of whitelisted values."""
