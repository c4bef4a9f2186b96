"""Pages in HTML: a whole process, a warm page, a formula; and nbconvert on the same story as a notebook."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path

from compare import Row, by_turns, progress, seconds

from tracer.explain.lesson import lesson
from tracer.publish.environment import tell
from tracer.publish.html import write_html
from tracer.publish.mathml import mathml
from tracer.publish.story import read_story

PAIRS = 7
PAGES = 20  # warm pages in one turn
COLD = [str(Path(sysconfig.get_path("scripts")) / "tracer"), "render", "mazur", "-o", "mazur.html"]
NBCONVERT = [sys.executable, "-m", "nbconvert", "--to", "html", "--log-level", "ERROR", "mazur.ipynb"]


def rows() -> list[Row]:
    """A page of mazur, cold and warm; a page with 400 formulas; one formula."""
    if importlib.util.find_spec("nbconvert") is None:
        progress("HTML: left out, nbconvert is not installed (python -m pip install nbconvert==7.17.2)")
        return []
    story = tell(lesson("mazur"))
    many = four_hundred(story)
    with tempfile.TemporaryDirectory() as folder:
        return [
            _cold(story, Path(folder)),
            _warm("a page of mazur, warm", story),
            _warm("a page with 400 formulas, warm", many),
            _formulas(story),
        ]


def four_hundred(story: str) -> str:
    """A story with exactly 400 formulas: that of mazur, again and again."""
    parts = re.split(r"(\$\$.*?\$\$|\$[^$\n]+\$)", story, flags=re.DOTALL)
    text, count = "", 0
    while count < 400:
        for place, part in enumerate(parts):
            text += part
            count += place % 2
            if count == 400:
                break
    return text


def notebook(story: str) -> str:
    """The story as a notebook of one cell; nothing in it is run."""
    import nbformat

    text = re.sub(r"(\$\$) \([^)]*\)$|\{#[^}\s]+\}$", r"\1", story, flags=re.MULTILINE)  # labels are ours alone
    cell = nbformat.v4.new_markdown_cell(text)
    made: str = nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))
    return made


def _cold(story: str, folder: Path) -> Row:
    """Milliseconds of a process, from its start to a page in a file; modules are compiled beforehand."""
    progress("HTML, cold")
    (folder / "mazur.ipynb").write_text(notebook(story), encoding="utf-8")
    around = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    around["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")

    def process(command: list[str]) -> Callable[[], object]:
        return lambda: subprocess.run(command, check=True, capture_output=True, env=around, cwd=folder)

    process(COLD)()
    process(NBCONVERT)()
    ours, theirs = by_turns(PAIRS, lambda _: seconds(process(COLD)) * 1e3, lambda _: seconds(process(NBCONVERT)) * 1e3)
    return Row("tracer render mazur -o mazur.html, cold", "nbconvert", "ms", ours, theirs, 1)


def _warm(what: str, story: str) -> Row:
    """Milliseconds from the text of a story to the text of a page."""
    progress(what)
    import nbformat
    from nbconvert import HTMLExporter

    exporter, book = HTMLExporter(), nbformat.reads(notebook(story), as_version=4)

    def ours(_: int) -> float:
        return seconds(lambda: [write_html(read_story(story), title="mazur") for _ in range(PAGES)]) * 1e3 / PAGES

    def theirs(_: int) -> float:
        return seconds(lambda: exporter.from_notebook_node(book)) * 1e3

    ours(0)
    theirs(0)
    return Row(what, "nbconvert, formulas left as TeX", "ms", *by_turns(PAIRS, ours, theirs), 1)


def _formulas(story: str) -> Row:
    """Microseconds a formula, against the whole page by formula: how much of it the formulas are."""
    progress("HTML, a formula")
    found = [match[1] or match[2] for match in re.finditer(r"\$\$(.*?)\$\$|\$([^$\n]+)\$", story, re.DOTALL)]

    def ours(_: int) -> float:
        return seconds(lambda: [mathml(tex, display=True) for _ in range(PAGES) for tex in found]) * 1e6

    def page(_: int) -> float:
        return seconds(lambda: [write_html(read_story(story), title="mazur") for _ in range(PAGES)]) * 1e6

    ours(0)
    page(0)
    pairs = by_turns(PAIRS, ours, page)
    by_formula = (tuple(time / PAGES / len(found) for time in side) for side in pairs)
    return Row(f"a formula in MathML ({len(found)} of mazur)", "its share of the whole page", "us", *by_formula, 0.5)
