"""What is there to improve? An example system that really runs and really fails."""
