"""What happened to the agents."""
