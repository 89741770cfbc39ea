"""What do the sessions since the last pass say should be maintained?"""
