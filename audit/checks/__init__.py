"""What verifying looks at beside the tree itself: writers, signatures and clocks."""
