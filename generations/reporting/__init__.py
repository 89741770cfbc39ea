"""What is told of a generation, and of many of them?"""
