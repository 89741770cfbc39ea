"""How are gates asked, so that none can hold up the others and somebody can watch?"""
