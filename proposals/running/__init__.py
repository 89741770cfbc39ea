"""Which check is at work now, what does it say, and who may stop it?"""
