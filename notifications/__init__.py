"""Who hears of what happens, where, when, and did it reach them?"""
