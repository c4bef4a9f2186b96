"""How far a long run is, on the terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tracer.run.run import Progress as Told

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE = 1.0  # seconds before anything is shown
BETWEEN = 0.1  # seconds from one look to the next


@contextmanager
def progress_bar(total: int, what: str = "steps") -> Iterator[Told | None]:
    """What a run calls with the number of steps done: a bar with rate and time left on standard error, which goes again
    at the end. None where that is no terminal; nothing is shown of a run of less than a second."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    bar: Progress | None = None
    begun = seen = time.monotonic()

    def told(done: int) -> None:
        nonlocal bar, seen
        now = time.monotonic()
        if now - begun < PATIENCE or now - seen < BETWEEN:
            return
        seen = now
        bar = bar or _bar(total)
        bar.update(bar.task_ids[0], completed=done, description=f"{done / (now - begun):,.0f} {what} a second")
        bar.refresh()

    try:
        yield told
    finally:
        if bar is not None:
            bar.stop()


def _bar(total: int) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    made = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
    made.add_task("", total=total)
    made.start()
    return made
