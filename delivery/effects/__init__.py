"""What did a deployed change do, seen from more than one side?"""
