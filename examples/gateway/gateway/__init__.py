"""A small gateway between agents and the tools they use."""
