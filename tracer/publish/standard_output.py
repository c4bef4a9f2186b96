"""Text to standard output, to its end, also where nobody reads any more."""

from __future__ import annotations

import os
import re
import sys

from tracer.errors import CONTROL, TracerError


def use_utf8() -> None:
    """Make what is printed UTF-8 with LF, whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace", newline="\n")


#: what would go back in a line, or turn its letters round
_ACTS_THERE = re.compile("[\r\u202d\u202e]")


def harmless(text: str) -> str:
    """Lines for a terminal, with U+FFFD for what would act on it: text of a problem is anybody's.

    >>> harmless("\\x1b[31mred\\x07")
    '�[31mred�'
    """
    return _ACTS_THERE.sub("\ufffd", CONTROL.sub("\ufffd", text))


def printed(text: str) -> bool:
    """Print a text; False where the reader has gone, as `head` does. Raises TracerError T501 and OSError."""
    if sys.stdout is None:
        raise TracerError("T501", "standard output", "it is closed.", "", "Write to a file: -o FILE.")
    try:
        sys.stdout.write(harmless(text))
        sys.stdout.flush()
    except BrokenPipeError:
        print_no_more()
        return False
    return True


def print_no_more() -> None:
    """Send the rest of standard output nowhere: Python flushes it once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
