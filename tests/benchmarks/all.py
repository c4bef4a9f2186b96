"""Every benchmark in one run and one table; arguments choose some: cold, lines, html, checking, grading ..."""

from __future__ import annotations

import os
import platform
import sys
from time import perf_counter

import batches
import checking
import cold_start
import grading
import html_pages
import printed_lines
import torch_hooks
import training
from compare import table

#: Memory that one side gave back is kept for the other. Otherwise the first touch of fresh memory, which some systems
#: answer ten times slower at one moment than at the next, is all that a row with gigabytes measures.
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(2**33), "MALLOC_TRIM_THRESHOLD_": str(2**34)}

GROUPS = {"cold": cold_start.rows, "lines": printed_lines.rows, "html": html_pages.rows, "training": training.rows}
GROUPS |= {"batches": batches.rows, "torch": torch_hooks.rows, "checking": checking.rows, "grading": grading.rows}


def main(chosen: list[str]) -> None:
    """Measure and print; nothing is asserted."""
    if unknown := set(chosen) - set(GROUPS):
        raise SystemExit(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    if not KEEP_MEMORY.keys() <= os.environ.keys():  # glibc reads them when a process starts
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | KEEP_MEMORY)
    start = perf_counter()
    rows = [row for name in chosen or GROUPS for row in GROUPS[name]()]
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    print(f"Python {platform.python_version()}, {load}, {perf_counter() - start:.0f} s in all\n\n{table(rows)}")


if __name__ == "__main__":
    main(sys.argv[1:])
