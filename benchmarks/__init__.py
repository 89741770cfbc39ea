"""What "better" means."""
