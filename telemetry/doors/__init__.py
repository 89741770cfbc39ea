"""How does an agent hand in what happened, over HTTP and with a token?"""
