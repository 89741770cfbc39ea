"""What of this room can be done from a terminal."""
