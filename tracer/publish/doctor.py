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


def fits(here: str, wanted: str) -> bool:
    """Whether a version is one of those that are wanted; of what cannot be compared it is taken to be.

    >>> fits("8.5.1", "<8.5,>=8.1"), fits("8.10", "<8.11,>=8.9"), fits("2.0rc1", "")
    (False, True, True)
    """
    mine = _numbers(here)
    for sign, bound in re.findall(r"(>=|<=|==|<|>)\s*([0-9][0-9.]*)", wanted):
        other = _numbers(bound)
        width = max(len(mine), len(other))
        first, second = (one + (0,) * (width - len(one)) for one in (mine, other))
        if not {
            ">=": first >= second,
            "<=": first <= second,
            "==": first == second,
            "<": first < second,
            ">": first > second,
        }[sign]:
            return False
    return True


def _numbers(text: str) -> tuple[int, ...]:
    found = re.match(r"[0-9]+(?:\.[0-9]+)*", text)
    return tuple(map(int, found[0].split("."))) if found else ()


def doctor() -> str:
    """The report, a line for each thing."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    yield f"Tracer {_version(NAME)}, Python {platform.python_version()}, {platform.system()}"
    yield ""
    yield "Needed:"
    wrong = []
    for one in packages():
        sound = bool(one.here) and fits(one.here, one.wanted)
        wrong += [] if sound else [one]
        line = f"  {one.name:<16}{one.here or 'MISSING':<12}{one.wanted}".rstrip()
        yield line if sound or not one.here else f"{line}   <- another version is wanted"
    if wrong:
        yield "  What is wrong here is put right by:"
        yield "  pip install " + " ".join(f"'{one.name}{one.wanted}'" for one in wrong)
    yield ""
    yield "Extras:"
    for extra, gives in EXTRAS.items():
        found = packages(extra)
        missing = [one.name for one in found if not one.here]
        old = [f"{one.name} {one.here} ({one.wanted})" for one in found if one.here and not fits(one.here, one.wanted)]
        yield f"  {extra:<16}{'missing' if missing else 'other' if old else 'installed':<12}{gives}"
        if old:
            yield f"{'':30}another version is wanted of {', '.join(old)}"
        if missing or old:
            yield f"{'':30}pip install '{NAME}[{extra}]'"
    yield ""
    yield "Programs, which nothing above needs:"
    for program, gives in PROGRAMS.items():
        yield f"  {program:<16}{'found' if shutil.which(program) else 'not found':<12}{gives}"
