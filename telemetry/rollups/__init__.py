"""How often did what happen, hour by hour and day by day, long after the events are gone?"""
