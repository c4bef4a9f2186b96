"""Story Markdown, the inner dialect that the templates write, into markdown-it tokens; and the way back for text.

Beyond CommonMark with tables it knows `$..$`, displays `$$ .. $$ (label)`, and headings that end in `{#anchor}`. An
`<a id="..."></a>` on a line of its own before a display or a heading means the same (the Markdown writer prints it).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from functools import cache
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.dollarmath.index import math_block_dollar

from tracer.errors import CONTROL, clean_text
from tracer.explain.roles import unmarked

#: `$..$` with no space inside the dollars and no digit outside, so that "$5 and $6" is money
_FORMULA = re.compile(r"(?<!\d)\$(?!\s)((?:\\.|[^$\\])+)(?<!\s)\$(?!\d)", re.DOTALL)
_DECIMALS = re.compile(r"-?\d+(?:(?:\.|\{,\})(\d+))?")
_ANCHOR_LINE = re.compile(r'<a id="([^"\s<>]+)"></a>')
_HEADING_ANCHOR = re.compile(r"(?:^|[ \t]+)\{#([^\s{}]+)\}$")

# Backslashes only where every Markdown takes them; elsewhere numbers, above all for what starts TeX, attributes or a
# Liquid tag somewhere. Python-Markdown knows fewer escapes than CommonMark.
_ESCAPES = {mark: "\\" + mark for mark in "`*_[]$|"} | {"<": "&lt;", "&": "&amp;", "\xa0": "&nbsp;"}
_INLINE = re.compile(r"[`*_\[\]$|\\{^~<]|&(?! )|(?<![0-9A-Za-z])@|[^\S ]")
_ENUMERATOR = re.compile(r"(\(?(?:[0-9]{1,9}|[A-Za-z]|[ivxlcdmIVXLCDM]{2,}))([.)])(?= |$)")


def read_story(text: str) -> list[Token]:
    """Story Markdown into tokens.

    A display is a `math_block`, or a `math_block_label` whose `info` is its label; its content has no blank lines and
    no indentation. A heading's anchor is the attribute `id` of its `heading_open`. Control characters become U+FFFD.

    >>> [token.type for token in read_story("$$ E = 1 $$ (eq-E)")]
    ['math_block_label']
    """
    text = re.sub("[\u2028\u2029]", " ", text)  # a space for some rules of Markdown, a letter for others
    return _parser().parse(CONTROL.sub("\ufffd", text), {})


def story_tree(tokens: Sequence[Token]) -> SyntaxTreeNode:
    """Tokens into a tree, which is easier to walk: a node for every pair of tokens that open and close."""
    return SyntaxTreeNode(tokens)


def escape_markdown(text: str) -> str:
    """A user's text into story Markdown that reads as that text, wherever in a line a template puts it.

    Line breaks and tabs become spaces, other control characters U+FFFD.

    >>> escape_markdown("1. 5 < 6 & $7$")
    '1\\\\. 5 &lt; 6 & \\\\$7\\\\$'
    """
    escaped = re.sub("^ | $", "&#32;", escape_start(escape_inline(text)))
    return re.sub("!$", r"\\!", escape_end_of_heading(escaped))


def escape_inline(text: str) -> str:
    """Text into Markdown that reads as that text inside a line; the ends of a line are another matter."""
    return _INLINE.sub(lambda mark: _ESCAPES.get(mark[0]) or as_entity(mark[0]), clean_text(text))


def as_entity(character: str) -> str:
    """A character written as a number, where the character itself would act on its neighbours."""
    return f"&#{ord(character)};"


def escape_start(line: str) -> str:
    """A line of Markdown that would begin a list, heading, quotation ... as one that does not."""
    if re.match(r"#|>|[-+](?![0-9A-Za-z.])", line):
        return "\\" + line
    if re.match(r"[=:%]", line):
        return as_entity(line[0]) + line[1:]
    if line.startswith("\\["):  # a paragraph \[ .. \] is a display for Python-Markdown with arithmatex
        return as_entity("[") + line[2:]
    return _ENUMERATOR.sub(r"\1\\\2", line, count=1) if _ENUMERATOR.match(line) else line


def escape_end_of_heading(line: str) -> str:
    """A line whose last # would be taken for decoration if the line were a heading, as one where it is not."""
    return re.sub(r"(?<!\\)#$", r"\\#", line)


def plain_text(node: SyntaxTreeNode) -> str:
    """A node's text without any markup; formulas as their TeX."""
    if node.type in ("softbreak", "hardbreak"):
        return " "
    if node.type in ("text", "code_inline", "math_inline"):
        return node.content
    return "".join(plain_text(child) for child in node.children)


def label_of(node: SyntaxTreeNode) -> str:
    """The label of a display or the anchor of a heading; empty when it has none."""
    if node.type == "math_block_label":
        return node.info
    return str(node.attrs.get("id", "")) if node.type == "heading" else ""


def targets(tree: SyntaxTreeNode) -> dict[str, SyntaxTreeNode]:
    """What links can point at: label -> display or heading, the first one where a label occurs twice."""
    found: dict[str, SyntaxTreeNode] = {}
    for node in tree.walk(include_self=False):
        if label := label_of(node):
            found.setdefault(label, node)
    return found


