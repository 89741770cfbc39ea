"""What do the rules propose with no language model called?"""
