"""`python -m tracer`: the command line without an installed script."""

from tracer.cli import main

main()
