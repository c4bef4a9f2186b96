"""Story tokens of a whole page into those of a piece that stands in a page of others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import unquote

from markdown_it.token import Token

from tracer.publish.anchors import label_of


def without_title(tokens: Sequence[Token]) -> list[Token]:
    """Tokens without the heading of the first rank that they begin with: the page has a title of its own."""
    begins = bool(tokens) and tokens[0].type == "heading_open" and tokens[0].tag == "h1"
    return list(tokens[3:] if begins else tokens)


def ranked(tokens: Sequence[Token], level: int) -> None:
    """Headings moved so that the uppermost have rank `level`; none goes below the sixth."""
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    uppermost = min((int(token.tag[1]) for token in headings), default=level)
    for token in headings:
        token.tag = f"h{min(int(token.tag[1]) - uppermost + level, 6)}"
        token.markup = "#" * int(token.tag[1])


def labelled_apart(tokens: Sequence[Token], prefix: str, taken: set[str]) -> list[Token]:
    """Tokens whose labels begin with `prefix` and are none of those `taken`, to which they are added: one that is
    there already is followed by no2, no3, which no element is called. Links follow their labels; one that would leave
    the piece, which has nothing but its own labels, is left as text."""
    new: dict[str, str] = {}
    for token in tokens:
        label = label_of(token)
        if label in new:  # a label says the first place that has it
            _unlabel(token)
        elif label:
            wanted = name = f"{prefix.rstrip('-')}-{label}" if prefix else label
            number = 1
            while name in taken:
                number += 1
                name = f"{wanted}-no{number}"
            taken.add(name)
            new[label] = name
    for token in tokens:
        if token.type == "math_block_label":
            token.info = new[token.info]
        elif token.type == "heading_open" and label_of(token):
            token.attrs["id"] = new[label_of(token)]
        if token.children:
            token.children = list(_linked(token.children, new))
    return list(tokens)


def _unlabel(token: Token) -> None:
    if token.type == "math_block_label":
        token.type, token.info = "math_block", ""
    else:
        token.attrs.pop("id")


def _linked(tokens: Iterable[Token], new: Mapping[str, str]) -> Iterator[Token]:
    dropped = 0
    for token in tokens:
        address = str(token.attrs.get("href", "")) if token.type == "link_open" else ""
        if address.startswith("#"):
            name = new.get(unquote(address[1:]))
            if name is None:
                dropped += 1
                continue
            token.attrs["href"] = f"#{name}"
        if token.type == "link_close" and dropped:  # a link holds no other
            dropped -= 1
            continue
        yield token
