"""What somebody else's evaluator says of a review, which decides nothing here."""
