"""How an auditor reads the log: asks, finds, keeps a question, takes the answer away."""
