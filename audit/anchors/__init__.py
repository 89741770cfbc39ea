"""What of the log is known outside of this database, and does it still fit?"""
