"""Does what people approved still stand on the ground that they saw?"""
