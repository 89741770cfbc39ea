"""Does the example system fail, recover and get worse as its story tells?"""
