"""How are the tests of a target named, started and heard of?"""
