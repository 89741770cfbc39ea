"""What is a pull request here, whatever forge it is on?"""
