"""What may be spent on language models, what was, and on what?"""
