"""Story tokens into Markdown that other programs read; the formulas are written in a dialect.

Displays stand on lines of their own between blank lines, what belongs to a list item is indented by four columns.
Labels and anchors become `<a id="..."></a>`, which `read_story` takes as labels again.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from markdown_it.common.utils import isPunctChar, isWhiteSpace
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from tracer.errors import clean_text
from tracer.publish import story
from tracer.publish.blanks import LINE
from tracer.publish.dialect import PANDOC, Dialect, in_dialect

_DASHES = {"": "---", "left": ":--", "center": ":-:", "right": "--:"}
_EMPHASIS = {"em": "_", "strong": "**"}


def write_markdown(tokens: Sequence[Token], dialect: Dialect = PANDOC) -> str:
    """Story tokens into Markdown that reads the same; it ends with one newline.

    Reading the result as a story and writing it again changes nothing, in Pandoc's dialect.

    >>> print(write_markdown(story.read_story("$$ E = 1 $$ (eq-E)")), end="")
    <a id="eq-E"></a>
    <BLANKLINE>
    $$
    E = 1
    $$
    """
    return "\n\n".join(_blocks(story.story_tree(in_dialect(tokens, dialect)).children)) + "\n"


def _blocks(nodes: Sequence[SyntaxTreeNode], other_marker: bool = False) -> list[str]:
    """Neighbouring blocks into their lines; one block may become two (an anchor stands before its display).

    Two lists side by side stay two lists only if their markers differ; `other_marker` is for a list that comes first.
    """
    written: list[str] = []
    for place, node in enumerate(nodes):
        if place:
            other_marker = node.type == nodes[place - 1].type and not other_marker
        if label := story.label_of(node):
            written.append(f'<a id="{html.escape(label)}"></a>')
        written.append(_list(node, other_marker) if node.type.endswith("_list") else _block(node))
    return written


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "paragraph":
            return "\n".join(map(story.escape_start, _inline(node).split("\n")))
        case "heading":
            line = re.sub(r"^#", r"\\#", _inline(node, one_line=True))
            return f"{'#' * int(node.tag[1])} {story.escape_end_of_heading(line)}".rstrip()
        case "math_block" | "math_block_label":
            return str(node.meta["written"])
        case "fence" | "code_block":
            return _fence(node)
        case "blockquote":
            lines = "\n\n".join(_blocks(node.children)).split("\n")
            return "\n".join(f"> {line}".rstrip(" ") if not line else f"> {line}" for line in lines)
        case "table":
            return _table(node)
        case "hr":
            return "___"  # three dashes are a list's marker, a heading's underline or front matter, depending on place
    raise AssertionError(f"no Markdown for {node.type}")


def _fence(node: SyntaxTreeNode) -> str:
    mark = "~" if "`" in node.info else "`"
    longest = max((len(run) for run in re.findall(f"{mark}+", node.content)), default=0)
    marks = mark * max(3, longest + 1)
    code = node.content.removesuffix("\n")
    lines = [marks + node.info.strip(), *([code] if code else []), marks]
    return "\n".join(["{% raw %}\n", *lines, "\n{% endraw %}"] if node.meta.get("liquid") else lines)


def _list(node: SyntaxTreeNode, other_marker: bool) -> str:
    loose = _is_loose(node)
    number = int(node.attrs.get("start", 1))
    items = []
    for place, item in enumerate(node.children):
        if node.type == "bullet_list":
            marker = "*" if other_marker else "-"
        else:  # ten digits are no list any more
            marker = f"{min(number + place, 999_999_999)}{')' if other_marker else '.'}"
        width = max(4, len(marker) + 1)
        # three equal markers on one line would be a rule
        lines = ("\n\n" if loose else "\n").join(_blocks(item.children, not other_marker)).split("\n")
        indented = [" " * width + line if line else "" for line in lines]
        items.append(marker.ljust(width) + lines[0] if lines[0] else marker)
        items[-1] = "\n".join([items[-1], *indented[1:]])
    return ("\n\n" if loose else "\n").join(items)


def _is_loose(node: SyntaxTreeNode) -> bool:
    """Whether a list needs blank lines between its items: whether any item has more than a line and tight lists."""
    items = node.children
    inner = [child for item in items for child in item.children if child.type.endswith("_list")]
    if any(map(_is_loose, inner)) or any(_cannot_follow_text(child) for child in inner):
        return True
    blocks = [len(item.children) + sum(bool(story.label_of(child)) for child in item.children) for item in items]
    if len(items) == 1 and blocks[0] <= 1:
        return False  # nothing for a blank line to stand between
    return not all(_is_compact(item) for item in items)


def _is_compact(item: SyntaxTreeNode) -> bool:
    rest = item.children[1:] if item.children and item.children[0].hidden else item.children
    return all(child.type.endswith("_list") for child in rest)


def _cannot_follow_text(node: SyntaxTreeNode) -> bool:
    """A list that would be part of the line above it: its first item is empty, or numbered from another than 1."""
    return not node.children[0].children or node.attrs.get("start", 1) != 1


def _table(node: SyntaxTreeNode) -> str:
    rows = [[_inline(cell, in_cell=True) for cell in row] for row in story.table_rows(node)]
    rows.insert(1, [_DASHES[alignment] for alignment in story.alignments(node)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


@dataclass(frozen=True)
class _Piece:
    """A part of a line. `kind` is text, formula, break, open or close (of emphasis), link (its bracket), or other."""

    kind: str
    written: str


def _inline(node: SyntaxTreeNode, *, in_cell: bool = False, one_line: bool = False) -> str:
    """What stands in a paragraph, heading or cell into Markdown; the starts of lines are not escaped yet."""
    pieces: list[_Piece] = []
    for piece in _pieces(node.children[0], _Place(in_cell, one_line)):
        last = pieces[-1] if pieces else _Piece("break", "")
        if piece.kind == last.kind == "text":
            pieces[-1] = _Piece("text", last.written + piece.written)
        elif piece.kind == "open" and last == _Piece("close", piece.written):
            pieces.pop()  # emphasis beside the same emphasis is one
        elif piece.kind == "break" and last.kind == "text" and last.written.strip(" "):
            pieces[-1:] = [_Piece("text", last.written.rstrip(" ")), piece]
        elif piece.kind != "break" or last.kind not in ("break", "open"):
            pieces.append(piece)
    return "".join(_joined(pieces, place) for place in range(len(pieces)))


@dataclass(frozen=True)
class _Place:
    """Where a piece stands: in a cell, on one line, inside which nodes (em, strong, link)."""

    in_cell: bool
    one_line: bool
    inside: tuple[str, ...] = ()


def _pieces(node: SyntaxTreeNode, place: _Place) -> list[_Piece]:
    match node.type:
        case "text":
            return [_Piece("text", clean_text(node.content))] if node.content else []
        case "softbreak" | "hardbreak" if place.one_line:
            return [_Piece("text", " ")]
        case "softbreak":
            return [_Piece("break", "\n")]
        case "hardbreak":  # spaces rather than a backslash, which Python-Markdown would print
            return [_Piece("break", "  \n")]
        case "code_inline":
            return [_Piece("other", _code(node.content, place.in_cell))]
        case "math_inline":
            return [_Piece("formula", str(node.meta["written"]))]
        case "as_it_stands":
            return [_Piece("other", node.content)]
        case "blank":
            return [_Piece("other", LINE)]
    below = replace(place, inside=(*place.inside, node.type), one_line=place.one_line or node.type == "image")
    inner = [piece for child in node.children for piece in _pieces(child, below)]
    match node.type:
        case "inline":
            return inner
        case "em" | "strong" | "link" if node.type in place.inside:
            return inner  # twice is once; and a link cannot stand in a link (an address in angle brackets can)
        case "em" | "strong":
            # one mark for each, never in itself and never beside itself, so that no run of marks has two readings
            mark = _EMPHASIS[node.type]
            return [_Piece("open", mark), *inner, _Piece("close", mark)]
        case "link":
            return [_Piece("link", "["), *inner, _Piece("other", f"]({_address(node, 'href')})")]
        case "image":
            return [_Piece("other", "!["), *inner, _Piece("other", f"]({_address(node, 'src')})")]
    raise AssertionError(f"no Markdown for {node.type}")


def _joined(pieces: list[_Piece], place: int) -> str:
    """A piece as it must be written between its neighbours; only text has to give way to them."""
    if pieces[place].kind != "text":
        return pieces[place].written
    text = pieces[place].written
    first, last = _gives_way(pieces, place, -1, text), _gives_way(pieces, place, 1, text)
    if len(text) == 1 and (first or last):
        return story.as_entity(text)
    middle = story.escape_inline(text[first : len(text) - last])
    if text[-1] == "!" and place + 1 < len(pieces) and pieces[place + 1].kind == "link":
        middle = middle[:-1] + "\\!"
    return (story.as_entity(text[0]) if first else "") + middle + (story.as_entity(text[-1]) if last else "")


def _gives_way(pieces: list[_Piece], place: int, step: int, text: str) -> bool:
    """Whether the first (step -1) or last (step 1) character of a text acts on the piece beside it."""
    beside = pieces[place + step].kind if 0 <= place + step < len(pieces) else "break"
    mark = text[0] if step < 0 else text[-1]
    towards, away = ("close", "open") if step < 0 else ("open", "close")
    if mark == " ":  # dropped at the ends of a line, and emphasis has none at its ends
        return beside in ("break", away)
    if beside == "formula":  # a digit beside it makes a dollar one of money
        return mark.isdecimal()
    if beside != towards or isPunctChar(mark) or isWhiteSpace(ord(mark)):
        return False
    # Emphasis does not begin or end between a letter outside and a mark inside; with underlines, at no letter.
    inner = place + step
    while pieces[inner].kind == towards:
        if pieces[inner].written[0] == "_":
            return True
        inner += step
    edge = pieces[inner].written[0 if step > 0 else -1]
    return pieces[inner].kind != "text" or isPunctChar(edge) or isWhiteSpace(ord(edge))


def _code(content: str, in_cell: bool) -> str:
    longest = max((len(run) for run in re.findall("`+", content)), default=0)
    marks = "`" * (longest + 1 if longest else 1)
    padded = content.startswith("`") or content.endswith("`") or (content[0] == content[-1] == " " and content.strip())
    inside = f" {content} " if padded else content
    return marks + (inside.replace("|", "\\|") if in_cell else inside) + marks


def _address(node: SyntaxTreeNode, name: str) -> str:
    """The address of a link or picture and its title, as they stand in brackets."""
    address = re.sub(r"&(?=#?\w+;)", "&amp;", str(node.attrs.get(name, "")))
    title = str(node.attrs.get("title", ""))
    if "(" in address or ")" in address or (title and not address):
        address = f"<{address}>"
    if not title:
        return address
    for mark in '&"\\|':
        title = title.replace(mark, story.as_entity(mark))
    return f'{address} "{clean_text(title)}"'
