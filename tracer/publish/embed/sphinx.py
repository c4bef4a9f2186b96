"""A Sphinx extension: the directive `trace`, and under MyST the fence, becomes what it asks for.

    extensions = ["myst_parser", "tracer.publish.embed.sphinx"]
    myst_fence_as_directive = ["trace"]

Formulas are MathML in the page, so a site needs no MathJax for them; with `html_math_renderer = "tracer"` it needs none
for its other formulas either. Every step is a link target: `[delta](#delta2-1)` under MyST, and
`` :ref:`delta <delta2-1>` `` anywhere in the project.
"""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst.states import RSTState
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from tracer.errors import TracerError
from tracer.publish.embed.expand import HTML, expand, refused
from tracer.publish.embed.fence import Fence, read_fence
from tracer.publish.embed.page import Page
from tracer.publish.embed.sphinx_math import NAME, in_line, on_its_own

#: where a document keeps its page while it is read
_PAGE = "tracer"
_log = logging.getLogger(__name__)


class Trace(SphinxDirective):
    """The lines of a fence to a piece of HTML. What is wrong with them stands in the page and is a warning, so that a
    build with `-W` fails."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """The piece, whose link targets are made known."""
        text = "\n".join(self.content)
        source, line = self._place()
        page = self.env.temp_data.get(_PAGE)
        if page is None:
            page = self.env.temp_data[_PAGE] = Page(Path(self.env.doc2path(self.env.docname)))
        page.anchors.update(self.state.document.ids)
        before = set(page.anchors)
        try:
            fence = read_fence(text, _readable(source, self.env.srcdir), line)
            self._depends_on(fence, page)
            made = expand(fence, HTML, page=page)
        except TracerError as error:
            _log.warning("%s", error, location=f"{source}:{line}", type="trace", subtype=error.code)
            self.env.note_reread()  # until it is put right, every build says so
            return [_piece(refused(error, HTML), text, str(error))]
        for name in sorted(page.anchors - before):  # the piece has them; Sphinx is told that they are there
            self.state.document.note_explicit_target(nodes.target(ids=[name], names=[name]))
        return [_piece(made, text)]

    def _place(self) -> tuple[str, int]:
        """The file of the page, and the line on which the text of the fence begins."""
        if isinstance(self.state, RSTState):
            source, before = self.content.info(0) if self.content else self.get_source_info()
            return str(source), int(before or 0) + 1  # also in a file that another one includes
        source = str(self.content.source(0) if self.content else self.state.document["source"])
        return source, self.lineno + self.content_offset + 1

    def _depends_on(self, fence: Fence, page: Page) -> None:
        """Have the page made anew when a file changes that it tells of."""
        _, _, sheet = fence.show.partition("check ")
        for name in filter(None, (fence.problem, sheet.strip())):
            path = page.beside(name)
            if path.is_file():
                self.env.note_dependency(path)
        for path in sorted(page.beside(fence.templates).rglob("*")) if fence.templates else ():
            self.env.note_dependency(path)


def _without_html(app: Sphinx, document: nodes.document, _: str) -> None:
    """For builders that take no HTML: a warning, and the fence itself, so that no piece is lost unseen."""
    if app.builder.format == HTML:
        return
    for piece in list(document.findall(nodes.raw)):
        if "trace" in piece:
            told = piece["error"] or piece["trace"]
            if not piece["error"]:
                found = "this builder takes no HTML, so the page has the fence itself."
                _log.warning(found, location=piece, type="trace", subtype="builder")
            piece.replace_self(nodes.literal_block(told, told, language="text"))


def _piece(made: str, text: str, error: str = "") -> nodes.raw:
    return nodes.raw("", made, format="html", trace=text, error=error)


def _readable(source: str, folder: Path) -> str:
    """A file as messages name it: seen from the folder of the site."""
    path = Path(source)
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx of the directive, and of a way to write formulas."""
    app.add_directive("trace", Trace)
    app.add_html_math_renderer(NAME, (in_line, None), (on_its_own, None))
    app.connect("doctree-resolved", _without_html)
    # another version may say a sentence otherwise: every page is read again
    app.add_config_value("trace_version", version("backprop-tracer"), "env", str)
    return {"version": version("backprop-tracer"), "parallel_read_safe": True, "parallel_write_safe": True}
