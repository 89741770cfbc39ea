"""What do a target's tests show of a change, where the change runs in the same process as they?"""
