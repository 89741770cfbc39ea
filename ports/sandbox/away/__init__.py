"""How does a job run on a machine of AWS's, and what comes back of it?"""
