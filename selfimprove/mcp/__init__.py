"""How do agents use the product as tools: over stdio or HTTP, with a token, as a person would?"""
