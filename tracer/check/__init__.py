"""Answers of students against a trace: what is right from their own numbers, what is wrong, and which mistake it is."""
