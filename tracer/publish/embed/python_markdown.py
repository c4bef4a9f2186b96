"""Fences in pages that Python-Markdown reads: MkDocs, Zensical, Pelican and what else has its extensions.

In `mkdocs.yml` it is `markdown_extensions: [tracer]`; docs/embedding.md says more.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from tracer.publish.embed.expand import HTML, dialect_named, expanded
from tracer.publish.embed.page import Page

#: before fences are read as code (25), and after what a host does not want in a page is taken out (30)
PRIORITY = 28
_OPENS = re.compile(r"((?:[ \t]*>)*[ \t]*)(`{3,}(?=[^`]*$)|~{3,})[ \t]*([^\s`{]*)")
_COMMENT = re.compile(r"<!--|-->")
_ISLANDS = re.compile(r'^(?: *)<div class="math".*</div>$|<math\b.*?</math>', re.MULTILINE)


class TraceExtension(Extension):
    """Fences ```` ```trace ```` of a page to what they ask for."""

    def __init__(self, **kwargs: Any) -> None:
        self.config = {
            "dialect": ["island", "island (MathML, which needs no script), markdown (for arithmatex) or html"],
            "root": ["", "the folder that problem files are seen from; else that of the page, where the host names it"],
            "strict": [False, "a fence that is wrong ends the build; else its message stands in the page"],
        }
        super().__init__(**kwargs)

    def extendMarkdown(self, md: Markdown) -> None:
        missing = {"table": "tables", "fenced_code_block": "fenced_code"}
        there = (md.parser.blockprocessors, md.preprocessors)
        md.registerExtensions([name for key, name in missing.items() if not any(key in some for some in there)], {})
        dialect = dialect_named(self.getConfig("dialect"))
        md.preprocessors.register(
            _Fences(md, dialect, self.getConfig("root"), self.getConfig("strict")), "trace", PRIORITY
        )


def makeExtension(**kwargs: Any) -> TraceExtension:
    """What Python-Markdown calls by the name of this module."""
    return TraceExtension(**kwargs)


class _Fences(Preprocessor):
    def __init__(self, md: Markdown, dialect: str, root: str, strict: bool) -> None:
        super().__init__(md)
        self.dialect, self.root, self.strict = dialect, Path(root) if root else None, strict

    def run(self, lines: list[str]) -> list[str]:
        file = page_of(self.md)
        page = Page(Page.file if file is None else file, root=self.root)
        above = _lines_above(file, lines)
        # MkDocs counts the warnings of its own loggers alone: with --strict one of them fails the build.
        log = logging.getLogger("mkdocs.tracer" if "relpath" in self.md.treeprocessors else "tracer")
        made: list[str] = []
        at = 0
        for block in blocks(lines):
            line = above + block.start + 2
            text = expanded(block.text, self.dialect, page, line, None if self.strict else log.warning)
            made += lines[at : block.start]
            indent, quoted = indented_for(block.indent, self.md.tab_length)
            made += [quoted, *(indent + said if said else quoted for said in self._kept(text).split("\n")), quoted]
            at = block.end
        return [*made, *lines[at:]]

    def _kept(self, text: str) -> str:
        """HTML behind placeholders, which no other extension touches and which may stand in a list."""
        if self.dialect == HTML or text.startswith('<div class="trace-error"'):
            return self._keep(text)
        return _ISLANDS.sub(lambda island: self._keep(island[0].strip()), text)

    def _keep(self, html: str) -> str:
        kept: str = self.md.htmlStash.store(html)
        return kept


class Block(NamedTuple):
    """A fence in the lines of a page: its first line, the line after its last, from 0; its indentation; its text."""

    start: int
    end: int
    indent: str
    text: str


def blocks(lines: Sequence[str]) -> Iterator[Block]:
    """The fences of a page, those in lists and admonitions as well; one inside of a longer fence or of a comment is
    text.

    >>> [block.text for block in blocks(["```trace", 'problem = "mazur"', "```"])]
    ['problem = "mazur"']
    """
    at, in_comment = 0, False
    while at < len(lines):
        begins = None if in_comment else _OPENS.match(lines[at])
        if begins is None:
            comments = _COMMENT.findall(re.sub(r"`[^`]*`", "", lines[at]))
            in_comment = comments[-1] == "<!--" if comments else in_comment
            at += 1
            continue
        indent, marks, info = begins.groups()
        quoted = r"[ \t]*>" * indent.count(">")
        closes = re.compile(rf"{quoted}[ \t]*{re.escape(marks)}{marks[0]}*[ \t]*$")
        end = next((number for number in range(at + 1, len(lines)) if closes.match(lines[number])), None)
        if end is None and info != "trace":  # text that only looks like a fence
            at += 1
            continue
        end = len(lines) if end is None else end
        if info == "trace":
            inside = (
                line[len(indent) :] if line.startswith(indent) else line.lstrip(" \t>") for line in lines[at + 1 : end]
            )
            yield Block(at, end + 1, indent, "\n".join(inside))
        at = end + 1


def indented_for(indent: str, width: int) -> tuple[str, str]:
    """What stands before the lines of a piece, and what makes an empty line of it: spaces that are too few for
    Python-Markdown to go on with a list (it wants `width` of them) would only keep headings from being headings.

    >>> indented_for("  ", 4), indented_for(">  ", 4), indented_for("    ", 4)
    (('', ''), ('> ', '>'), ('    ', ''))
    """
    quoted, spaces = re.fullmatch(r"(.*>)?([ \t]*)", indent.expandtabs(width)).groups("")  # type: ignore[union-attr]
    kept = len(spaces) - bool(quoted and spaces)
    return f"{quoted}{' ' * bool(quoted)}{' ' * (kept - kept % width)}", quoted


def page_of(md: Markdown) -> Path | None:
    """The page that is read, as seen from here; Python-Markdown does not know it, MkDocs and Zensical do."""
    mkdocs: Any = next((one for one in md.treeprocessors if hasattr(one, "file")), None)
    zensical: Any = next((one for one in md.preprocessors if hasattr(one, "page") and hasattr(one, "config")), None)
    if mkdocs is not None:
        name = getattr(mkdocs.file, "abs_src_path", None)
    elif zensical is not None:
        name = os.path.join(zensical.config.get("docs_dir", "docs"), zensical.page.path)
    else:
        return None
    if not isinstance(name, str):
        return None
    file = Path(name)  # a message may stand in the page, which is for people elsewhere
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file


def _lines_above(file: Path | None, lines: Sequence[str]) -> int:
    """How many lines of a page's file the host has taken off, which is its front matter."""
    try:
        whole = [] if file is None else _plain(file.read_text(encoding="utf-8-sig").splitlines())
    except (OSError, ValueError):
        return 0
    given = _plain(lines)
    return len(whole) - len(given) if given and whole[-len(given) :] == given else 0


def _plain(lines: Sequence[str]) -> list[str]:
    return "\n".join(line.expandtabs(4).rstrip() for line in lines).rstrip("\n").split("\n")
