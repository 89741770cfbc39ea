"""What holds on this machine, and what does it lack?"""
