"""Which answers of gates need not be asked for again?"""
