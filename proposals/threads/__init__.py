"""What do people say about a change, and about which line of which version of it?"""
