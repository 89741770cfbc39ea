"""What runs of a target now, and how does it go back to what ran before?"""
