"""How a generation is carried through its phases, whatever happens on the way."""
