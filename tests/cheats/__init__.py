"""Ways to fake success, one file each; validation/proving/corpus.py reads them."""
