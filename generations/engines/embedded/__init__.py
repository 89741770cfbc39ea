"""What code fixers make of a commit, held to what the benchmarks say."""
