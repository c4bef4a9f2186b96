"""A page for Typst into a PDF: the extra `pdf` does it, without TeX and without a network."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from tracer.errors import TracerError

if TYPE_CHECKING:
    from typst import Compiler


def pdf(source: str) -> bytes:
    """The source of a page into its PDF; the same source always gives the same bytes.

    Raises TracerError T506 where the extra is not installed.

    >>> pdf("#set document(date: none)")[:5]
    b'%PDF-'
    """
    made = compiler().compile(source.encode("utf-8"), format="pdf")
    assert isinstance(made, bytes)
    return made


def check_pdf() -> None:
    """Refuse now what `pdf` would refuse after a long run. Raises TracerError T506."""
    compiler()


@cache
def compiler() -> Compiler:
    """Typst with the fonts it brings and no others, seeing no file but the definitions of a page."""
    try:
        from typst import Compiler
    except ImportError:
        raise TracerError(
            "T506",
            "format pdf",
            "the package typst, which makes PDF, is not installed.",
            "",
            "Install it with  pip install 'backprop-tracer[pdf]'  or write a .tex file, of which pdflatex makes a PDF.",
        ) from None
    return Compiler(root=str(resources.files("tracer.templates") / "page"), ignore_system_fonts=True)
