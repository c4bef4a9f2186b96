"""What a student reads: the text of an exercise as a few kinds of blocks, and those as HTML with TeX for MathJax."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import escape

from tracer.errors import clean_text
from tracer.publish.exports.exercise import Exercise, Field


@dataclass(frozen=True)
class Tex:
    """A formula in a line."""

    tex: str


Part = str | Tex | Field  # a field is the place of its answer


@dataclass(frozen=True)
class Block:
    """A heading (h4), a paragraph (p), or a list (ul) of which each part is an item."""

    tag: str
    parts: tuple[Part, ...]


def statement(exercise: Exercise, *notes: str) -> Iterator[Block]:
    """What is given and what is to be done; `notes` say what this platform does with the answers."""
    told = exercise.language.told
    if exercise.network:
        yield Block("p", (told("The network, from the input up:"),))
        yield Block("ul", exercise.network)
    if exercise.given:
        parts: list[Part] = [told("These numbers are given:")]
        for tex, says in exercise.given:
            parts += [" " if len(parts) == 1 else ", ", Tex(tex), *([f" ({says})"] if says else [])]
        yield Block("p", (*parts, "."))
    yield Block("p", (" ".join([*exercise.says, *notes]),))


def questions(exercise: Exercise) -> Iterator[Block]:
    """Every field, with what stands before it."""
    for section in exercise.sections:
        yield Block("h4", (section.heading,))
        for field in section.fields:
            yield Block("p", (Tex(field.label), " ", field))


def static_note(exercise: Exercise) -> str:
    """What a platform that compares with one number cannot do, said to the student."""
    return exercise.language.told(
        "Each answer is compared with one number, so a slip early on makes what follows from it wrong too. "
        "Check each result before you go on."
    )


def html(blocks: Iterable[Block], place: Callable[[Field], str] | None = None) -> str:
    r"""Blocks as HTML; `place` gives the HTML of a field (nothing where it is left out).

    >>> html([Block("p", ("1 < 2: ", Tex(r"\frac{a}{b}")))])
    '<p>1 &lt; 2: \\(\\frac&#123;a&#125;&#123;b&#125;\\)</p>'
    """

    def put(part: Part) -> str:
        if isinstance(part, Field):
            return place(part) if place else ""
        return rf"\({harmless(part.tex)}\)" if isinstance(part, Tex) else harmless(part)

    def block(one: Block) -> str:
        inside = [put(part) for part in one.parts]
        if one.tag == "ul":
            inside = [f"<li>{item}</li>" for item in inside]
        return f"<{one.tag}>{''.join(inside)}</{one.tag}>"

    return "\n".join(map(block, blocks))


def harmless(text: str) -> str:
    """Text as HTML in which nothing can be taken for a field of a platform: braces are written by their numbers, so
    neither a cloze nor a mustache template sees one.

    >>> harmless("{{x}} & <b>")
    '&#123;&#123;x&#125;&#125; &amp; &lt;b&gt;'
    """
    made = escape(clean_text(text))
    return made.replace("{", "&#123;").replace("}", "&#125;")
