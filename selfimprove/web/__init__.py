"""What stands around every page: its frame, its doors, its health."""
