"""Which open proposals get in each other's way?"""
