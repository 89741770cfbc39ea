"""The example system as a target, and the story that is told with it."""
