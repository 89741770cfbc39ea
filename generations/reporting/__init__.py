"""What is told of generations, for a page, a program and a terminal."""
