"""The command line, one file a command. Help lists the commands in the order of these imports."""

# isort: skip_file
from tracer.cli.application import app, main
from tracer.cli import render, diagram, show, run, derive, worksheet, variants, check, grade, export, audit, weave
from tracer.cli import inventory, new, template, schema, doctor

__all__ = [
    "app", "audit", "check", "derive", "diagram", "doctor", "export", "grade", "inventory", "main", "new", "render",
    "run", "schema", "show", "template", "variants", "weave", "worksheet",
]  # fmt: skip
