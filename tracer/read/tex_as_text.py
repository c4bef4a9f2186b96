r"""A formula in TeX into text of the equation language: \frac{a_1}{2} becomes ((v0)/(2)), with v0 for a_{1}.

What stands side by side is a product. Two bare letters side by side are refused, since ab may be one name.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from itertools import chain

from tracer.errors import TracerError
from tracer.explain.names import GREEK
from tracer.read.formula import Command, Fenced, Group, Node, Script, Symbol, Words, in_order, read_formula, written

_FUNCTIONS = {f"\\{name}": name for name in ("exp", "log", "tanh", "max", "min")} | {"\\ln": "log"}
_UPRIGHT = {"exp": "exp", "erf": "erf", "sign": "sign", "tanh": "tanh", "ln": "log", "log": "log", "sigmoid": "sigmoid"}
_OPERATORS = {sign: sign for sign in "+-*/,"} | {"\\cdot": "*", "\\times": "*", "\\div": "/", "<": "<", ">": ">"}
_BRACKETS = {"(": "(", "[": "(", ")": ")", "]": ")"}
_SPACES = ("\\,", "\\;", "\\:", "\\!", "\\ ", "~", "\\quad", "\\qquad", "\\displaystyle")
_NAMING = ("mathrm", "mathbf", "mathit", "mathsf", "boldsymbol", "operatorname", "tilde", "hat", "bar", "vec")
_SIZED = re.compile(r"\\(?:big|Big|bigg|Bigg)[lrm]?(.)")
_NUMBER = re.compile(r"([0-9]+)(?:(?:\.|\{[.,]\})([0-9]+))?")
_TWO_DIGITS = re.compile(r"(\\[dt]?frac) ?([0-9])([0-9])")
_MANY_DIGITS = re.compile(r"(?:[_^]|\\sqrt|frac(?: ?\{[^{}]{0,200}\})?) ?[0-9][0-9.]")
#: what stands above a letter and makes another name of it, not a power
_MARKS = re.compile(
    r"(?:\\prime|[+*]|\([0-9]+\)|\\(?:mathrm|text)\{[a-z]+\}|\\(?:ast|star|dagger))+|(?:\\prime)+[0-9]?"
)


def as_text(tex: str, symbols: Container[str] = ()) -> tuple[str, dict[str, str]]:
    r"""A formula in TeX into text, and what its marks stand for. Raises TracerError T502 for what is not understood.

    >>> as_text(r"\frac{a_1}{2}")
    ('((v0)/(2))', {'v0': 'a_{1}'})
    """
    tex = _TWO_DIGITS.sub(r"\1{\2}{\3}", tex)
    if _MANY_DIGITS.search(tex):
        raise _wrong("TeX takes one digit where there are no braces; write them.")
    writer = _Writer(symbols)
    return writer.text(in_order(read_formula(tex))), writer.marks


class _Writer:
    """The symbols met so far, each with its mark."""

    def __init__(self, symbols: Container[str]) -> None:
        self.symbols = symbols
        self.marks: dict[str, str] = {}
        self.known: dict[str, str] = {}

    def text(self, parts: Iterable[Node]) -> str:
        """Parts side by side."""
        result, before, letter = "", "", False  # what the last piece was: a value, something open, or nothing
        rest = list(chain.from_iterable(map(_spliced, parts)))
        while rest:
            node = rest.pop(0)
            if isinstance(node, Symbol) and node.tex in _SPACES:
                continue
            if isinstance(node, Script) and node.base == Symbol("\\nabla") and rest:
                piece, kind = self.name(written((node, rest.pop(0)))), "value"
            else:
                piece, kind = self.piece(node)
            bare = isinstance(node, Symbol) and node.tex.isalpha()
            starts = bare or (isinstance(node, Script) and isinstance(node.base, Symbol) and node.base.tex.isalpha())
            if letter and starts:
                raise _wrong("two letters stand side by side; write \\cdot between factors, and names in \\mathrm{}.")
            if before in ("value", "close") and kind in ("value", "open", "function"):
                result += "*"
            if before == "function" and kind != "open":
                raise _wrong("a function needs brackets round its argument.")
            result += piece
            before = "close" if kind == "open" and piece.endswith(")") else kind
            letter = bare and kind == "value"
        if before == "function":
            raise _wrong("a function has no argument.")
        return result

    def piece(self, node: Node) -> tuple[str, str]:
        """One node as text, and what it is: value, function, operator, open (begins with a bracket) or close."""
        match node:
            case Symbol(tex):
                return self.symbol(tex)
            case Group(parts):
                return f"({self.text(parts)})", "open"
            case Fenced(left, parts, right) if left in _BRACKETS and right in _BRACKETS:
                return f"({self.text(parts)})", "open"
            case Fenced("\\lvert" | "|", parts, "\\rvert" | "|"):
                return f"abs({self.text(parts)})", "value"
            case Script():
                return self.script(node)
            case Command("frac" | "dfrac" | "tfrac", (Group(top), Group(bottom))):
                if _is_derivative(top, bottom):
                    return self.name(written((node,))), "value"
                return f"(({self.text(top)})/({self.text(bottom)}))", "open"
            case Command("sqrt", (Group(parts),), None):
                return f"sqrt({self.text(parts)})", "value"
            case Command(name, (Group(parts),)) if name in _NAMING:
                word = written(parts)
                if name in ("mathrm", "operatorname") and word in _UPRIGHT:
                    return _UPRIGHT[word], "function"
                return ("e", "value") if word == "e" else (self.name(written((node,))), "value")
        raise _wrong(f"'{written((node,))[:40]}' is not read in an answer.")

    def symbol(self, tex: str) -> tuple[str, str]:
        if sized := _SIZED.fullmatch(tex):
            tex = sized[1]
        if tex in _BRACKETS:
            return _BRACKETS[tex], "open" if _BRACKETS[tex] == "(" else "close"
        if tex in _OPERATORS:
            return _OPERATORS[tex], "operator"
        if tex in _FUNCTIONS:
            return _FUNCTIONS[tex], "function"
        if number := _NUMBER.fullmatch(tex):
            return f"{number[1]}.{number[2]}" if number[2] else number[1], "value"
        if tex == "e":
            return "e", "value"
        if _is_letter(tex):
            return self.name(tex), "value"
        raise _wrong(f"'{tex}' is not read in an answer.")

    def script(self, node: Script) -> tuple[str, str]:
        """A name with its indices, or a power."""
        whole = written((node,))
        if whole in self.symbols:
            return self.name(whole), "value"
        if node.above is None or _MARKS.fullmatch(written(node.above.parts).replace(" ", "")):
            if not _can_be_named(node.base):
                raise _wrong(f"'{whole[:40]}' is not read in an answer.")
            return self.name(whole), "value"
        base, kind = self.piece(node.base if node.below is None else Script(node.base, node.below))
        if kind not in ("value", "open", "close"):
            raise _wrong(f"'{whole[:40]}' is not read in an answer.")
        return f"{base}**({self.text(node.above.parts)})", kind

    def name(self, tex: str) -> str:
        if tex not in self.known:
            self.known[tex] = f"v{len(self.known)}"
            self.marks[self.known[tex]] = tex
        return self.known[tex]


def _spliced(node: Node) -> tuple[Node, ...]:
    """What colours and boxes stand round, without them."""
    match node:
        case Command("textcolor" | "role", (Words(), Group(parts))) | Command("boxed", (Group(parts),)):
            return tuple(chain.from_iterable(map(_spliced, parts)))
    return (node,)


def _is_letter(tex: str) -> bool:
    """Whether a symbol is a letter, Latin or Greek."""
    if tex[0] != "\\":
        return len(tex) == 1 and tex.isascii() and tex.isalpha()
    return tex[1:].lower().removeprefix("var") in GREEK or tex in ("\\ell", "\\nabla")


def _can_be_named(base: Node) -> bool:
    """Whether what stands left of an index or a mark may be a name."""
    match base:
        case Symbol(tex):
            return _is_letter(tex)
        case Command(name, _):
            return name in _NAMING
        case Script(inner):
            return _can_be_named(inner)
        case Group((inner,)):
            return _can_be_named(inner)
    return False


def _is_derivative(top: tuple[Node, ...], bottom: tuple[Node, ...]) -> bool:
    """Whether a fraction is dE/dw, which is one name."""
    return len(top) > 1 and len(bottom) > 1 and top[0] == bottom[0] and top[0] in (Symbol("\\partial"), Symbol("d"))


def _wrong(found: str) -> TracerError:
    return TracerError("T502", "a formula", found)
