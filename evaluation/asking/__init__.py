"""What a model is shown about a target's failures, and how much of it."""
