"""What is installed, and what each thing that is missing would give: the text of `tracer doctor`."""

from __future__ import annotations

import platform
import re
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from typing import NamedTuple

NAME = "backprop-tracer"

#: what the packages of an extra give
EXTRAS = {
    "pdf": "pages as PDF, without TeX: tracer render mazur -o mazur.pdf",
    "markdown": "fences in the pages of MkDocs, Zensical and Pelican",
    "jupyter": "fences in the cells of a notebook: %load_ext tracer",
    "sphinx": "fences in the pages of Sphinx, also in Markdown (MyST)",
    "docs": "the site of Tracer itself",
    "test": "the tests of Tracer itself",
}
#: programs of the system, and what they give
PROGRAMS = {
    "pdflatex": "a PDF of a page that was written as LaTeX",
    "jupyter": "notebooks opened and run",
    "pandoc": "pages in Markdown turned into other formats, with their fences: --filter tracer-pandoc",
}


class Package(NamedTuple):
    """A package that Tracer needs, or that an extra brings: which versions do, and which one is here ("": none)."""

    name: str
    wanted: str
    here: str


def packages(extra: str = "") -> list[Package]:
    """The packages that are always needed, or those of an extra.

    >>> [one.name for one in packages("pdf")]
    ['typst']
    """
    found = []
    for line in requires(NAME) or ():
        need, _, marker = line.partition(";")
        of = re.search(r"extra == ['\"](\w+)['\"]", marker)
        if (of[1] if of else "") == extra:
            name, wanted = re.fullmatch(r"\s*([\w.-]+)\s*(.*?)\s*", need).groups()  # type: ignore[union-attr]
            found.append(Package(name, wanted, _version(name)))
    return found


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def doctor() -> str:
    """The report, a line for each thing."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    yield f"Tracer {_version(NAME)}, Python {platform.python_version()}, {platform.system()}"
    yield ""
    yield "Needed:"
    for one in packages():
        yield f"  {one.name:<16}{one.here or 'MISSING':<12}{one.wanted}".rstrip()
    yield ""
    yield "Extras:"
    for extra, gives in EXTRAS.items():
        missing = [one.name for one in packages(extra) if not one.here]
        yield f"  {extra:<16}{'missing' if missing else 'installed':<12}{gives}"
        if missing:
            yield f"{'':30}pip install '{NAME}[{extra}]'"
    yield ""
    yield "Programs, which nothing above needs:"
    for program, gives in PROGRAMS.items():
        yield f"  {program:<16}{'found' if shutil.which(program) else 'not found':<12}{gives}"
