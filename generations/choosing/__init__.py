"""What should be tried next, and what was tried before?"""
