"""How do comments here and comments on the forge come to be the same conversation?"""
