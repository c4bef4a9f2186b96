"""The formats of pages: a writer for each, and the suffixes that ask for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tracer.errors import TracerError, shortened, suggest
from tracer.explain.language import ENGLISH
from tracer.publish.dialect import DIALECTS, Dialect
from tracer.publish.files import encoded, readable, write_whole
from tracer.publish.html import write_html
from tracer.publish.latex import write_latex
from tracer.publish.markdown import write_markdown
from tracer.publish.notebook import write_notebook
from tracer.publish.pdf import check_pdf, pdf
from tracer.publish.typst import write_typst
from tracer.run.files import write_pieces

#: tokens and a title to a page; a language other than English is a third argument
Writer = Callable[..., str]


def _markdown(dialect: Dialect) -> Writer:
    return lambda tokens, _title, _language=ENGLISH: write_markdown(tokens, dialect)


#: format -> from the tokens of a story and its title to the text of the page
WRITERS: Mapping[str, Writer] = {
    **{name: _markdown(dialect) for name, dialect in DIALECTS.items()},
    "latex": lambda tokens, title, language=ENGLISH: write_latex(tokens, title=title, language=language.tag),
    "html": lambda tokens, title, language=ENGLISH: write_html(tokens, title=title, language=language),
    "stepper": lambda tokens, title, language=ENGLISH: write_html(tokens, title=title, language=language, stepper=True),
    "notebook": lambda tokens, _title, _language=ENGLISH: write_notebook(tokens),
    **dict.fromkeys(
        ("typst", "pdf"),  # a PDF is made of the same text, by `write_page`
        lambda tokens, title, language=ENGLISH: write_typst(tokens, title=title, language=language.tag),
    ),
}
#: suffix -> the formats that files with it have, the one that is meant when nothing else is said first
SUFFIXES: Mapping[str, tuple[str, ...]] = {
    ".md": tuple(DIALECTS),
    ".markdown": tuple(DIALECTS),
    ".tex": ("latex",),
    ".html": ("html", "stepper"),
    ".htm": ("html", "stepper"),
    ".ipynb": ("notebook",),
    ".pdf": ("pdf",),
    ".typ": ("typst",),
}
#: other names of formats
ALSO = {"pandoc": "markdown"}


def format_named(name: str) -> str:
    """A format by its name or its suffix ("md", "tex"). Raises TracerError T503.

    >>> format_named("tex")
    'latex'
    """
    found = ALSO.get(name) or SUFFIXES.get(f".{name}", (name,))[0]
    if found not in WRITERS:
        raise TracerError("T503", "format", f"there is no format '{shortened(name)}'.", suggest(name, WRITERS))
    return found


def text_format(name: str) -> str:
    """A format that is text, by its name or its suffix. Raises TracerError T503.

    >>> text_format("markdown")
    'markdown'
    """
    found = format_named(name)
    if found == "pdf":
        raise TracerError("T503", "format pdf", "a PDF is no text.", "", "Write it to a file: -o page.pdf.")
    return found


def format_of(path: Path, name: str = "") -> str:
    """The format of a page in a file: the one named, or the one that the suffix asks for.

    Raises TracerError T503, and T506 for PDF where nothing is installed that makes it.
    """
    found = _format_of(path, name)
    if found == "pdf":
        check_pdf()
    return found


def write_page(path: Path, format: str, text: str) -> None:
    """The text that a writer has made into a file, which is written whole or not at all; a PDF is made of it here."""
    if format == "pdf":
        write_pieces(path, [pdf(text)])
    else:
        write_whole(path, text)


def page_bytes(format: str, text: str) -> bytes:
    """The text that a writer has made as the bytes of its file, for those who write many."""
    return pdf(text) if format == "pdf" else encoded(text)


def _format_of(path: Path, name: str) -> str:
    known = SUFFIXES.get(path.suffix.lower(), ())
    where = readable(path)
    if not known:
        found = f"nobody knows the format of '{readable(Path(path.suffix or path.name))}'."
        raise TracerError("T503", where, found, f"Known suffixes: {', '.join(SUFFIXES)}.")
    if not name:
        return known[0]
    wanted = format_named(name)
    if wanted not in known:
        fitting = next(suffix for suffix, formats in SUFFIXES.items() if wanted in formats)
        raise TracerError("T503", where, f"a page in {wanted} is no {path.suffix} file.", f"Expected {fitting}.")
    return wanted
