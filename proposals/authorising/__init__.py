"""Who wrote a proposal, in the words of the policies, and would other policies let it pass?"""
