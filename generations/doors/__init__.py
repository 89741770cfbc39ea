"""What does a program with a token learn of its target's generations?"""
