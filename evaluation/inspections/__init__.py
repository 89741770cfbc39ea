"""What did a maintenance pass or a weekly scan look at and find, and what became of it?"""
