"""From approved to proven, or reverted."""
