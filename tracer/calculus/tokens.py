"""Text of the equation language to tokens, read one after another; each knows its place for an error."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tracer.errors import TracerError, shortened

LONGEST = 2_000  # characters

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-z_][A-Za-z_0-9]*)|(?P<sign>\*\*|<=|>=|==|[-+*/()\[\],=<>]))"
)


@dataclass(frozen=True)
class Token:
    """A number, a name, a sign or the end, and where it starts."""

    kind: str
    text: str
    start: int


def _tokens(text: str, where: str) -> list[Token]:
    """The text of an equation as tokens; the last one is its end. Raises TracerError T201 and T203."""
    if len(text) > LONGEST:
        raise TracerError("T203", where, f"the equation has {len(text)} characters.", f"At most {LONGEST} are read.")
    found: list[Token] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            start = at + len(text[at:]) - len(text[at:].lstrip())
            remedy = (
                "A power is written with **." if text[start] == "^" else "Write it with names, numbers and + - * / **."
            )
            raise TracerError(
                "T201", _place(text, start, where), f"'{shortened(text[start])}' cannot stand in an equation.", remedy
            )
        kind = match.lastgroup or ""
        found.append(Token(kind, match[kind], match.start(kind)))
        at = match.end()
    return [*found, Token("end", "", end)]


def _place(text: str, at: int, where: str) -> str:
    """A place in a text for a person: line, column and what stands there, after `where` the text stands."""
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    place = f"line {line}, column {column} of '{shortened(text)}'"
    return f"{where}, {place}" if where else place


class TokenReader:
    """The tokens of a text and how far they are read; `where` names the text in errors."""

    def __init__(self, text: str, where: str) -> None:
        self.text, self.where = text, where
        self.tokens = _tokens(text, where)
        self.position = 0

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.position]

    def fail(self, found: str, expected: str = "", code: str = "T201", token: Token | None = None) -> TracerError:
        """The error at a token, the next one unless another is named."""
        return TracerError(code, _place(self.text, (token or self.token).start, self.where), found, expected)

    def expect(self, wanted: str) -> Token:
        """The next token, which has to be a certain sign or of a certain kind. Raises TracerError T201."""
        token = self.token
        if token.text == wanted or token.kind == wanted:
            self.position += 1
            return token
        name = {"end": "the end of the equation", "name": "a name"}.get(wanted, f"'{wanted}'")
        product = wanted == "end" and token.kind in ("name", "number")
        raise self.misplaced(name, "A product needs its sign: write 2*x, not 2 x." if product else "")

    def accept(self, *wanted: str) -> str:
        """The next token, read if it is one of certain signs; "" if not."""
        if self.token.kind == "sign" and self.token.text in wanted:
            self.position += 1
            return self.tokens[self.position - 1].text
        return ""

    def misplaced(self, wanted: str, hint: str = "") -> TracerError:
        """The error where the next token is not what should stand there."""
        found = f"found '{self.token.text}'" if self.token.text else "the equation ends"
        if self.token.text == "=":
            hint = "An equation has one '='; equality in a condition is '=='."
        return self.fail(f"{found} where {wanted} should stand.", hint)
