"""How an act becomes a line of text, and how that line gets into its table."""
