"""A whole process that renders a page, against one that only imports the four libraries it stands on."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from time import perf_counter

from compare import Row, by_turns, progress

PAIRS = 9
TRACER = [str(Path(sysconfig.get_path("scripts")) / "tracer"), "render", "mazur"]
IMPORTS = [sys.executable, "-c", "import numpy, sympy, jinja2, markdown_it"]


def rows() -> list[Row]:
    """Milliseconds from the start of a process to its end.

    Both find their modules compiled, as after `pip install`: in a folder of this benchmark, which a first process of
    each fills, whatever the surroundings say about writing .pyc files.
    """
    progress("cold start")
    with tempfile.TemporaryDirectory() as folder:
        around = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        around["PYTHONPYCACHEPREFIX"] = folder

        def process(command: list[str]) -> float:
            start = perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=around)
            return (perf_counter() - start) * 1000

        process(TRACER)
        process(IMPORTS)
        ours, theirs = by_turns(PAIRS, lambda _: process(TRACER), lambda _: process(IMPORTS))
    return [Row("tracer render mazur, cold", "bare imports", "ms", ours, theirs, 1.6)]
