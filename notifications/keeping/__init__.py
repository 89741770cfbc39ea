"""How is kept what nobody may read from the database?"""
