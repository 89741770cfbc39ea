"""What the evidence means and what should change."""
