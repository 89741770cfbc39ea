"""What does a week show that a day does not?"""
