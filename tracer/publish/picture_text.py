"""A drawing to the text of a picture: SVG for pages and files, TikZ for LaTeX, each by a template."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import jinja2

from tracer.errors import clean_text
from tracer.explain.drawing import Box, Drawing, Label, Stroke, rounded
from tracer.publish.colour import PALETTE, Colour
from tracer.publish.environment import environment
from tracer.publish.latex_text import escape_latex, formula

_WHERE = {"start": "base west", "middle": "base", "end": "base east"}
_INK = {"forward": "traceforward", "backward": "tracebackward", "update": "traceupdate", "note": "black!65"}
_FILL = {"forward": "traceforward!10", "backward": "tracebackward!10", "update": "traceupdate!10"}


class Span(NamedTuple):
    """Letters of a label as SVG has them: how far below the letters before them they stand, their size (0: that of the
    label), and their classes."""

    text: str
    dy: float
    size: float
    style: str


def svg(picture: Drawing, name: str = "", either: bool = False, ground: str = "") -> str:
    """A drawing as SVG that stands alone or in a page; all its ids begin with its name. `either` gives its roles the
    colours for paper of which nobody knows whether it is light or dark; the drawing itself is as the reader's system
    is, unless `ground` is "light" or "dark".

    The same drawing gives the same text. Titles come from users and are escaped by the template.
    """
    made = _svg_environment().get_template("diagram/picture.svg.j2")
    return made.render(
        picture=_clean(picture),
        id=identifier(name or picture.name),
        halos=_halos(picture),
        n=number,
        classes=_classes,
        path=_svg_path,
        spans=_spans,
        palette=_palette(picture, either),
        ground=ground,
    )


def tikz(picture: Drawing) -> str:
    """A drawing as a TikZ picture, in the words of the preamble that `write_latex` makes."""
    made = _tex_environment().get_template("diagram/picture.tex.j2")
    return made.render(
        picture=picture,
        halos=_halos(picture),
        n=number,
        styles=_styles,
        path=_tikz_path,
        fill=lambda item: _FILL.get(item.role, "white"),
        ink=lambda item: f"text={_INK.get(item.role, 'black')}" + (",opacity=0.35" if item.pale else ""),
        anchor=lambda item: _WHERE[item.anchor],
        tex=_tex,
    ).strip("\n")


@lru_cache(maxsize=1)
def _svg_environment() -> jinja2.Environment:
    return environment().overlay(autoescape=True)


@lru_cache(maxsize=1)
def _tex_environment() -> jinja2.Environment:
    return environment().overlay(
        block_start_string="((*",
        block_end_string="*))",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="((#",
        comment_end_string="#))",
    )


def identifier(name: str) -> str:
    """A name as an id and as a part of a file's name: letters, digits and dashes."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "picture"


def number(value: float) -> str:
    """A place as it is printed.

    >>> number(12.0), number(0.5), number(-0.04)
    ('12', '0.5', '0')
    """
    return f"{rounded(value):.1f}".removesuffix(".0")


def _palette(picture: Drawing, either: bool) -> dict[str, Colour]:
    """The roles that letters of a drawing have, with their colours."""
    found = {run.role for label in picture.labels for run in label.text.runs}
    shown = {role: colour for role, colour in PALETTE.items() if role in found}
    return {role: Colour(*[colour.either] * 3) for role, colour in shown.items()} if either else shown


def _clean(picture: Drawing) -> Drawing:
    """XML has no control characters, not even escaped ones."""
    how = {**vars(picture), "title": clean_text(picture.title), "description": clean_text(picture.description)}
    return Drawing(**how)


def _halos(picture: Drawing) -> list[tuple[float, float, float, float]]:
    """Rectangles of paper under the labels that may stand on a line."""
    boxes = (label.box for label in picture.labels)
    return [(left - 3, top, right + 3, bottom) for left, top, right, bottom in boxes]


def _classes(item: Stroke | Box | Label) -> str:
    marks = [item.role] if item.role != "value" else []
    marks += ["current"] if item.current else []
    marks += ["pale"] if item.pale else []
    return "".join(f" {mark}" for mark in marks)


def _svg_path(item: Stroke) -> str:
    first, *rest = [f"{number(x)},{number(y)}" for x, y in item.points]
    if not item.curved:
        return f"M{first} L{' '.join(rest)}"
    return f"M{first} C{' '.join(rest)}"


def _spans(item: Label) -> list[Span]:
    made, above = [], 0.0
    for run in item.text.runs:
        rise = rounded(run.rise * item.size)
        style = " ".join([*([f"role-{run.role}"] if run.role else []), *(["slanted"] if run.slanted else [])])
        made.append(Span(run.text, above - rise, run.size * item.size if run.size != 1 else 0, style))
        above = rise
    return made


# -- TikZ


def _styles(item: Stroke | Box) -> str:
    marks = [item.role]
    if item.role in ("backward", "update"):
        marks.append(f"dashed {item.role}")
    marks += ["current"] if item.current else []
    marks += ["pale"] if item.pale else []
    return ",".join(marks)


def _tikz_path(item: Stroke) -> str:
    places = [f"({number(x)},{number(y)})" for x, y in item.points]
    if not item.curved:
        return " -- ".join(places)
    pieces = [
        f".. controls {one} and {two} .. {end}"
        for one, two, end in zip(places[1::3], places[2::3], places[3::3], strict=True)
    ]
    return " ".join([places[0], *pieces])


def _tex(item: Label) -> str:
    if not item.text.tex:
        return escape_latex(item.text.plain).replace(r"\ensuremath{\vdots}", "$\\vdots$")
    inner = f"${formula(item.text.tex)}$"
    return f"{{\\boldmath {inner}}}" if item.current else inner
