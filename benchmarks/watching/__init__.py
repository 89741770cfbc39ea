"""How is a deployment judged beside what it left alone, and by more than its failures?"""
