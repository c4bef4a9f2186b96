"""Exercises for learning platforms: the same questions in the format of each, with what it can keep of the checker."""
