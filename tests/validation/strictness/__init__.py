"""Is every way to make tests ask for less seen, and no honest work on them?"""
