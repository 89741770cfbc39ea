"""What leaves the product so that somebody else can judge the log without it."""
