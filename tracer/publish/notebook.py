"""Story tokens into a Jupyter notebook (nbformat 4.5): prose in Markdown cells, Python listings in cells that run.

A listing in `python` that is followed by a sentence and a listing in `text` is a program and what it prints: the
notebook has the second as the output of the first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

from markdown_it.token import Token

from tracer.publish.markdown import write_markdown
from tracer.read.answers_notebook import TAG

#: no cell is longer than from one heading of these to the next
_BEGINS = ("h1", "h2", "h3")
#: the empty line before a comment at the margin, and a line at the margin that prints one line
_SECTION = re.compile(r"\n\n(?=# )")
_PRINT = re.compile(r"^print\(", re.MULTILINE)


def write_notebook(tokens: Sequence[Token]) -> str:
    """Story tokens into the text of an .ipynb file; cells have the same ids each time.

    >>> from tracer.publish.story import read_story
    >>> made = json.loads(write_notebook(read_story("# A page\\n\\n```python\\nprint(1)\\n```")))
    >>> [(cell["id"], cell["cell_type"], cell["source"]) for cell in made["cells"]]
    [('cell-1', 'markdown', ['# A page']), ('cell-2', 'code', ['print(1)'])]
    """
    cells = []
    programs = 0
    for number, cell in enumerate(_cells(list(tokens)), 1):
        if cell["cell_type"] == "code":
            programs += 1
            cell |= {"execution_count": programs if cell["outputs"] else None}
            for output in cell["outputs"]:
                output["text"] = _lines(output["text"])
        cells.append({"id": f"cell-{number}", "metadata": {}, **cell, "source": _lines(cell["source"])})
    notebook = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _cells(tokens: list[Token]) -> Iterator[dict[str, Any]]:
    prose: list[Token] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        program = token.type == "fence" and token.level == 0 and token.info.strip() == "python"
        if prose and (program or (token.type == "heading_open" and token.tag in _BEGINS and token.level == 0)):
            yield _markdown(prose)
            prose = []
        if not program:
            prose.append(token)
            place += 1
            continue
        printed, place = _printed(tokens, place + 1)
        for source, text in _pieces(token.content.removesuffix("\n"), printed):
            outputs = [{"name": "stdout", "output_type": "stream", "text": text}] if text else []
            yield {"cell_type": "code", "outputs": outputs, "source": source}
    if prose:
        yield _markdown(prose)


def _printed(tokens: list[Token], place: int) -> tuple[str, int]:
    """What the program before `place` prints, "" where the story does not say, and the place after it."""
    after = tokens[place : place + 4]
    kinds = [token.type for token in after]
    if kinds == ["paragraph_open", "inline", "paragraph_close", "fence"] and after[3].info.strip() == "text":
        return after[3].content, place + 4
    return "", place


def _pieces(program: str, printed: str) -> list[tuple[str, str]]:
    """A program in pieces that run one after the other, from one comment at its margin to the next, each with what it
    prints; one piece where it cannot be told which piece prints which line."""
    pieces = _SECTION.split(program)
    lines = printed.splitlines(keepends=True)
    counts = [len(_PRINT.findall(piece)) for piece in pieces]
    if sum(counts) != len(lines) or sum(piece.count("print(") for piece in pieces) != len(lines):
        return [(program, printed)]
    ends = list(accumulate(counts))
    return [(piece, "".join(lines[end - count : end])) for piece, count, end in zip(pieces, counts, ends, strict=True)]


def _markdown(tokens: list[Token]) -> dict[str, Any]:
    made = {"cell_type": "markdown", "source": write_markdown(tokens).removesuffix("\n")}
    return made | {"metadata": {"tags": [TAG]}} if any(map(_has_blank, tokens)) else made


def _has_blank(token: Token) -> bool:
    return token.type == "blank" or any(map(_has_blank, token.children or []))


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
