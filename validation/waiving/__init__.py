"""Which single findings did a person let pass, for how long, and why?"""
