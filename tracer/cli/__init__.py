"""The command line, one file a command. Help lists the commands in the order of these imports."""

# isort: skip_file
from tracer.cli.application import app, main
from tracer.cli import render, diagram, show, run, derive, inventory, new, template, worksheet

__all__ = ["app", "derive", "diagram", "inventory", "main", "new", "render", "run", "show", "template", "worksheet"]
