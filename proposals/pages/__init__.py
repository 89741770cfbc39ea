"""What a reviewer sees, and how a decision comes in."""
