"""Colours: one for each role, readable on their paper, apart for every eye, and nothing but colours."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from reread import without_colours
from test_true_as_printed import Case, elements, halves, pairwise, reading_of, trace_of

import tracer
from tracer.errors import TracerError
from tracer.explain.lesson import Lesson
from tracer.explain.notation import NOTATIONS, notation
from tracer.explain.numbers import Digits, digits
from tracer.explain.roles import roles_told, unmarked
from tracer.publish.colour import COLOURED, MOST_ON_GITHUB, PALETTE, in_colour
from tracer.publish.environment import styles, tell
from tracer.publish.story import read_story
from tracer.run.loading import built_in

TEMPLATES = Path(str(resources.files("tracer.templates")))

# ---------------------------------------------------------------------------------------------- for every eye

#: What protanopes, deuteranopes and tritanopes see, in linear RGB: Machado, Oliveira, Fernandes, "A
#: physiologically-based model for simulation of color vision deficiency", IEEE TVCG 15(6), 2009, table of severity 1.0
EYES = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
#: sRGB to CIE XYZ (IEC 61966-2-1), and its white
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])
#: Differences are those of CIE 1976 L*a*b*, in which 2.3 can just be seen (Mahy, Van Eycken, Oosterlinck, Color
#: Research and Application 19(2), 1994); four times as much is asked for, as letters are thin
LEAST_DIFFERENCE = 10.0
GITHUB = {"light": "#ffffff", "dark": "#0d1117"}  # the paper of github.com


def linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2.1 defines it.

    >>> contrast("#ffffff", "#000000")
    21.0
    """
    low, high = sorted(float(linear(colour) @ XYZ[1]) for colour in (one, other))
    return round((high + 0.05) / (low + 0.05), 2)


