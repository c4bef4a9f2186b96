"""Pieces of a trace inside pages of others: the fence that asks for one, and what it becomes."""
