"""The command line, one file a command. Help lists the commands in the order of these imports."""

# isort: skip_file
from tracer.cli.application import app, main
from tracer.cli import render, diagram, show, run, derive, worksheet, variants, check, grade, export, inventory, new
from tracer.cli import template

__all__ = [
    "app", "check", "derive", "diagram", "export", "grade", "inventory", "main", "new", "render", "run", "show",
    "template", "variants", "worksheet",
]  # fmt: skip
