"""What writes, what seals and whom they are measured beside."""
