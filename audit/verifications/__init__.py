"""How is the log verified while a person waits for the answer on a page?"""
