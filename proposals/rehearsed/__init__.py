"""What came of trying a change out and taking it back, before anybody decides about it?"""
