"""Every page can be made, holds nothing unfinished, and compiles as LaTeX."""

from __future__ import annotations

import re
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import Any

import fitting
import html_back
import numpy as np
import pytest
from test_true_as_printed import FORMATS, ZOO, Case, lesson_of, page_of, trace_of
from typesetting import PDFLATEX, needs_pdflatex, typeset

import tracer
from tracer.explain.lesson import Lesson
from tracer.explain.notation import NOTATIONS, notation
from tracer.explain.numbers import digits
from tracer.ops import LOSSES
from tracer.publish.environment import styles, tell
from tracer.publish.formats import WRITERS
from tracer.publish.story import read_story
from tracer.run.loading import built_in

#: what a page never holds: a value that is none, an unfilled slot, a template's mark, a TeX formula outside of dollars
UNFINISHED = {
    "nan": r"(?<![A-Za-z])nan(?![A-Za-z])",
    "None": r"(?<![A-Za-z])None(?![A-Za-z])",
    "an infinite number": r"(?<![A-Za-z\\])inf(?![A-Za-z])",
    "a slot": r"<(?:[lLjinuvksUVJI]|ij|ji|nj|\(n\)|_j|j\?|vu|JJ|IJ)>",
    "a template's mark": r"\{\{-? |\{%-? |\{# |%\}\}",
    "a record": r"\b(?:Ref|Number|Printed|Line|Fraction|array|Unit)\(",
    "a negative number without brackets": r"(?:\\cdot|\\times|[+-]) -[\d\\]",
    "three dots for what cannot be printed": r"\\ldots",
}


def unfinished(page: str) -> list[str]:
    """What is unfinished on a page."""
    page = page[page.find(r"\begin{document}") + 1 :]  # the text alone
    code = r"^(?:```python|\\begin\{Verbatim\}).*?^(?:```|\\end\{Verbatim\})"
    page = re.sub(code, "", page, flags=re.MULTILINE | re.DOTALL)
    return [f"{what}: {match[0]}" for what, pattern in UNFINISHED.items() for match in re.finditer(pattern, page)]


def test_what_is_unfinished_is_found() -> None:
    texts = (
        "$x = nan$",
        "w_{<ij>}",
        "is None.",
        "{{ lesson.title }}",
        "$Ref('x')$",
        r"$\ldots$",
        "-inf",
        r"$2 \cdot -3$",
    )
    for text in texts:
        assert unfinished(text), text
    assert not unfinished("<a id='x'></a> nano Nonetheless $x_{n} < 3$ {{w}_1}")


