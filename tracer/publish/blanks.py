"""Places to write in: `![z1](trace:blank)` in a story becomes a token of its own, which every writer knows."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.token import Token

from tracer.publish.pictures import as_text

ADDRESS, LONG = "trace:blank", "trace:blank/long"
#: what stands for a blank in text; readers of answers take a line of it for nothing
LINE = "_" * 12


def with_blanks(tokens: Sequence[Token]) -> None:
    """Turn what asks for a blank into one: its content is what is to be written there, in words.

    >>> from tracer.publish.story import read_story
    >>> tokens = read_story("Student: ![Student](trace:blank/long)")
    >>> with_blanks(tokens)
    >>> [(child.type, child.content) for child in tokens[1].children]
    [('text', 'Student: '), ('blank', 'Student')]
    """
    for token in tokens:
        address = str(token.attrs.get("src", ""))
        if token.type == "image" and address in (ADDRESS, LONG):
            token.content = "".join(map(as_text, token.children or []))
            token.type, token.tag, token.children, token.attrs = "blank", "", None, {}
            token.meta = {"long": address == LONG}
        with_blanks(token.children or [])
