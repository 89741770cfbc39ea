"""What may be approved that no person has read, within which bounds, and who answers for it?"""
