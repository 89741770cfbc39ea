"""Tests of how Python is read that is newer than the Python that reads it."""
