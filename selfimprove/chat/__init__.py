"""How does a person read and decide from a chat, by the rules of the pages?"""
