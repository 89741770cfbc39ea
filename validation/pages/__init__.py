"""What people see of the rules that changes are judged by."""
