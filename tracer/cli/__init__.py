"""The command line, one file a command. Help lists the commands in the order of these imports."""

# isort: skip_file
from tracer.cli.application import app, main
from tracer.cli import render, diagram, show, run, audit, derive, inventory, new, template

__all__ = ["app", "audit", "derive", "diagram", "inventory", "main", "new", "render", "run", "show", "template"]
