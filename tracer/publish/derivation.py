"""A name or a formula to a page with its derivation; the story is `templates/derivation/page.md.j2`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tracer.explain.derivations import Derivation
from tracer.explain.typed_formula import derivations_for
from tracer.publish.environment import environment
from tracer.publish.formats import WRITERS, format_of, write_page
from tracer.publish.sandbox import told_in
from tracer.publish.story import read_story


def derivation_page(made: Sequence[Derivation], format: str = "markdown") -> str:
    """Finished derivations to the text of one page.

    >>> derivation_page(derivations_for("tanh")).splitlines()[0]
    '# The derivative of the hyperbolic tangent'
    """
    title = made[0].title
    template = environment().get_template("derivation/page.md.j2")
    return WRITERS[format](read_story(told_in(template, {"derivations": made, "title": title}.items())), title)


def derive_to(path: Path, formula: str, by: str = "") -> None:
    """A name or formula to a page in a file, written whole or not at all; the format follows from the suffix.

    Raises TracerError T503 for a suffix nobody knows, and what `derivations_for` and `write_page` raise.
    """
    format = format_of(path)
    write_page(path, format, derivation_page(derivations_for(formula, by), format))
