"""Where do rows lie, once each, for how long, and what when the database takes no more?"""
