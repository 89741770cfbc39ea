"""How is a generation carried through where a person waits for it: at a terminal, or in a job?"""
