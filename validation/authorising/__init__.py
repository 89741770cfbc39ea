"""Which policies decide every write by an agent, and what do they say of this one?"""
