"""Do edits that were written by hand become exactly the change that was meant, or none?"""
