"""How are pull requests opened, reviewed and merged on GitHub?"""