def lab(colour: str, eye: str) -> np.ndarray:
    """A colour as an eye sees it, in L*a*b*."""
    part = np.clip(EYES[eye] @ linear(colour), 0, 1) @ XYZ.T / WHITE
    x, y, z = np.where(part > 216 / 24389, np.cbrt(part), (24389 / 27 * part + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def apart(colours: dict[str, str]) -> dict[tuple[str, str, str], float]:
    """How much every two colours differ for every eye."""
    return {
        (eye, one, other): float(np.linalg.norm(lab(colours[one], eye) - lab(colours[other], eye)))
        for eye in EYES
        for one, other in itertools.combinations(colours, 2)
    }


def custom(name: str) -> list[str]:
    """A custom property of the page's style sheet, in light and in dark."""
    return re.findall(rf"--{name}: (#[0-9a-f]{{6}});", (TEMPLATES / "page" / "page.css").read_text(encoding="utf-8"))[
        :2
    ]


def test_the_measures_are_right() -> None:
    assert contrast("#ffffff", "#767676") == 4.54  # the lightest grey that passes on white
    # L*a*b* of sRGB red, as tables have it
    assert np.allclose(lab("#ff0000", "usual"), [53.24, 80.09, 67.20], atol=0.05)
    assert all(np.allclose(eye.sum(axis=1), 1, atol=2e-6) for eye in EYES.values())  # greys stay grey


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_can_be_read_and_told_apart(scheme: str) -> None:
    at = ("light", "dark").index(scheme)
    picture = re.findall(r"\.paper \{ fill: (#[0-9a-f]{6})", (TEMPLATES / "diagram/picture.svg.j2").read_text("utf-8"))
    papers = {custom("paper")[at], custom("tint")[at], picture[at]} if scheme == "dark" else {custom("paper")[at]}
    colours = {role: getattr(colour, scheme) for role, colour in PALETTE.items()}
    least = {paper: min(contrast(colour, paper) for colour in colours.values()) for paper in papers}
    assert all(value >= 4.5 for value in least.values()), least
    found = apart({**colours, "text": custom("text")[at]})
    assert min(found.values()) >= LEAST_DIFFERENCE, min(found.items(), key=lambda item: item[1])


def test_colours_for_paper_nobody_knows_can_be_read_on_both() -> None:
    colours = {role: colour.either for role, colour in PALETTE.items()}
    assert min(contrast(colour, paper) for colour in colours.values() for paper in GITHUB.values()) >= 4
    assert min(apart(colours).values()) >= LEAST_DIFFERENCE


def test_a_palette_for_one_eye_alone_is_noticed() -> None:
    # red, green and brown of the same lightness: plain to most, one colour to others
    found = apart({"one": "#c02020", "other": "#2f7d2f", "third": "#8a6000"})
    assert min(value for (eye, *_), value in found.items() if eye == "usual") > 30
    assert min(found.values()) < LEAST_DIFFERENCE


def test_roles_and_phases_of_pictures_have_the_same_colours() -> None:
    css = (TEMPLATES / "diagram" / "picture.svg.j2").read_text(encoding="utf-8")
    for role, phase in (("net", "forward"), ("gradient", "backward"), ("new", "update")):
        assert re.findall(rf"\.text\.{phase} {{ fill: (#[0-9a-f]+)", css) == [*PALETTE[role][:2]]


# ---------------------------------------------------------------------------------------------- nothing but colours

LEGEND = re.compile(r"Each kind of value has one colour.*?Nothing is said by colour alone\.\n*", re.DOTALL)
WIDE = [Case(*row) for row in pairwise([*built_in(), "own-layers", "kinks", "mazur-3"], styles(), list(NOTATIONS), [4])]


def lesson_of(case: Case, coloured: bool) -> Lesson:
    return Lesson(trace_of(case.problem), notation(case.notation, coloured=coloured), digits(case.digits))


@lru_cache(maxsize=64)
def story_of(case: Case, coloured: bool) -> str:
    return tell(lesson_of(case, coloured), case.style)


def squeezed(story: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", story)


@pytest.mark.parametrize("all_of_them", [False, pytest.param(True, marks=pytest.mark.others)])
@pytest.mark.parametrize("style", styles())
def test_a_story_without_its_marks_is_the_story_without_colours(style: str, all_of_them: bool) -> None:
    for case in [case for case in WIDE if case.style == style][:: 3 if all_of_them else 9]:
        coloured, plain = story_of(case, True), story_of(case, False)
        assert "\\role" not in plain and coloured.count("\\role") > 20
        assert squeezed(LEGEND.sub("", unmarked(coloured))) == squeezed(plain), case
        assert nested(coloured) == [], case


def nested(text: str) -> list[str]:
    """Marks that stand in other marks."""
    return [inside for inside in marked(text) if "\\role" in inside[1]]


def marked(text: str) -> list[tuple[str, str]]:
    """Every mark: its role, and what stands in it."""
    found = []
    for mark in re.finditer(r"\\role\{(\w+)\}\{", text):
        end, depth = mark.end(), 1
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        found.append((mark[1], text[mark.end() : end - 1]))
    return found


def test_marks_in_marks_are_noticed() -> None:
    assert nested(r"\role{gradient}{\frac{\partial E}{\partial \role{weight}{w}}}")


_DRAWN = re.compile('data:image/svg\\+xml;base64,([^"]*)')


def _decoded(found: re.Match[str]) -> str:
    return _letters(base64.b64decode(found[1]).decode())


def without(page: str, format: str) -> str:
    """A coloured page with everything taken out that sets colours, and the legend."""
    if format in ("html", "stepper"):
        page = re.sub(r"(\n *\.role-\w+ \{ color: #[0-9a-f]{6}; \})+", "", page)
        page = page.replace("\n@media screen and (prefers-color-scheme: dark) {\n}\n", "\n")
        page = re.sub(r"<p>Each kind of value has one colour.*?</p>\n", "", page)
    if format in ("html", "stepper", "island"):
        return _without_rows(LEGEND.sub("", page))
    if format == "notebook":
        sources = (_DRAWN.sub(_decoded, " ".join(cell["source"])) for cell in json.loads(page)["cells"])
        return "\n".join(" ".join(LEGEND.sub("", without_colours(source)).split()) for source in sources)
    if format == "typst":
        page = re.sub(r"\n#let palette = .*\n#let role.*\n", "", page)
        page = re.sub(r'#"Each kind of value has one colour.*\n\n', "", page)
        while mark := re.search(r'(?<=\W)role\("\w+", ', page):
            end, depth = mark.end(), 1
            while depth:
                depth += {"(": 1, ")": -1}.get(page[end], 0) if page[end - 1] != "\\" else 0
                end += 1
            page = page[: mark.start()] + page[mark.end() : end - 1] + page[end:]
        page = page.replace('\\"', '"').replace("\\n", "\n")
        return re.sub(r'(?<=[-∂⋅=+≈(]) (?=")', "", page)  # words stand close, also to signs
    if format == "latex":
        page = re.sub(r"\\usepackage\{xcolor\}\n(\\definecolor\{trace(?!forward|backward|update).*\n)+.*\n", "", page)
    if format == "kramdown":
        page = re.sub(r"(?<=\{) | (?=\})", "", page)  # braces are written apart
    return LEGEND.sub("", without_colours(page))


def _without_rows(page: str) -> str:
    """MathML without the rows that have a colour."""
    made, rows = [], list[bool]()
    for piece in re.split(r"(<mrow[^<>]*>|</mrow>)", page):
        if piece.startswith("<mrow"):
            rows.append("role-" in piece or "style=" in piece)
            made.append("" if rows[-1] else piece)
        else:
            made.append("" if piece == "</mrow>" and rows.pop() else piece)
    # how far signs stand from what is beside them is said in other words where that is a row
    return re.sub(r' [lr]space="[^"]*"', "", "".join(made))


#: with matrices, decimals and pictures; the others in full
PAGES = [("mazur", "mazur"), ("eoj-softmax", "hmkcode")]


@pytest.mark.others
@pytest.mark.parametrize(
    ("format", "problem", "style"),
    [
        pytest.param(format, *page, marks=[] if (number + other) % 2 else pytest.mark.others)
        for number, format in enumerate(COLOURED)
        if format != "pdf"  # made of the same text as typst
        for other, page in enumerate(PAGES)
    ],
)
def test_a_page_without_its_colours_is_the_page_without_colours(format: str, problem: str, style: str) -> None:
    coloured = tracer.render(problem, format=format, style=style)
    plain = tracer.render(problem, format=format, style=style, colour=False)
    assert coloured != plain and "role" not in plain.replace("role=", "") and "color{" not in _body(plain)
    assert squeezed(_letters(without(coloured, format))) == squeezed(_letters(without(plain, format)))


def _body(page: str) -> str:
    return page[page.find(r"\begin{document}") + 1 :]


def _letters(page: str) -> str:
    """A page with the letters of its pictures alone, as pieces of one colour are pieces of their own in them."""
    svg = re.compile(r"<svg.*?</svg>", re.DOTALL)
    return svg.sub(lambda found: " ".join("".join(node.itertext()) for node in labels(found[0])), page)


def labels(picture: str) -> list[ET.Element]:
    return ET.fromstring(picture).findall(".//{http://www.w3.org/2000/svg}text")


def test_markdown_as_pandoc_reads_it_has_no_colours_unless_asked() -> None:
    plain, coloured = tracer.render("mazur"), tracer.render("mazur", colour=True)
    assert "color" not in plain and "role" not in plain
    assert squeezed(LEGEND.sub("", without_colours(coloured))) == plain
    assert f"{{\\color{{{PALETTE['weight'].either}}}{{w_{{5}}}}}}" in coloured


# ---------------------------------------------------------------------------------------------- what has which colour

_NUMBER = re.compile(r"(?:\\left\()?-?\d[\d.]*(?: \\times 10\^\{-?\d+\})?(?:\\right\))?")
IN_PLACE = [
    Case("mazur", "plain", "mazur", 6),
    Case("mazur", "mazur", "nielsen", "4sf"),
    Case("hmkcode", "hmkcode", "hmkcode", 4),
    Case("gokadin", "gokadin", "gokadin", 9),
    Case("han-kamber", "plain", "han-kamber", 3),
    Case("own-layers", "plain", "plain", 4),
    Case("mazur-3", "hmkcode", "pytorch", 3),
]


def in_place(story: str) -> Iterator[tuple[list[tuple[str, str]], list[tuple[str, str]], list[tuple[str, str]]]]:
    """The marks of two neighbours of a chain, of which the second has numbers where the first has symbols, and those
    of its first member."""
    for display in re.findall(r"\$\$\n(.*?)\$\$", story, re.DOTALL):
        members = re.split(r"(?:\\\\)?\s*&?(?:\\quad )?(?: =|=|\\approx) ", display.replace("\\begin{aligned}\n", ""))
        head, *_ = found = list(map(marked, members))
        for one, other in itertools.pairwise(found):
            numbers = [bool(_NUMBER.fullmatch(inside)) for _, inside in other]
            if one and other and all(numbers) and not any(_NUMBER.fullmatch(inside) for _, inside in one):
                yield one, other, head


@pytest.mark.parametrize("case", IN_PLACE, ids=lambda case: f"{case.problem}-{case.notation}")
def test_numbers_have_the_colour_of_the_symbol_they_stand_for(case: Case) -> None:
    story, _ = halves(story_of(case, True), "markdown")
    reading = reading_of(trace_of(case.problem), case, 1)
    known: dict[str, str] = {}
    for symbol, _, ref in elements(reading):
        known.setdefault(symbol, reading.number(ref).tex())
    seen = set()
    for symbols, numbers, head in in_place(story):
        if len(symbols) == 1 < len(numbers) or len(numbers) == 1 < len(symbols):
            continue  # a product worked out; a general formula before its one number
        if len(symbols) == 1 and symbols != head and numbers[0][0] == head[0][0]:
            continue  # what is passed on as it is: the number is that of the left side
        assert [role for role, _ in symbols] == [role for role, _ in numbers], (symbols, numbers)
        for (role, symbol), (_, number) in zip(symbols, numbers, strict=True):
            plain = re.sub(r"\\left\(|\\right\)", "", number)
            if symbol in known:
                assert known[symbol] == plain, (symbol, number)
                seen.add(role)
    assert seen >= set(roles_told(reading.network)) - {"new"}


def test_the_colours_of_one_line() -> None:
    made = Lesson(trace_of("mazur"), notation("mazur", coloured=True), Digits(4))
    line = made.unit(made._reading.names.known() and _ref(made, "net_h1")).tex
    expected = [("net", r"\mathrm{net}_{h1}"), ("weight", "w_{1}"), ("input", "i_{1}"), ("weight", "w_{2}")]
    assert marked(line)[:4] == expected
    assert ("weight", "0.15") in marked(line) and ("input", "0.05") in marked(line) and marked(line)[-1][0] == "net"


def _ref(made: Lesson, name: str):  # type: ignore[no-untyped-def]
    return made._reading.trace.address(name).single


def test_pictures_and_tables_have_the_colours_of_formulas() -> None:
    picture = tracer.diagram("mazur", until="end", notation_name="mazur")
    shown = {
        (node.get("class", "").split()[0], node.text)
        for label in labels(picture)
        for node in label
        if node.get("class", "").startswith("role-")
    }
    for role, text in (("weight", "w"), ("input", "0.05"), ("target", "0.01"), ("gradient", "∂"), ("new", "→")):
        assert any(found == f"role-{role}" and text in letters for found, letters in shown), role
    assert "role-" not in tracer.diagram("mazur", until="end", colour=False)
    assert LEGEND.search(story_of(Case("mazur", "mazur", "mazur", 6), True))
    row = r"| $\role{weight}{w_{5}}$ | $\role{weight}{0.4}$ | $\role{gradient}{0.082167}$ | $\role{new}{0.358916}$ |"
    assert row in story_of(Case("mazur", "mazur", "mazur", 6), True)


# ---------------------------------------------------------------------------------------------- what formats can take


def test_github_gets_no_display_with_fifty_colours() -> None:
    for count in (MOST_ON_GITHUB, MOST_ON_GITHUB + 1):
        tokens = read_story("$$\n" + r" + \role{net}{z}" * count + "\n$$")
        assert in_colour(tokens, "github")[0].content.count(r"\color") == (count if count < 50 else 0)
        assert in_colour(tokens, "kramdown")[0].content.count(r"\color") == count
    for problem, style in (("mazur", "hmkcode"), ("eoj-softmax", "cavar")):
        page = tracer.render(problem, format="github", style=style)
        assert max(display.count(r"\color") for display in re.findall(r"```math\n(.*?)```", page, re.DOTALL)) < 50


def test_headings_and_captions_have_no_colours() -> None:
    tokens = in_colour(
        read_story("## The $\\role{net}{z}$\n\n![of $\\role{net}{z}$](a.svg)\n\n$\\role{net}{z}$"), "latex"
    )
    found = [child.content for token in tokens for child in (token.children or []) if child.type == "math_inline"]
    assert found == ["z", r"\role{net}{z}"]


def test_a_role_that_there_is_not_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "walkthrough"
    folder.mkdir()
    (folder / "own.md.j2").write_text(
        '{% import "walkthrough/parts.md.j2" as show with context %}\n{{ show.role("nett", "nets") }}'
    )
    with pytest.raises(TracerError, match="no role 'nett'"):
        tracer.render("mazur", format="html", style="own", templates=tmp_path)
    assert tracer.render("mazur", style="own", templates=tmp_path).strip() == "nets"
