"""`python -m tracer.cli`: the command line without an installed script."""

from tracer.cli import main

main()
