"""The markers of a Markdown page to the pieces between them.

A marker is a comment alone on its lines. The page is read as CommonMark, so that one in a listing, of whatever fence or
indentation, is what it is: text that is shown. The page is never searched as one string.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from tracer.errors import TracerError, shortened
from tracer.publish.embed.fence import Fence, fence_of, place_of

#: the lines of a text with their ends, as Markdown counts them
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_MARKER = re.compile(r"<!--\s*trace:(begin|end)\b(.*?)-->", re.DOTALL)
_LIKE_ONE = re.compile(r"<!--\s*trace:(?:begin|end)\b")
#: what was meant to be one
_NEARLY = re.compile(r"<!--\s*trace\s*[:_-]?\s*(?:begin|end|start|stop)\b", re.IGNORECASE)
_CURLY = re.compile("[\u2018-\u201f\u00ab\u00bb]")
#: HTML whose content is shown as it stands, or is no page at all; and other comments
_SHOWN = re.compile(r"\s*<(?:pre|script|style|textarea|!--(?!\s*trace:))", re.IGNORECASE)
_HASH = re.compile(r'\s*(?:hash="([0-9a-f]+)")?\s*')
_PAIR = re.compile(
    r"""\s*([A-Za-z_-]+)\s*=\s*("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\[(?:[^]["']|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')*\]|[^\s"'\[\]]+)"""
    r"(?=\s|$)"
)
_DIGITS = 16  # of a hash; nobody is to be kept from writing one, only noticed


@dataclass(frozen=True)
class Piece:
    """A piece of a page: what it asks for; the lines of its body, from `start` to before `end`, where the end marker
    begins, and the line `after` that; the first line is 0. The indentation (in a quotation with its `>`) and the
    line end of its markers, and the hash that the end marker keeps."""

    fence: Fence
    start: int
    end: int
    after: int
    indent: str
    newline: str
    hash: str

    def body(self, lines: list[str]) -> str:
        """What stands between the markers."""
        return "".join(lines[self.start : self.end])


@dataclass(frozen=True)
class Marked:
    """A page: its lines with their ends, its pieces in order, and the fences outside of them: line and text."""

    lines: list[str]
    pieces: tuple[Piece, ...]
    fences: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class _Marker:
    kind: str
    says: str
    first: int
    last: int
    indent: str
    inside: tuple[int, ...]  # the list items it stands in


def read_markers(text: str, file: str = "") -> Marked:
    """The text of a Markdown page to its pieces; `file` names it in errors.

    Raises TracerError T811 for markers that do not pair or do not stand alone, T801 and T802 for what they ask for.

    >>> marked = read_markers('<!-- trace:begin problem="mazur" show="forward" -->\\n<!-- trace:end -->\\n')
    >>> [piece.fence.show for piece in marked.pieces]
    ['forward']
    """
    lines = _LINE.findall(text)
    tokens = _parser().parse(text.removeprefix("\ufeff"), {})
    pieces: list[Piece] = []
    begun: _Marker | None = None
    for marker in _markers(tokens, lines, file):
        here = place_of(file, marker.first + 1)
        if marker.kind == "begin":
            if begun is not None:
                found = f"a piece begins inside the one that begins in line {begun.first + 1}."
                raise TracerError("T811", here, found, "Expected <!-- trace:end --> before it.")
            begun = marker
            continue
        if begun is None:
            raise TracerError("T811", here, "here ends a piece that has not begun.", "", "Take this marker away.")
        if marker.inside != begun.inside or marker.indent != begun.indent:
            found = f"this end belongs to the marker in line {begun.first + 1}, and stands elsewhere."
            expected = "Expected both with the same spaces before them, in the same list item or quotation, or in none."
            raise TracerError("T811", here, found, expected)
        pieces.append(_piece(begun, marker, lines, file))
        begun = None
    if begun is not None:
        here = place_of(file, begun.first + 1)
        raise TracerError("T811", here, "the piece that begins here does not end.", "Expected <!-- trace:end -->.")
    inside = [range(piece.start, piece.end) for piece in pieces]
    fences = tuple(
        (token.map[0], token.content)
        for token in tokens
        if token.type == "fence" and token.map and token.info.split()[:1] == ["trace"]
        if not any(token.map[0] in lines for lines in inside)
    )
    return Marked(lines, tuple(pieces), fences)


def begin_marker(fence: Mapping[str, Any]) -> str:
    """Keys and values to the marker that begins a piece.

    >>> begin_marker({"problem": "mazur", "digits": 4})
    '<!-- trace:begin problem="mazur" digits=4 -->'
    """
    return " ".join(["<!-- trace:begin", *(f"{name}={_toml(value)}" for name, value in fence.items()), "-->"])


def end_marker(body: str) -> str:
    """The marker that ends a piece with this body."""
    return f'<!-- trace:end hash="{hash_of(body)}" -->'


def hash_of(body: str) -> str:
    """What tells whether a body was changed: blanks at the ends of lines, the kind of line ends, the indentation of the
    whole and blank lines at both ends do not count."""
    lines = [line.rstrip() for line in re.split("\r\n|\r|\n", body)]
    width = min((len(line) - len(line.lstrip(" ")) for line in lines if line), default=0)
    plain = "\n".join(line[width:] for line in lines).strip("\n")
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable("table").use(front_matter_plugin)


