"""What is an event, how is it read from a line, and how is it kept as a row?"""
