"""What is known of failures that look alike: grouping, state, weight, diagnosis, moves."""
