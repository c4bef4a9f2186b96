"""A fence to what stands in its place: Markdown in a dialect, or HTML. Every host is a few lines around `expand`."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from markdown_it.token import Token

from tracer.errors import TracerError, shortened, suggest
from tracer.explain.lesson import Lesson
from tracer.publish.catalogue import complete
from tracer.publish.colour import in_colour
from tracer.publish.dialect import DIALECTS
from tracer.publish.embed.fence import Fence, read_fence
from tracer.publish.embed.fragment import labelled_apart, ranked
from tracer.publish.embed.page import Page
from tracer.publish.embed.telling import Told, told
from tracer.publish.files import readable
from tracer.publish.formats import ALSO
from tracer.publish.html import write_fragment
from tracer.publish.markdown import write_markdown
from tracer.publish.pictures import Picture, asking, drawing_for, hold

HTML = "html"


def expand(block: str | Fence, dialect: str = "markdown", *, page: Page | None = None, line: int = 1) -> str:
    """The text of a fence, or what it asks for, to what stands in its place.

    `dialect` is one of Markdown ("markdown", which is Pandoc's, "github", "kramdown", "island"), or "html" for a
    part of an HTML page. `page` is where it goes, and learns of it: pass the same one for all fences of a page. `line`
    is the line of the page on which the text begins.

    Raises TracerError T801 to T804 for what is wrong with the fence, and all that `tracer.render` raises; each error
    names file and line.

    >>> print(expand('problem = "hmkcode"\\nshow = "value h1"'), end="")
    <a id="z1-1"></a>
    <BLANKLINE>
    $$
    h_{1} = i_{1} \\cdot w_{1} + i_{2} \\cdot w_{2} = 5 \\cdot 0.15 + 4 \\cdot 0.2 = 0.75 + 0.8 = 1.55
    $$
    """
    page = Page() if page is None else page
    file = readable(page.file) if page.file != Page.file else ""
    fence = read_fence(block, file, line) if isinstance(block, str) else block
    try:
        dialect = dialect_named(fence.dialect or dialect)
        return written(fence, told(fence, page), page, dialect)
    except TracerError as error:
        where = fence.places.get(error.where, fence.show_at if error.code in OF_SHOW else fence.where)
        raise (error if error.where == where or not where else error.at(where)) from None


#: codes of what is wrong with a name or a formula, which stand in `show`
OF_SHOW = {"T201", "T202", "T203", "T204", "T301", "T302", "T303", "T803", "T804"}


def expanded(block: str, dialect: str, page: Page, line: int, said: Callable[[str], object] | None) -> str:
    """What `expand` makes of a fence, or the message where it is wrong, which is `said` to the host's person as well;
    without anybody to say it to, the error is raised."""
    try:
        return expand(block, dialect, page=page, line=line)
    except TracerError as error:
        if said is None:
            raise
        said(str(error))
        return refused(error, dialect)


def refused(error: TracerError, dialect: str = "markdown") -> str:
    """What stands in the place of a fence that is wrong, where a host goes on: the message, for all to see."""
    if dialect == HTML or dialect == "island":
        said = html.escape(str(error)).replace("\n", "<br>")
        return f'<div class="trace-error" role="alert" style="border: 2px solid #c00; padding: 0.5em">{said}</div>\n'
    return f"```text\ntracer: {error}\n```\n"


def dialect_named(name: str) -> str:
    """A dialect of Markdown by its name, or "html". Raises TracerError T503."""
    found = ALSO.get(name, name)
    if found not in (*DIALECTS, HTML):
        known = suggest(name, [*DIALECTS, HTML])
        raise TracerError("T503", "dialect", f"there is no dialect '{shortened(name)}'.", known)
    return found


def written(fence: Fence, made: Told, page: Page, dialect: str) -> str:
    """Story tokens to text in a dialect, or to HTML; of `fence` come rank, anchors and the name of what is drawn."""
    tokens = made.tokens
    ranked(tokens, fence.level)
    tokens = in_colour(labelled_apart(tokens, fence.anchors, page.anchors), page.colours or dialect)
    if made.lesson is not None:
        _draw(fence, made.lesson, tokens, page, dialect)
    if dialect == HTML:
        text = write_fragment(tokens, made.language) + "\n"
    else:
        text = write_markdown(tokens, DIALECTS[dialect])
    complete(made.language)
    return text


def _draw(fence: Fence, made: Lesson, tokens: Sequence[Token], page: Page, dialect: str) -> None:
    """Pictures into the page, or into its folder."""
    of = re.sub(r"\.(toml|trace)$", "", Path(fence.problem).name)
    for token in asking(tokens):
        drawing = drawing_for(made, str(token.attrs["src"]))
        token.meta["picture"] = picture = Picture(page.named(drawing, of), drawing, made.coloured, fence.ground)
        if page.images is not None and dialect != HTML:
            path = page.images / f"{picture.name}.svg"
            page.pictures[path] = picture.svg
            token.attrs["src"] = f"{page.way()}/{path.name}"
    if dialect != HTML and page.images is None:
        hold(tokens)
