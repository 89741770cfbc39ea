"""How do programs have changes checked, hand proposals in and decide, over HTTP and a token?"""
