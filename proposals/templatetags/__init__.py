"""What the pages of lower rooms show of proposals."""
