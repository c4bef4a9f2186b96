"""The command `tracer`, begun outside its package: Ctrl-C while that is imported ends without a traceback."""

from __future__ import annotations

import os
import signal


def main() -> None:
    """Run the command line; exit status 130 where somebody stops it before it begins."""
    # A KeyboardInterrupt would come out of some imports as another error. Nothing was begun that could be lost.
    quietly = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if quietly:
        signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    from tracer.cli import main as command

    if quietly:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    command()
