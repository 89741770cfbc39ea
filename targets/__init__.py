"""The repositories and systems that we improve."""
