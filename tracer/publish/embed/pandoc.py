"""Fences in documents that Pandoc or Quarto reads: `pandoc --filter tracer-pandoc post.md -o post.html`.

A filter gets the document as JSON and the name of the target, and gives it back. Where that is HTML, a fence becomes
HTML with MathML; else what it asks for is written in Pandoc's Markdown and read by Pandoc, so every target will do.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tracer.errors import TracerError
from tracer.publish.colour import PREAMBLE
from tracer.publish.embed.expand import HTML, dialect_named, expand, refused
from tracer.publish.embed.page import Page
from tracer.publish.latex import DRAWING
from tracer.publish.picture_text import tikz

TEX = ("latex", "beamer")
WEB = ("html", "html4", "html5", "epub", "epub3", "revealjs", "slidy", "slideous", "s5", "dzslides")
#: the settings of a document, which Pandoc's `-M` gives as well
STRICT, ROOT, DIALECT = "trace-strict", "trace-root", "trace-dialect"
_SPLIT = "trace-split"
_PICTURES = "trace-picture:"
_TARGET = '<a id="'
OPEN = "a fence that begins with ```trace does not end."


def main() -> None:
    """The filter: a document from standard input to standard output."""
    target = sys.argv[1] if len(sys.argv) > 1 else "html"
    document = json.loads(sys.stdin.buffer.read())
    try:
        made, errors = filtered(document, target)
    except TracerError as error:  # nothing can be shown at all
        sys.exit(f"tracer: {error}")
    for message in errors:
        print(f"tracer: {message}", file=sys.stderr)
    if errors and _setting(document, STRICT) not in ("", "false"):
        sys.exit(1)
    sys.stdout.write(json.dumps(made))


def filtered(document: dict[str, Any], target: str) -> tuple[dict[str, Any], list[str]]:
    """A document of Pandoc's with what its fences ask for, and what is wrong with them: of such a one the message
    stands in its place. Raises TracerError T506 where there is no Pandoc to read with."""
    fences = list(_fences(document["blocks"]))
    open_ = [TracerError("T801", "", OPEN, "Expected ``` on a line of its own.")] * len(
        list(_left_open(document["blocks"]))
    )
    if not fences:
        return document, list(map(str, open_))
    target = target.split("+")[0].split("-")[0]
    dialect = _setting(document, DIALECT) or (HTML if target in WEB else "markdown")
    made = _Made(target in TEX, dialect_named(dialect), Path(_setting(document, ROOT) or "."))
    texts = [made.text(number, fence["c"][1]) for number, fence in enumerate(fences, 1)]
    if made.dialect == HTML:
        pieces = [[{"t": "RawBlock", "c": ["html", text]}] for text in texts]
    else:
        pieces = _walked(_read(texts, made.tex, document["pandoc-api-version"]), made.inlines)
    blocks = _replaced(document["blocks"], iter(pieces))
    meta = document["meta"]
    if made.tex and any("\\role{" in text for text in texts):
        meta = _with_header(meta, PREAMBLE)
    if made.tex and made.page.drawn:
        meta = _with_header(meta, f"\\usepackage{{graphicx}}\n{DRAWING}")
    return {**document, "meta": meta, "blocks": blocks}, [*made.errors, *map(str, open_)]


def _read(texts: Sequence[str], tex: bool, version: list[int]) -> list[list[Any]]:
    """Pieces of Markdown to their blocks, all in one run of Pandoc."""
    program = next((words for words in (["pandoc"], ["quarto", "pandoc"]) if shutil.which(words[0])), None)
    if program is None:
        raise TracerError("T506", "tracer-pandoc", "there is no program pandoc or quarto on PATH.")
    reader = "markdown-implicit_figures" if tex else "markdown"
    joined = f"\n\n```{{={_SPLIT}}}\n```\n\n".join(texts)
    command = [*program, "-f", reader, "-t", "json"]
    done = subprocess.run(command, input=joined.encode("utf-8", "replace"), capture_output=True, check=True)
    read = json.loads(done.stdout)
    if read["pandoc-api-version"][:2] != version[:2]:
        found = "the pandoc on PATH is another one than that which runs this filter."
        raise TracerError("T506", "tracer-pandoc", found, "", "Put the folder of that one first on PATH.")
    pieces: list[list[Any]] = [[]]
    for block in read["blocks"]:
        if block["t"] == "RawBlock" and block["c"][0] == _SPLIT:
            pieces.append([])
        else:
            pieces[-1].append(block)
    return pieces


def _setting(document: dict[str, Any], name: str) -> str:
    """A setting of the document as text."""
    value = document["meta"].get(name, {"t": "MetaString", "c": ""})
    if value["t"] == "MetaInlines":
        return "".join(part.get("c", " ") for part in value["c"] if isinstance(part.get("c", " "), str))
    return str(value["c"]).lower() if value["t"] == "MetaBool" else str(value["c"])


def _with_header(meta: dict[str, Any], tex: str) -> dict[str, Any]:
    added = {"t": "MetaBlocks", "c": [{"t": "RawBlock", "c": ["latex", tex]}]}
    there = meta.get("header-includes")
    listed = [] if there is None else there["c"] if there["t"] == "MetaList" else [there]
    return {**meta, "header-includes": {"t": "MetaList", "c": [*listed, added]}}


def _asks(node: object) -> bool:
    return isinstance(node, dict) and node.get("t") == "CodeBlock" and node["c"][0][1][:1] == ["trace"]


def _fences(node: Any) -> Iterator[Any]:
    if _asks(node):
        yield node
    elif isinstance(node, list | dict):
        for part in node.values() if isinstance(node, dict) else node:
            yield from _fences(part)


def _left_open(node: Any) -> Iterator[Any]:
    """Paragraphs that should have been fences: Pandoc takes one that does not end for text."""
    if isinstance(node, dict) and node.get("t") in ("Para", "Plain"):
        first = node["c"][0] if node["c"] else {}
        if first.get("t") == "Str" and re.fullmatch("(`{3,}|~{3,})trace", first["c"]):
            yield node
    elif isinstance(node, list | dict):
        for part in node.values() if isinstance(node, dict) else node:
            yield from _left_open(part)


def _replaced(node: Any, pieces: Iterator[list[Any]]) -> Any:
    """A tree in which each fence, in order, is replaced by the next piece."""
    if isinstance(node, dict):
        return {key: _replaced(part, pieces) for key, part in node.items()}
    if not isinstance(node, list):
        return node
    made: list[Any] = []
    for part in node:
        made += next(pieces) if _asks(part) else [_replaced(part, pieces)]
    return made


@dataclass
class _Made:
    """What becomes of the fences of one document, one after the other."""

    tex: bool
    dialect: str
    root: Path
    page: Page = field(default_factory=Page)
    errors: list[str] = field(default_factory=list)

    def text(self, number: int, block: str) -> str:
        """A fence as Markdown or HTML, or its message where it is wrong. Pandoc tells no lines; fences are counted."""
        document = os.environ.get("QUARTO_DOCUMENT_FILE", "")
        place = Path(f"{document}, fence {number}" if document else f"fence {number}")
        # what is not HTML gets colours in LaTeX alone: Pandoc's MathML and Word's formulas know none
        colours = "" if self.dialect == HTML else "latex" if self.tex else "none"
        self.page = replace(self.page, file=place, root=self.root, images=Path(), images_at=_PICTURES, colours=colours)
        try:
            return expand(block, self.dialect, page=self.page)
        except TracerError as error:
            self.errors.append(str(error))
            return refused(error, self.dialect)

    def inlines(self, inlines: list[Any]) -> list[Any]:
        """Pictures and link targets as the target of the document takes them."""
        made: list[Any] = []
        for node in inlines:
            kind, content = node["t"], node.get("c")
            if kind == "Image" and content[2][0].startswith(_PICTURES):
                made += self._picture(node)
            elif kind == "RawInline" and content[0] == "html" and content[1].startswith(_TARGET):
                name = content[1].removeprefix(_TARGET).partition('"')[0]
                made.append({"t": "Span", "c": [[name, [], []], []]})
            elif not (kind == "RawInline" and content == ["html", "</a>"]):
                made.append(node)
        return made

    def _picture(self, node: Any) -> list[Any]:
        attributes, caption, (address, title) = node["c"]
        name = address.rpartition("/")[2].removesuffix(".svg")
        if self.tex:
            width = r"\ifdim\width>\linewidth\linewidth\else\width\fi"
            drawn = f"\\resizebox{{{width}}}{{!}}{{%\n{tikz(self.page.drawn[name])}}}"
            below = [{"t": "LineBreak"}, {"t": "Emph", "c": caption}] if caption else []
            return [{"t": "RawInline", "c": ["latex", drawn]}, *below]
        svg = self.page.pictures[Path(f"{name}.svg")]
        data = base64.b64encode(svg.encode("utf-8", "replace")).decode("ascii")
        return [{"t": "Image", "c": [attributes, caption, [f"data:image/svg+xml;base64,{data}", title]]}]


def _walked(node: Any, inlines: Any) -> Any:
    """A tree whose lists of inlines are changed."""
    if isinstance(node, dict):
        return {key: _walked(part, inlines) for key, part in node.items()}
    if not isinstance(node, list):
        return node
    parts = [_walked(part, inlines) for part in node]
    return inlines(parts) if parts and all(isinstance(part, dict) and "t" in part for part in parts) else parts


if __name__ == "__main__":
    main()
