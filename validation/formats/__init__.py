"""How is a verdict written for programs?"""
