"""What cannot be unsaid: the append-only log, its tree and its verification."""
