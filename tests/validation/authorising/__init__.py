"""Do the policies decide what they say, and is no silence taken for a yes?"""
