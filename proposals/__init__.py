"""The document and the human decision."""
