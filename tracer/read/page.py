"""A page that somebody has written into the formulas and lines of text on it, each with its line.

What a page looks like is said in page_markdown.py, page_latex.py and page_html.py; `relations.py` makes relations of
what is found. Formulas that are pictures cannot be read; they are counted. Nothing on a page is run, loaded or
looked up.
"""

from __future__ import annotations

from collections.abc import Callable
from os.path import splitext
from pathlib import Path

from tracer.errors import TracerError, shortened
from tracer.read.handed_in import SheetError, decoded, file_content
from tracer.read.page_html import html_page
from tracer.read.page_latex import latex_page
from tracer.read.page_markdown import markdown_page
from tracer.read.passage import Found, Page

LARGEST_PAGE = 10_000_000  # bytes
#: endings of files, and what reads them
PAGES: dict[str, Callable[[str], Found]] = {
    ".md": markdown_page,
    ".markdown": markdown_page,
    ".tex": latex_page,
    ".html": html_page,
    ".htm": html_page,
    ".xhtml": html_page,
}


def read_page(path: str | Path) -> Page:
    """A file into its page. Raises TracerError T721 for one that cannot be read, is too large or is no text, T722 for a
    kind of file that is not read."""
    path = Path(path)
    source = shortened(path.name, 200)
    ending = splitext(source)[1].lower()
    if ending not in PAGES:
        found = f"files ending in '{shortened(ending, 20)}' are not read as pages." if ending else "it has no ending."
        raise TracerError("T722", source, found, f"Known: {', '.join(PAGES)}.")
    try:
        text = decoded(file_content(path, LARGEST_PAGE))
    except SheetError as error:
        where = ", ".join(filter(None, (source, error.where)))
        raise TracerError("T721", where, error.found, error.expected.replace("of answers", "with a page")) from None
    return page_of(text, source, ending)


def page_of(text: str, source: str, ending: str) -> Page:
    """The text of a page, of the kind that an ending says, into the page."""
    found = PAGES[ending](text)
    return Page(source, tuple(found.passages), found.formula_pictures, found.pictures)
