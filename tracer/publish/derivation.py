"""A name or a formula to a page with its derivation; the story is `templates/derivation/page.md.j2`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from markdown_it.token import Token

from tracer.errors import TracerError
from tracer.explain.derivations import Derivation
from tracer.explain.typed_formula import derivations_for
from tracer.publish.environment import environment
from tracer.publish.files import write_whole
from tracer.publish.latex import write_latex
from tracer.publish.markdown import write_markdown
from tracer.publish.story import read_story

#: suffix -> from the story's tokens and its title to the text of the page
WRITERS: Mapping[str, Callable[[Sequence[Token], str], str]] = {
    ".md": lambda tokens, _: write_markdown(tokens),
    ".markdown": lambda tokens, _: write_markdown(tokens),
    ".tex": lambda tokens, title: write_latex(tokens, title=title),
}


def derivation_page(made: Sequence[Derivation], suffix: str = ".md") -> str:
    """Finished derivations to the text of one page.

    >>> derivation_page(derivations_for("tanh")).splitlines()[0]
    '# The derivative of the hyperbolic tangent'
    """
    title = made[0].title
    template = environment().get_template("derivation/page.md.j2")
    return WRITERS[suffix](read_story(template.render(derivations=made, title=title)), title)


def derive_to(path: Path, formula: str, by: str = "") -> None:
    """A name or formula to a page in a file, written whole or not at all; the format follows from the suffix.

    Raises TracerError T503 for a suffix nobody knows, and what `derivations_for` and `write_whole` raise.
    """
    suffix = path.suffix.lower()
    if suffix not in WRITERS:
        known = ", ".join(WRITERS)
        raise TracerError(
            "T503", str(path), f"nobody writes a derivation as '{path.suffix or path.name}'.", f"Known: {known}."
        )
    write_whole(path, derivation_page(derivations_for(formula, by), suffix))
