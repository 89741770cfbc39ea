"""What happens when somebody asks for another version of a change?"""
