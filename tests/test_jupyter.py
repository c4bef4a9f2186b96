"""Records and fences in notebooks: a Jupyter notebook that is run, marimo, and what both ask a record for.

Figures are those of Matt Mazur's article, as it prints them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from hosts import FIGURES, look, needs, run
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from test_browser import browser  # noqa: F401

import tracer
from tracer.publish.homework import checked_sheet, course_for
from tracer.read.answers import Sheet
from tracer.run.shown import Shown

KINDS = ["text/html", "text/markdown", "text/plain"]


def of(name: str) -> Any:
    return next(step for step in tracer.trace("mazur").steps() if step.name == name)


#: what is shown of a record: its figures, the beginning of its plain text
SHOWN = {
    "problem": (lambda: tracer.load("mazur"), ["0.15", "0.55", "0.99"], "Problem('mazur'): A 2-2-2 network"),
    "trace": (lambda: tracer.trace("mazur"), ["0.298371109", "0.082167041", "0.35891648"], "Trace('mazur', 1 step)"),
    "step": (lambda: of("delta2"), ["0.138498562"], "delta2 (backward)\n[[ 0.13849856"),
    "gradient": (lambda: of("dw2"), ["0.082167041"], "dw2 (backward)"),  # dw2 is another one in the article's names
    "worked": (lambda: tracer.trace("mazur").worked("w5+"), ["0.082167041", "0.35891648"], "w5_new"),
    "whole": (lambda: tracer.lesson("mazur").quantity("delta2"), ["0.138498562"], ""),
}


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_shown_of_a_record(name: str) -> None:
    make, figures, plain = SHOWN[name]
    made = make()._repr_mimebundle_()
    assert sorted(made) == KINDS and made["text/plain"].startswith(plain)
    for kind in KINDS[:2]:
        assert not [figure for figure in figures if figure not in made[kind]], kind
    assert made["text/html"].startswith('<div class="trace">') and "$" not in made["text/html"]
    assert "$$\n" in made["text/markdown"] or "| $" in made["text/markdown"]


def test_a_report_is_shown() -> None:
    report = checked_sheet(course_for("mazur", asked="z1"), Sheet("anna", "", {}))
    made = report._repr_mimebundle_()  # type: ignore[attr-defined]
    assert "**0 of 2 answers are right.**" in made["text/markdown"] and "0 of 2 answers are right" in made["text/plain"]
    assert "<strong>0 of 2 answers are right.</strong>" in made["text/html"]


def test_a_notebook_may_ask_for_less() -> None:
    worked: Any = tracer.trace("mazur").worked("E")
    assert list(worked._repr_mimebundle_(include=["text/plain"])) == ["text/plain"]
    assert sorted(worked._repr_mimebundle_(include=None, exclude={"text/html"})) == KINDS[1:]
    with pytest.raises(TypeError):
        Shown()._repr_mimebundle_()  # type: ignore[attr-defined]


def test_every_run_that_has_a_curve_shows_it() -> None:
    made = tracer.trace("mazur", steps=3)._repr_mimebundle_()  # type: ignore[attr-defined]
    assert made["text/html"].count("<svg ") == 2 and "the error over the steps" in made["text/markdown"]


# -- a notebook that is run

MAGIC = '%%trace\nproblem = "mazur"\nshow = "weight w5"\ndigits = 4'


def ran(folder: Path, *cells: str) -> list[Any]:
    """The outputs of each cell of a notebook."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
    return [cell.outputs for cell in notebook.cells]


@pytest.mark.others
@pytest.mark.filterwarnings("default")  # of the kernel and its sockets
def test_a_jupyter_notebook(browser: Any, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "own.toml").write_text(Path(tracer.__file__).with_name("problems").joinpath("hmkcode.toml").read_text())
    own = '%%trace\nproblem = "own.toml"\nshow = "value prediction"'
    cells = ["%load_ext tracer", MAGIC, own, "import tracer; made = tracer.trace('mazur', steps=2); made"]
    loaded, *outputs = ran(tmp_path, *cells)
    assert loaded == []
    shown = [output["data"] for (output,) in outputs]
    assert all(sorted(data) == KINDS for data in shown)
    assert "0.3947" in shown[1]["text/plain"] and shown[2]["text/plain"] == "Trace('mazur', 2 steps)"
    assert "[Every way from this weight to the error]" in shown[0]["text/plain"]
    page = tmp_path / "page.html"
    body = "".join(data["text/html"] for data in shown)
    page.write_text(f"<!doctype html><meta charset=utf-8><title>x</title>{body}", encoding="utf-8")
    text = look(browser, page, least=40)
    assert all(figure in text for figure in (*FIGURES, "0.3947", "0.298371109"))


@pytest.mark.others
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (MAGIC.replace("show", "shw"), "cell, line 3: unknown key 'shw'.\nDid you mean 'show'?   [T802]"),
        (MAGIC.replace("trace\n", "trace mazur\n"), "%%trace: something stands behind it.\nExpected it alone"),
    ],
)
def test_a_broken_cell_says_what_is_wrong_and_ends_the_run(cell: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(CellExecutionError) as caught:
        ran(tmp_path, "%load_ext tracer", cell)
    assert caught.value.evalue.startswith(message)
    assert caught.value.traceback.strip().count("\n") <= 12 and "Traceback" not in caught.value.traceback


MARIMO = """\
import marimo
app = marimo.App()
@app.cell
def _():
    import tracer
    made = tracer.trace("mazur")
    return (made,)
@app.cell
def _(made):
    made
    return
@app.cell
def _(made):
    made.worked("w5+")
    return
"""


@pytest.mark.others
def test_a_marimo_notebook(browser: Any, tmp_path: Path) -> None:  # noqa: F811
    needs("marimo")
    (tmp_path / "notebook.py").write_text(MARIMO)
    done = run(tmp_path, "marimo", "export", "ipynb", "notebook.py", "-o", "made.ipynb", "--include-outputs")
    assert done.returncode == 0, done.stderr
    cells = nbformat.read(tmp_path / "made.ipynb", as_version=4).cells
    shown = [output["data"]["text/html"] for cell in cells for output in cell.outputs]
    assert len(shown) == 2 and "0.298371109" in shown[0] and "0.35891648" in shown[1]
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><meta charset=utf-8><title>x</title>{''.join(shown)}", encoding="utf-8")
    look(browser, page)
