"""How a history comes in from files of other products, and of our own."""
