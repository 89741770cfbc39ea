"""What that happens now starts an evaluation before its time?"""
