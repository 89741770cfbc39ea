"""What people see of generations, and which acts the pages offer."""