def referred(tree: SyntaxTreeNode) -> frozenset[str]:
    """The labels that links point at; only their displays need a number."""
    links = (node for node in tree.walk(include_self=False) if node.type == "link")
    addresses = (str(node.attrs.get("href", "")) for node in links)
    return frozenset(unquote(address[1:]) for address in addresses if address.startswith("#"))


def table_rows(table: SyntaxTreeNode) -> list[list[SyntaxTreeNode]]:
    """The cells of a table row by row, the header first; a cell is a `th` or `td` over one `inline`."""
    return [row.children for part in table.children for row in part.children]


def alignments(table: SyntaxTreeNode) -> list[str]:
    """The alignment of every column: "left", "center", "right", or "" where none is stated."""
    return [str(cell.attrs.get("style", "")).removeprefix("text-align:") for cell in table_rows(table)[0]]


def sides(table: SyntaxTreeNode) -> list[str]:
    """The alignments for paper: where none is stated, "right" if a minus would shift digits of equal length."""
    bodies = ([unmarked(plain_text(cell)) for cell in column[1:]] for column in zip(*table_rows(table), strict=True))
    return [side or _side(body) for side, body in zip(alignments(table), bodies, strict=True)]


def _side(texts: Sequence[str]) -> str:
    numbers = [_DECIMALS.fullmatch(text) for text in texts]
    after = {len(number[1] or "") for number in numbers if number}
    return "right" if len(after) == 1 and all(numbers) and any("-" in text for text in texts) else ""


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.use(
        dollarmath_plugin,
        allow_labels=True,
        allow_space=False,
        allow_digits=False,
        allow_blank_lines=False,
        double_inline=False,
    )
    # The plugin's rule looks at the last character of a paragraph that begins with a formula (src[-1]), and leaves
    # "$a$ is 5" as text (mdit-py-plugins 0.7.0).
    parser.inline.ruler.at("math_inline", _read_formula)
    # In the plugin a display needs a blank line before it; here it ends a paragraph, as a fence does.
    parser.block.ruler.at("math_block", _read_display, {"alt": ["paragraph", "blockquote", "list"]})
    parser.core.ruler.after("block", "labels", _read_labels)
    parser.core.ruler.after("text_join", "captions", _read_captions)
    return parser


_display = math_block_dollar(allow_labels=True, label_normalizer=lambda label: re.sub(r"\s+", "-", label))


def _read_display(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    line, tokens = state.line, len(state.tokens)
    found = _display(state, start, end, silent)
    if silent:  # asked only whether there is one; the plugin's rule takes it all the same
        state.line = line
        del state.tokens[tokens:]
    return found


def _read_formula(state: StateInline, silent: bool) -> bool:
    match = _FORMULA.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content = re.sub(r"\s*\n\s*", " ", match[1])
        token.markup = "$"
    state.pos = match.end()
    return True


def _read_labels(state: StateCore) -> None:
    """Anchors of headings into attributes, lines with an anchor into labels, displays into lines without indents."""
    state.tokens[:] = _labelled(state.tokens)


def _read_captions(state: StateCore) -> None:
    """Escapes in the caption of a picture in a caption into text, as markdown-it does everywhere else."""
    waiting = list(state.tokens)
    while waiting:
        token = waiting.pop()
        if token.type == "text_special":
            token.type = "text"
        waiting += token.children or []


def _labelled(tokens: list[Token]) -> Iterator[Token]:
    place = 0
    while place < len(tokens):
        anchor = _anchor(tokens, place)
        if anchor or _is_empty_paragraph(tokens, place):
            place += 3
        if place == len(tokens):
            break
        token = tokens[place]
        if token.type in ("math_block", "math_block_label"):
            token.content = normalized_tex(token.content)
            if anchor:
                token.type, token.info = "math_block_label", anchor
        elif token.type == "heading_open":
            if match := _HEADING_ANCHOR.search(tokens[place + 1].content):
                tokens[place + 1].content = tokens[place + 1].content[: match.start()]
                anchor = match[1]
            if anchor:
                token.attrSet("id", anchor)
        if token.content or not token.type.startswith("math_block"):  # an empty display would be an empty line
            yield token
        place += 1


def normalized_tex(tex: str) -> str:
    """A formula as a display holds it: without indentation and blank lines."""
    lines = (line.strip() for line in tex.split("\n"))
    return "\n".join(line for line in lines if line)


def _is_empty_paragraph(tokens: list[Token], place: int) -> bool:
    """A paragraph of nothing but no-break spaces; no writer should have to think of it."""
    return tokens[place].type == "paragraph_open" and not tokens[place + 1].content


def _anchor(tokens: list[Token], place: int) -> str:
    """The label that the paragraph at `place` gives to the display or heading after it, else nothing."""
    if tokens[place].type != "paragraph_open" or place + 3 >= len(tokens):
        return ""
    match = _ANCHOR_LINE.fullmatch(tokens[place + 1].content)
    follower = tokens[place + 3]
    free = follower.type == "math_block" or (
        follower.type == "heading_open" and not _HEADING_ANCHOR.search(tokens[place + 4].content)
    )
    return html.unescape(match[1]) if match and free else ""
