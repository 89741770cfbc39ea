"""What does code of the target do when it is really run: with the change, and without it?"""
