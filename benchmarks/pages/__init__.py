"""What the pages about benchmarks show, and which acts they offer."""