def _markers(tokens: list[Token], lines: list[str], file: str) -> Iterator[_Marker]:
    """The markers in order. Raises TracerError T811 for one that does not stand alone."""
    items: list[int] = []
    for number, token in enumerate(tokens):
        if token.type in ("list_item_open", "blockquote_open"):
            items.append(number)
        elif token.type in ("list_item_close", "blockquote_close"):
            items.pop()
        elif token.type == "html_block" and token.map and _LIKE_ONE.search(token.content):
            if not _SHOWN.match(token.content):
                yield _marker(token, lines, file, tuple(items))
        elif token.type == "html_block" and token.map and _NEARLY.match(token.content.lstrip()):
            raise _nearly(token.content.strip(), place_of(file, token.map[0] + 1))
        elif token.type == "inline" and token.map:
            for child in token.children or []:
                if child.type == "html_inline" and _LIKE_ONE.match(child.content):
                    raise _not_alone(place_of(file, token.map[0] + 1))


def _nearly(comment: str, here: str) -> TracerError:
    begins = re.search("begin|start", comment.partition("-->")[0], re.IGNORECASE)
    expected = '<!-- trace:begin problem="mazur" show="weight w5" -->' if begins else "<!-- trace:end -->"
    found = f"{shortened(comment)} looks like a marker, and is none."
    return TracerError("T811", here, found, f"Expected {expected}, in these letters and without another space.")


def _marker(token: Token, lines: list[str], file: str, inside: tuple[int, ...]) -> _Marker:
    assert token.map is not None
    first, last = token.map
    while last > first + 1 and not lines[last - 1].strip():
        last -= 1
    here = place_of(file, first + 1)
    match = _MARKER.fullmatch(token.content.strip())
    if match is None and _LIKE_ONE.match(token.content.strip()) and "-->" not in token.content:
        raise TracerError("T811", here, "this comment does not end.", "Expected --> at its end.")
    if match is None or "-->" in match[2]:
        raise _not_alone(here)
    indent = lines[first].removeprefix("\ufeff").partition("<!--")[0]
    if indent.strip(" \t>"):
        found = "a marker cannot stand in the first line of a list item."
        raise TracerError("T811", here, found, "Expected nothing but spaces before it, or > in a quotation.")
    return _Marker(match[1], match[2], first, last, indent, inside)


def _not_alone(here: str) -> TracerError:
    found = "a marker does not stand alone."
    return TracerError("T811", here, found, "Expected nothing else on its lines, and a blank line above it.")


def _piece(begun: _Marker, ended: _Marker, lines: list[str], file: str) -> Piece:
    says = _HASH.fullmatch(ended.says)
    if says is None:
        here = place_of(file, ended.first + 1)
        found = f"this marker says '{shortened(ended.says.strip())}'."
        raise TracerError("T811", here, found, "Expected <!-- trace:end -->; all settings stand where a piece begins.")
    line = lines[begun.last - 1]
    newline = line[len(line.rstrip("\r\n")) :]
    return Piece(_settings(begun, file), begun.last, ended.first, ended.last, begun.indent, newline, says[1] or "")


def _settings(marker: _Marker, file: str) -> Fence:
    """What a marker asks for: pairs `key=value` between blanks, each value as in TOML; a word needs no quotes.

    Raises TracerError T801 and T802.
    """
    values: dict[str, Any] = {}
    places: dict[str, str] = {}
    says, at = marker.says.rstrip(), 0
    while at < len(says):
        here = place_of(file, marker.first + 1 + says[:at].count("\n") + _blank_lines(says[at:]))
        match = _PAIR.match(says, at)
        if match is None:
            found = f"this marker says '{shortened(says[at:].strip())}'."
            raise TracerError("T801", here, found, 'Expected settings such as  problem="mazur" show="weight w5".')
        name, value = match[1], match[2]
        if name in values:
            raise TracerError("T801", here, f"{name} is said twice.", "Expected every key once.")
        values[name], places[name] = _value(name, value, here), here
        at = match.end()
    return fence_of(values, partial(places.__getitem__), place_of(file, marker.first + 1), marker=True)


def _blank_lines(text: str) -> int:
    return text[: len(text) - len(text.lstrip())].count("\n")


def _value(name: str, value: str, here: str) -> Any:
    try:
        return tomllib.loads(f"value = {value}")["value"]
    except (ValueError, RecursionError):
        if re.fullmatch(r"[\w./~+-]+", value):
            return value  # a word: problem=mazur
        found = f"{name} is {shortened(value)}."
        if _CURLY.search(value):
            plain = _CURLY.sub("", value)
            raise TracerError("T801", here, found, f'Expected straight quotes: {name}="{plain}".') from None
        raise TracerError("T801", here, found, "Expected a text in quotes, a number, true, false or a list.") from None


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return '"' + "".join(_escape(character) for character in str(value)) + '"'


def _escape(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() and character != ">" else f"\\u{ord(character):04x}"
