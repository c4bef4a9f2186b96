"""Commands of Tracer run as a user runs them, each in a process of its own, without the time that imports take.

The processes are forked from one that has imported Tracer already. That a fresh interpreter begins, and how soon, is
tested in `test_cli.py`, and with an installed wheel in `wheel_check.py`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

TERMINAL = {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
SECONDS = 300  # a command that takes longer is ended


def run_tracer(words: Sequence[str], folder: Path, errors: int = subprocess.STDOUT) -> subprocess.CompletedProcess[str]:
    """Run `tracer ...` in a folder, on a terminal of 100 columns without colours."""
    with tempfile.TemporaryDirectory() as place:
        files = [Path(place, "out"), Path(place, "out" if errors == subprocess.STDOUT else "err")]
        server = _server()
        assert server.stdin and server.stdout
        server.stdin.write(json.dumps([list(words), str(folder), *map(str, files)]) + "\n")
        server.stdin.flush()
        status = int(server.stdout.readline())
        out, said = (path.read_text(encoding="utf-8") for path in files)
    return subprocess.CompletedProcess(list(words), status, out, said if errors != subprocess.STDOUT else None)


@cache
def _server() -> subprocess.Popen[str]:
    """The process that has imported Tracer; it ends when this one does, as its input ends then."""
    return subprocess.Popen(
        [sys.executable, __file__], env=os.environ | TERMINAL, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _serve() -> None:
    """Run the commands that come in, one after another, and print the status each ends with."""
    import sympy  # noqa: F401

    import tracer.cli
    import tracer.publish.homework
    import tracer.publish.render  # noqa: F401
    from tracer_start import main

    for line in sys.stdin:
        words, folder, out, errors = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(folder, out, errors)
            sys.argv = words
            main()
            sys.exit(0)
        _, ended = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(ended), flush=True)


def _become(folder: str, out: str, errors: str) -> None:
    """Turn this process into that of a command: its folder, its files, and nothing to read."""
    signal.alarm(SECONDS)
    os.chdir(folder)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, file in ((1, out), (2, errors)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)


if __name__ == "__main__":
    _serve()
