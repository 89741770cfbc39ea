"""Changes that should not pass unseen, and changes that should: what do the gates say of each?"""
