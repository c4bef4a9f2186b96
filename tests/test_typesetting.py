r"""Lines that are too wide: estimated widths, broken formulas, and what pdflatex says of whole pages."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import latex_everywhere
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_formula import PARTS, formulas
from typesetting import ALLOWED, PDFLATEX, needs_pdflatex, read_log, typeset

import tracer
from tracer.explain.lesson import lesson
from tracer.publish.environment import styles, tell
from tracer.publish.formula_width import DISPLAY, QUAD, TEXT, extent, width
from tracer.publish.line_breaking import breakable, broken
from tracer.publish.story import read_story
from tracer.read.formula import Command, Fenced, Group, Node, Script, Symbol, Table, Words, read_formula, written


def in_a_row(parts: tuple[Node, ...]) -> Iterator[str]:
    """The signs of a formula in order, without line breaks, indents, and the sizes of brackets."""
    for part in parts:
        match part:
            case Symbol(tex):
                sign = re.sub(r"^\\(?:[bB]igg?)[lr]", "", tex)
                yield from [] if sign in (r"\quad", r"\qquad", r"\allowbreak") else [sign]
            case Words(text):
                yield text
            case Group(inner):
                yield from in_a_row(inner)
            case Command(name, arguments, option):
                if name != "narrowed":
                    yield f"\\{name}"
                yield from in_a_row((*arguments, option) if option else arguments)
            case Script(base, below, above):
                yield from in_a_row((base,))
                for mark, script in (("_", below), ("^", above)):
                    yield from () if script is None else (mark, *in_a_row(script.parts))
            case Fenced(left, inner, right):
                yield from (sign for sign in (left, *in_a_row(inner), right) if sign != ".")
            case Table(environment, _, rows):
                if environment not in ("aligned", "smallmatrix"):
                    yield environment
                cells = [cell for row in rows for cell in row]
                yield from (sign for cell in cells for sign in in_a_row(cell))


def same(tex: str, other: str) -> bool:
    """Whether two formulas are the same but for the lines they stand on; a small matrix is a matrix."""
    first, second = (
        [sign for sign in in_a_row(read_formula(text)) if sign not in ("pmatrix", "bmatrix")] for text in (tex, other)
    )
    return (
        first == second
        if "pmatrix" not in tex
        else [s for s in first if s not in "()"] == [s for s in second if s not in "()"]
    )


LONG = (
    (r"a = b + c + d", 40, "a &= b \\\\\n&\\quad + c \\\\\n&\\quad + d"),
    (r"a = b \cdot c + d \cdot e", 70, "a &= b \\cdot c \\\\\n&\\quad + d \\cdot e"),
)


@pytest.mark.parametrize(("tex", "room", "lines"), LONG)
def test_a_line_is_broken_before_its_loosest_sign(tex: str, room: float, lines: str) -> None:
    assert broken(tex, room) == f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}"
    assert broken(tex, 455) == tex


def test_brackets_that_are_cut_keep_their_size() -> None:
    made = broken(r"y = \left(\frac{a}{b} + \frac{c}{d}\right)^{2}", 70)
    assert r"\biggl(" in made and r"\biggr)^{2}" in made and r"\left" not in made


def test_a_long_left_side_has_a_line_of_its_own() -> None:
    made = broken(r"a + b + c + d + e = f + g", 105)
    assert made.startswith("\\begin{aligned}\n& a + b + c + d + e \\\\\n&\\quad = f")


def test_what_has_no_break_is_made_smaller() -> None:
    row = " & ".join(["0.123456789"] * 9)
    assert broken(f"\\begin{{pmatrix}} {row} \\end{{pmatrix}}", 300).startswith(r"\narrowed{")
    assert broken("x_{", 1) == "x_{"  # no formula


def test_a_long_root_has_lines_in_it() -> None:
    made = broken(r"n = \sqrt{" + " + ".join(["0.123456^2"] * 9) + "}", 200)
    assert made.count(r"\begin{aligned}") == 2 and "narrowed" not in made
    assert width(read_formula(made)) <= 200


def test_a_long_formula_in_a_sentence_can_be_broken() -> None:
    tex = r"\mathrm{factor} = \left(aaaaaa + bbbbbbb, cccc\right), dddd"
    assert breakable(tex).count("allowbreak") == 1
    assert r"\left" not in breakable(tex)


@settings(max_examples=50, deadline=None)
@given(PARTS, st.integers(10, 200))
def test_breaking_changes_nothing_but_lines(parts: tuple[Node, ...], room: int) -> None:
    tex = written(parts)
    assert same(tex, broken(tex, room))


@pytest.mark.parametrize("style", ["hmkcode", "cavar"])
def test_pages_are_broken_into_lines_that_fit(style: str) -> None:
    found = set(formulas(read_story(tell(lesson("eoj-softmax", shown=9), style, None))))  # type: ignore[call-arg]
    count = 0
    for tex in found:
        made = broken(tex, 300)
        count += made != tex
        assert same(tex, made), tex
        assert extent(read_formula(made)).width * QUAD <= 300 or "narrowed" in made
    assert count > 3


# ---------------------------------------------------------------------------------------------- TeX


@pytest.mark.others
def test_widths_are_those_of_tex(tmp_path: Path) -> None:
    """Of each formula of a few pages, in a display and in a sentence."""
    needs_pdflatex()
    stories = [tell(lesson(name), style, None) for name, style in (("eoj-softmax", "hmkcode"), ("mazur", "cavar"))]
    found = sorted({tex for told in stories for tex in formulas(read_story(told))})
    preamble = tracer.render("cs231n-circuit", format="latex").partition(r"\hypersetup")[0]
    lines = [preamble, r"\newlength{\wide}", r"\begin{document}"]
    for number, tex in enumerate(found):
        for style, command in ((DISPLAY, "displaystyle"), (TEXT, "textstyle")):
            lines.append(f"\\settowidth{{\\wide}}{{$\\{command} {tex}$}}\\typeout{{<{number} {style} \\the\\wide>}}")
    (tmp_path / "widths.tex").write_text("\n".join([*lines, r"\end{document}"]), encoding="utf-8")
    command = [str(PDFLATEX), "-interaction=nonstopmode", "widths.tex"]
    log = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60).stdout.decode("utf-8", "replace")
    measured = re.findall(r"<(\d+) (\d) ([\d.]+)pt>", log)
    assert len(measured) == 2 * len(found) > 200
    wrong = []
    for number, style, points in measured:
        estimate = width(read_formula(found[int(number)]), int(style))
        if abs(estimate - float(points)) > max(4.0, 0.06 * float(points)):
            wrong.append((estimate, points, style, found[int(number)]))
    assert wrong == []


def sample() -> list[latex_everywhere.Page]:
    """Pages of every style and problem, those with the longest lines among them."""
    found = list(latex_everywhere.pages())
    wanted = [page for page in found if page[0].startswith("clipped") or page[0].endswith("softmax/hmkcode/9")]
    return [*wanted[::6], *found[:: len(found) // 16], *[page for page in found if "derive" in page[0]][::12]]


@pytest.mark.others
def test_no_line_stands_out(tmp_path: Path) -> None:
    needs_pdflatex()
    articles = {name: text for name, problem, how in sample() if (text := latex_everywhere.article(problem, how))}
    short = {name: text for name, text in articles.items() if len(text) < 160_000}  # others hold dozens of pictures
    assert len(short) > 12
    found = typeset(short, tmp_path, runs=1)
    assert [line for line in found.wrong if "undefined" not in line] == []  # references are tested in test_pages.py
    assert [line for line in found.overfull if line.points > ALLOWED] == []


def test_what_stands_out_is_read_from_the_log() -> None:
    log = "<<page a>>\nOverfull \\hbox (12.5pt too wide) detected at line 3\n! Undefined control sequence.\n"
    found = read_log(log)
    assert [(line.page, line.points) for line in found.overfull] == [("a", 12.5)]
    assert found.wrong == ["a: ! Undefined control sequence."]


# ---------------------------------------------------------------------------------------------- numbers of equations


@pytest.mark.parametrize("style", styles())
def test_the_text_points_at_its_main_equations(style: str) -> None:
    page = tracer.render("mazur", style=style, format="latex")
    labels = re.findall(r"\\label\{([^}]*)\}", page)
    links = re.findall(r"\\eqref\{([^}]*)\}", page)
    assert set(labels) == set(links)
    assert len(labels) == len(set(labels)) >= 4
