"""Story tokens into a page for Typst, which makes a PDF of it without TeX: one file that reads no other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import unescape
from importlib import resources
from urllib.parse import unquote

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from tracer.errors import clean_text
from tracer.explain.roles import unmarked
from tracer.publish import story
from tracer.publish.colour import PALETTE
from tracer.publish.typst_formula import Piece, Row, formula, rows
from tracer.publish.typst_text import literal, string

_INTRODUCED = ("math_block", "math_block_label", "fence", "code_block", "table", "bullet_list", "ordered_list")
_SENTENCE = 30  # characters in a cell, from which on it may get lines
_KEPT = 24  # characters of a formula in a line that is not broken
_FEW, _SHORT = 8, 2_000  # items, and characters of their source, of a list that stays on one page
_SIZES = re.compile(r"(?<![\w&#-])\d+(?:-\d+)+(?![\w-])")  # a 2-2-1 network: no line ends in it


def write_typst(tokens: Sequence[Token], *, title: str, language: str = "en") -> str:
    """Story tokens into the source of a complete page; `typst compile` makes a PDF of it.

    A first heading that says the title again is left out. Labelled displays that the text points at are numbered; a
    link to a label that nothing has is printed as its text. `language` is a tag such as "de" or "pt-BR". Raises
    TracerError T502 for a formula that Typst cannot print.

    >>> page = write_typst(story.read_story("# A page\\n\\nIt says $a = 1$."), title="A page")
    >>> print(page.splitlines()[-2])
    #"It says ";#kept("a = 1", $a = 1$);#".";
    """
    tree = story.story_tree(tokens)
    body = list(tree.children)
    if title.strip() and body and body[0].tag == "h1" and _same(story.plain_text(body[0]), title):
        body.pop(0)
    shown = story.targets(tree)
    place = _Place(
        targets={label: node for label, node in shown.items() if node is not tree.children[0] or node in body},
        numbers={label: number for number, label in enumerate(_displays(shown, story.referred(tree)), 1)},
        highest=min((int(node.tag[1]) for node in body if node.type == "heading"), default=1),
    )
    heading = "#title()\n\n" if title.strip() else ""
    how = f"#show: paper.with({string(clean_text(title).strip())}, {_language(language)})"
    text = _blocks(body, place)
    return f"{_definitions()}{_colours() if 'role(' in text else ''}\n{how}\n\n{heading}{text}\n\n"


@cache
def _definitions() -> str:
    return (resources.files("tracer.templates") / "page" / "page.typ").read_text(encoding="utf-8")


def _colours() -> str:
    colours = ", ".join(f'{role}: rgb("{colour.light}")' for role, colour in PALETTE.items())
    return f"\n#let palette = ({colours})\n#let role(name, x) = text(fill: palette.at(name), x)\n"


def _displays(targets: Mapping[str, SyntaxTreeNode], referred: frozenset[str]) -> list[str]:
    return [label for label, node in targets.items() if node.type == "math_block_label" and label in referred]


def _same(first: str, second: str) -> bool:
    return clean_text(first).split() == clean_text(second).split()


def _language(tag: str) -> str:
    """A tag such as "pt-BR" as the language and the region that Typst knows."""
    match = re.match(r"([A-Za-z]{2,3})(?:-.*)?$", tag)
    region = re.search(r"-([A-Za-z]{2})(?:-|$)", tag)
    return f"{string(match[1].lower() if match else 'en')}, {string(region[1].upper()) if region else 'none'}"


@dataclass(frozen=True)
class _Place:
    """What a block must know of the document: the labels, the numbers of the displays, the highest heading."""

    targets: Mapping[str, SyntaxTreeNode]
    numbers: Mapping[str, int]
    highest: int

    def label(self, node: SyntaxTreeNode) -> str:
        """The label of a display or heading; nothing where another one has taken it."""
        label = story.label_of(node)
        if node.type != "heading" and label not in self.numbers:
            return ""
        return label if label and self.targets.get(label) is node else ""


def _blocks(nodes: Sequence[SyntaxTreeNode], place: _Place, inside: bool = False) -> str:
    written = []
    for number, node in enumerate(nodes):
        text = _block(node, place, inside)
        if node.type == "paragraph" and not node.hidden and _introduces(node, nodes[number + 1 : number + 2]):
            text = f"#lead[{text}]"
        written.append(text)
    return "\n\n".join(written)


def _introduces(node: SyntaxTreeNode, after: Sequence[SyntaxTreeNode]) -> bool:
    """Whether a paragraph says what the block after it is."""
    if not after or _only_picture(node):
        return False
    return after[0].type in _INTRODUCED or (_only_picture(after[0]) and story.plain_text(node).endswith(":"))


def _only_picture(node: SyntaxTreeNode) -> bool:
    parts = node.children[0].children if node.type == "paragraph" else ()
    return len(parts) == 1 and parts[0].type == "image"


def _block(node: SyntaxTreeNode, place: _Place, inside: bool) -> str:
    match node.type:
        case "paragraph":
            return _paragraph(node, place)
        case "heading" if inside:
            label = place.label(node)
            text = f"#strong[{_inline(node.children[0], place)}]"
            return f"{text}#label({literal(label)})" if label else text
        case "heading":
            return _heading(node, place)
        case "math_block" | "math_block_label":
            return _display(node.content, place.label(node))
        case "fence" | "code_block":
            code = node.content.removesuffix("\n").expandtabs(4)
            return f"#listing({string(code)})" if code.strip() else ""
        case "blockquote":
            return f"#quote(block: true)[\n{_blocks(node.children, place, True)}\n]"
        case "bullet_list" | "ordered_list":
            return _list(node, place)
        case "table":
            return _table(node, place)
        case "hr":
            return "#align(center, rule)"
    raise AssertionError(f"no Typst for {node.type}")


def _paragraph(node: SyntaxTreeNode, place: _Place) -> str:
    if _only_picture(node):
        return _picture(node.children[0].children[0], place)
    return _inline(node.children[0], place)


def _heading(node: SyntaxTreeNode, place: _Place) -> str:
    label = place.label(node)
    level = int(node.tag[1]) - place.highest + 1
    text = f"#heading(level: {level})[{_inline(node.children[0], place)}]"
    return f"{text}#label({literal(label)})" if label else text


def _display(tex: str, label: str) -> str:
    named = f", label: {literal(label)}" if label else ""
    lines = ",\n  ".join(map(_row, rows(tex)))
    return f"#display({_source(tex)}{named},\n  {lines},\n)"


def _row(row: Row) -> str:
    return f"row({', '.join([f'${row.left}$', *map(_piece, row.pieces)])})"


def _piece(piece: Piece) -> str:
    return f"({piece.depth}, ${piece.typst}$)" if piece.depth else f"${piece.typst}$"


def _source(tex: str) -> str:
    """The TeX of a formula, for those who hear the page or copy from it."""
    return literal(" ".join(unmarked(tex).split()))


def _list(node: SyntaxTreeNode, place: _Place) -> str:
    items = [f"[{_blocks(item.children, place, True)}]" for item in node.children]
    tight = all(child.hidden for item in node.children for child in item.children if child.type == "paragraph")
    how = f"tight: {'true' if tight else 'false'}"
    if node.type == "bullet_list":
        short = len(items) <= _FEW and sum(map(len, items)) <= _SHORT and "#display(" not in "".join(items)
        made = f"list({how},\n{','.join(items)})"
        return f"#together({made})" if short else f"#{made}"
    return f"#enum({how}, start: {int(node.attrs.get('start', 1))},\n" + ",\n".join(items) + ")"


def _table(node: SyntaxTreeNode, place: _Place) -> str:
    cells = story.table_rows(node)
    low = " + bottom" if any(child.type == "blank" for child in node.walk()) else ""  # beside the line of a blank
    sides = ", ".join((side or "left") + low for side in story.sides(node))
    fluid = ", ".join(
        "true" if max(map(_width, column)) > _SENTENCE else "false" for column in zip(*cells, strict=True)
    )
    lines = [", ".join(f"[{_inline(cell.children[0], place)}]" for cell in row) for row in cells]
    head = f"({lines[0]},)" if any(story.plain_text(cell).strip() for cell in cells[0]) else "()"
    body = "".join(f",\n  {line}" for line in lines[1:])
    return f"#ruled(({sides},), ({fluid},), {head}{body})"


def _width(cell: SyntaxTreeNode) -> int:
    """About how many characters wide a cell is printed: a command of TeX counts as one."""
    return _printed_width(story.plain_text(cell))


def _printed_width(tex: str) -> int:
    return len(re.sub(r"[{}_^]", "", re.sub(r"\\[A-Za-z]+", "x", unmarked(tex))))


def _inline(node: SyntaxTreeNode, place: _Place) -> str:
    match node.type:
        case "text":
            return _text(clean_text(node.content))
        case "softbreak":
            return '#" ";\n'
        case "hardbreak":
            return "#linebreak();"
        case "code_inline":
            return f"#raw({string(clean_text(node.content))});"
        case "math_inline":
            how = "kept" if "=" in node.content and _printed_width(node.content) <= _KEPT else "tex"
            return f"#{how}({_source(node.content)}, ${formula(node.content)}$);"
        case "image":
            return f"#box[{_picture(node, place, caption=False)}];"
        case "blank":
            return f"#blank({'8cm' if node.meta.get('long') else '3.6cm'});"
    text = "".join(_inline(child, place) for child in node.children)
    match node.type:
        case "inline":
            return text
        case "em":
            return f"#emph[{text}];"
        case "strong":
            return f"#strong[{text}];"
        case "link":
            return _link(str(node.attrs.get("href", "")), text, place)
    raise AssertionError(f"no Typst for {node.type}")


def _text(text: str) -> str:
    """Text as a string; a 2-2-1 network is not broken at its dashes."""
    written, at = "", 0
    for match in _SIZES.finditer(text):
        written += f"#{string(text[at : match.start()])};" if at < match.start() else ""
        written += f"#box({string(match[0])});"
        at = match.end()
    return written + (f"#{string(text[at:])};" if at < len(text) else "")


def _link(address: str, text: str, place: _Place) -> str:
    if not address.startswith("#"):
        return f"#link({literal(address)})[{text}];" if address else text
    label = unquote(address[1:])
    if label not in place.targets:
        return text
    number = f'#"({place.numbers[label]})";' if label in place.numbers else ""
    between = '#"\xa0";' if text and number else ""
    return f"#link(label({literal(label)}))[{text}{between}{number}];" if text or number else ""


def _picture(node: SyntaxTreeNode, place: _Place, caption: bool = True) -> str:
    """A picture of ours in place; of any other its caption, as a page reads no file."""
    below = "".join(_inline(child, place) for child in node.children)
    if "picture" not in node.meta:
        return below
    svg = str(node.meta["picture"].svg).strip()
    says = [unescape(match[1]) for match in re.finditer(r"<(?:title|desc)[^>]*>(.*?)</", svg, re.DOTALL)]
    alt = literal(" ".join(". ".join(says).split()))
    return f"#picture({string(svg)}, {alt}, [{below}])" if caption else f"#drawing({string(svg)}, {alt})"
