"""Notebooks: valid, the same each time, and their cells print what stands under them, which is what the trace has."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

import tracer
from tracer.publish.environment import styles
from tracer.publish.notebook import write_notebook
from tracer.publish.render import page
from tracer.publish.story import read_story
from tracer.run.loading import built_in

pytestmark = pytest.mark.others


def made(problem: str, style: str = "") -> dict[str, Any]:
    result: dict[str, Any] = json.loads(tracer.render(problem, format="notebook", style=style))
    return result


def whole_pictures(problem: str, style: str) -> int:
    """How many pictures the Markdown page shows."""
    return page(problem, "markdown", style=style, images=Path("there"))[0].count("![")


def text(lines: list[str]) -> str:
    return "".join(lines)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("problem", built_in())
def test_it_is_valid_and_whole(problem: str) -> None:
    for style in styles() if problem == "mazur" else [""]:
        notebook = json.loads(tracer.render(problem, format="notebook", style=style, colour=False))
        nbformat.validate(notebook)
        assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
        cells = notebook["cells"]
        assert [cell["id"] for cell in cells] == [f"cell-{number}" for number in range(1, len(cells) + 1)]
        prose = "\n\n".join(text(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        assert prose.count("<img ") == whole_pictures(problem, style)
        prose = re.sub(r'\n*<img alt="[^"<>]*" src="data:image/svg\+xml;base64,[\w+/=]*">', "", prose)
        whole = tracer.render(problem, style=style)
        without = re.sub(r"(\n\nIt prints:)?\n\n```(python|text)\n.*?\n```", "", whole, flags=re.DOTALL)
        assert re.sub(r"\n+", "\n", prose).strip() == re.sub(r"\n+", "\n", without).strip()


@pytest.mark.parametrize(
    ("problem", "style"), [("mazur", "cavar"), ("gokadin-xor", "hmkcode"), ("eoj-softmax", "plain")]
)
def test_its_cells_print_what_stands_under_them(problem: str, style: str) -> None:
    notebook = nbformat.reads(tracer.render(problem, format="notebook", style=style), as_version=4)
    stated = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    assert any(stated)
    NotebookClient(notebook, timeout=60, kernel_name="python3", record_timing=False).execute()
    printed = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    assert [out for out, wanted in zip(printed, stated, strict=True) if wanted] == [out for out in stated if out]


def test_it_is_the_same_each_time() -> None:
    assert tracer.render("mazur", format="notebook") == tracer.render("mazur", format="notebook")


def test_its_outputs_are_the_values_of_the_trace() -> None:
    trace = tracer.trace("mazur")
    outputs = "".join(
        text(output["text"])
        for cell in made("mazur", "cavar")["cells"]
        if "outputs" in cell
        for output in cell["outputs"]
    )
    for name in ("z1", "a2", "delta1", "dw2", "w1_new"):
        [line] = re.findall(rf"^{name} = (.*)$", outputs, flags=re.MULTILINE)
        np.testing.assert_allclose(json.loads(line), trace.value(name, 1), atol=5.1e-10)


def test_a_program_without_output_is_a_cell_without_output() -> None:
    story = "# A\n\n```python\nx = 1\n```\n\nText.\n\n```text\nnot from the program\n```\n"
    notebook = json.loads(write_notebook(read_story("```python\ny = 2\n```\n\n- item\n\n" + story)))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [text(cell["source"]) for cell in code] == ["y = 2", "x = 1"]
    assert [cell["execution_count"] for cell in code] == [None, 2]
    assert text(code[1]["outputs"][0]["text"]) == "not from the program\n"
