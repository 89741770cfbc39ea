"""What is on its way in, and where does it go when it is no proposal?"""
