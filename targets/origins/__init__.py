"""How an origin is reached: with which right, and what it answers."""
