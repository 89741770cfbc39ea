"""How is a change deployed where we are not: by a webhook there, and a callback here?"""
