"""Equations: their language, derivatives by the chain rule, matrix form and NumPy code. Knows no networks."""
