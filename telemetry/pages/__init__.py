"""The pages of patterns, events and sessions."""
