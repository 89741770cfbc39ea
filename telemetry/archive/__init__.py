"""How do events leave, come back and end?"""
