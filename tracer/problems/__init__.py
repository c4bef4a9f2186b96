"""Built-in problem files, each with its published source."""