@pytest.mark.others
@pytest.mark.sampled(4)
@pytest.mark.parametrize("problem", [*built_in(), *ZOO])
@pytest.mark.parametrize("notation_name", NOTATIONS)
def test_every_page_can_be_made(problem: str, notation_name: str) -> None:
    lesson = lesson_of(trace_of(problem), Case(problem, "", notation_name, 4))
    # The notations together see styles and formats of a problem in turn; law1_everywhere.py makes every page there is.
    turn = [*built_in(), *ZOO].index(problem) + list(NOTATIONS).index(notation_name)
    style = styles()[turn % len(styles())]
    format = FORMATS[turn // 2 % len(FORMATS)]
    page = WRITERS[format](read_story(tell(lesson, style)), lesson.title)
    text = html_back.markdown_of(page) if format == "html" else page
    assert unfinished(text) == [], (style, format)
    assert page.endswith("\n") and len(page) > 1500, (style, format)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_can_be_told(loss: str) -> None:
    activation = "" if "" in fitting.last_activations(loss) else fitting.last_activations(loss)[0]
    targets = fitting.targets(loss, (3, 2), np.random.default_rng(1)).tolist()
    problem = {
        "data": {"inputs": [[1, 0], [0, 1], [1, 1]], "targets": targets},
        "layers": [{"weights": [[0.1, -0.2], [0.3, 0.4]], "activation": activation, "bias": [0.1, 0.2]}],
        "training": {"loss": loss, "rate": 0.1},
    }
    turn = list(LOSSES).index(loss)
    for style in (styles()[turn % len(styles())], styles()[(turn + 2) % len(styles())]):
        page = tracer.render(problem, style=style)
        assert unfinished(page) == []
        assert LOSSES[loss].says in page and LOSSES[loss].note in page


# ---------------------------------------------------------------------------------------------- signs and indices


def test_a_decimal_comma_stands_in_every_formula() -> None:
    for style in styles():
        page = re.sub(r"^```.*?^```$", "", tracer.render("mazur", style=style, decimal=","), flags=re.DOTALL | re.M)
        formulas = "".join(re.findall(r"\$\$.*?\$\$|\$[^$]+\$", page, re.DOTALL))
        assert not re.search(r"\d\.\d", formulas)
        assert r"0{,}15" in formulas and r"0{,}3775" in formulas


def test_a_multiplication_cross_replaces_the_dot() -> None:
    for style in styles():
        page = tracer.render("mazur", style=style, times=r"\times")
        assert r"\cdot" not in page and r"\times" in page
        assert r"\times" not in tracer.render("mazur", style=style)


EXAMPLE = {
    "plain": (r"z^{(1)}_{1}", r"z^{(1)}_{1,1}"),
    "hmkcode": (r"\mathrm{net}_{h1} ", r"\mathrm{net}_{h1}^{(1)}"),
    "gokadin": (r"x_{j1} ", r"x_{j1}^{(1)}"),
    "mazur": (r"\mathrm{net}_{h1} ", r"\mathrm{net}_{h1}^{(1)}"),
    "han-kamber": (r"I_{3} ", r"I_{3}^{(1)}"),
    "nielsen": (r"z^{2}_{1} ", r"z^{2}_{1,1}"),
    "pytorch": (r"\mathrm{linear}^{(1)}_{0} ", r"\mathrm{linear}^{(1)}_{0,0}"),
}


@pytest.mark.parametrize("name", NOTATIONS)
@pytest.mark.parametrize("style", styles())
def test_only_several_examples_have_an_index(name: str, style: str) -> None:
    layers: list[dict[str, Any]] = [
        {"weights": [[0.1, 0.2], [0.3, 0.4]], "activation": "sigmoid"},
        {"weights": [[0.5], [0.6]], "activation": "sigmoid"},
    ]
    training = {"loss": "half-squared-error", "rate": 0.1}
    one = {"data": {"inputs": [0.3, 1], "targets": [1]}, "layers": layers, "training": training}
    two = {"data": {"inputs": [[0.3, 1], [1, 0]], "targets": [1, 0]}, "layers": layers, "training": training}
    single, several = (tracer.render(problem, style=style, notation_name=name) for problem in (one, two))
    without, with_index = EXAMPLE[name]
    assert without in single and with_index not in single
    assert with_index in several
    assert not re.search(r"\^\{\(n\)\}|_\{n|sum_\{n", single)


# ---------------------------------------------------------------------------------------------- LaTeX


#: style and notation of the pages that are compiled; every style, notation and problem is among them
COMPILED = [
    *((problem, style, "") for problem in ("mazur", "gokadin-xor") for style in styles()),
    *((problem, styles()[place % len(styles())], "") for place, problem in enumerate([*built_in(), *ZOO])),
    *(("kinks", styles()[place % len(styles())], name) for place, name in enumerate(NOTATIONS)),
]


@lru_cache(maxsize=1)
def articles() -> dict[str, str]:
    pages = {}
    for problem, style, name in COMPILED:
        trace = trace_of(problem)
        chosen = name or trace.problem.notation
        pages[f"{problem}-{style}-{chosen}"] = page_of(Case(problem, style, chosen, 4, "latex"), trace)
    return pages


@pytest.mark.others
def test_articles_compile(tmp_path: Path) -> None:
    needs_pdflatex()
    assert typeset(articles(), tmp_path).wrong == []


def test_one_article_compiles_as_it_is(tmp_path: Path) -> None:
    needs_pdflatex()
    (tmp_path / "page.tex").write_text(
        tracer.render("mazur", format="latex", decimal=",", times=r"\times"), encoding="utf-8"
    )
    for _ in range(2):
        subprocess.run(
            [str(PDFLATEX), "-interaction=nonstopmode", "-halt-on-error", "page.tex"],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            timeout=60,
        )
    assert "undefined" not in (tmp_path / "page.log").read_text(encoding="utf-8", errors="replace")


def test_what_does_not_compile_is_found(tmp_path: Path) -> None:
    needs_pdflatex()
    page = articles_of_one()
    with pytest.raises(AssertionError, match="Double superscript"):
        typeset({"bad": page.replace(r"\end{document}", "$y'_{1}^{2}$\n\\end{document}")}, tmp_path)
    found = typeset({"bad": page.replace(r"\end{document}", "\\ref{nowhere}\n\\end{document}")}, tmp_path)
    assert any("undefined" in wrong for wrong in found.wrong)


def articles_of_one() -> str:
    lesson = Lesson(trace_of("cs231n-circuit"), notation("plain"), digits(2))
    return WRITERS["latex"](read_story(tell(lesson, "plain")), lesson.title)


# ---------------------------------------------------------------------------------------------- wide layers


@pytest.mark.parametrize("style", styles())
def test_a_page_of_a_wide_network_stays_short(style: str) -> None:
    """784-128-10 with 64 examples: shapes, first units, a summary."""
    random = np.random.default_rng(0)
    problem = {
        "data": {"inputs": random.random((64, 784)).round(3), "labels": random.integers(0, 10, 64).tolist()},
        "layers": [
            {"units": 128, "weights": {"draw": "he"}, "activation": "relu"},
            {"units": 10, "weights": {"draw": "xavier"}, "activation": "softmax"},
        ],
        "training": {"loss": "cross-entropy-mean", "rate": 0.1},
    }
    page = tracer.render(problem, style=style, digits=4)
    assert 5_000 < len(page.encode()) < 200_000
    assert r"$784 \times 128$ such values" in page or style in ("mazur", "cavar")
    assert "too many numbers to be printed in a program" in page
