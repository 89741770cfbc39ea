"""Does the gateway keep its contract?"""
