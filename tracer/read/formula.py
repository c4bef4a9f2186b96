r"""A TeX formula into a tree, and a tree back into TeX: the TeX that Tracer prints, and what people write like it.

Spaces mean nothing in a formula and are left out; a run of digits is one number. A command that is not known here
stands for itself, as \alpha does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tracer.errors import TracerError, shortened


@dataclass(frozen=True)
class Symbol:
    """One letter, number, sign, delimiter or command without arguments, as TeX."""

    tex: str


@dataclass(frozen=True)
class Words:
    """Text in a formula, or a name that a command takes; spaces count."""

    text: str


@dataclass(frozen=True)
class Group:
    """What stands in braces."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Command:
    """A command with its arguments; `name` without the backslash, `option` what stands in square brackets."""

    name: str
    arguments: tuple[Words | Group, ...]
    option: Group | None = None


@dataclass(frozen=True)
class Script:
    """A base with what stands below and above at its right; `turned` where what is above was written first."""

    base: Node
    below: Group | None = None
    above: Group | None = None
    turned: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Fenced:
    """What stands between \\left and \\right, with its two delimiters ("." for none)."""

    left: str
    parts: tuple[Node, ...]
    right: str


@dataclass(frozen=True)
class Table:
    """An environment: its name, its columns ("" where it takes none), and its cells row by row."""

    environment: str
    columns: str
    rows: tuple[tuple[tuple[Node, ...], ...], ...]


Node = Symbol | Words | Group | Command | Script | Fenced | Table

#: commands with arguments that are formulas, and how many
ARGUMENTS = {
    **dict.fromkeys(("frac", "dfrac", "tfrac", "binom", "underset", "overset", "stackrel"), 2),
    **dict.fromkeys(
        ("sqrt", "boxed", "narrowed", "underbrace", "overbrace", "overline", "underline", "operatorname"), 1
    ),
    **dict.fromkeys(("mathrm", "mathbf", "mathit", "mathsf", "mathtt", "mathcal", "mathbb", "boldsymbol"), 1),
    **dict.fromkeys(("tilde", "hat", "bar", "vec", "dot", "ddot", "check", "breve", "acute", "grave"), 1),
}
#: commands whose first argument is words, and how many arguments are formulas after it
NAMED = {"text": 0, "textrm": 0, "mbox": 0, "textcolor": 1, "role": 1}
_SIZED = ("big", "Big", "bigg", "Bigg")
DEEPEST = 60  # braces in braces

_TOKEN = re.compile(
    r"\\[A-Za-z]+\*?|\\.|\d+(?:\.\d+)?(?:\{[.,]\}\d+)*|\s+|%[^\n]*\n?|.", re.DOTALL
)  # a command, a number, a space, a comment, a character
_RAW = re.compile(r"\s*\{((?:[^{}\\]|\\.)*)\}", re.DOTALL)
_SPACING = re.compile(r"\s*\[[^\]\n]*\]")


def read_formula(tex: str) -> tuple[Node, ...]:
    r"""A TeX formula into its parts. Raises TracerError T502 for braces and environments that do not fit.

    >>> read_formula(r"a = 0.5")
    (Symbol(tex='a'), Symbol(tex='='), Symbol(tex='0.5'))
    """
    reader = _Reader(tex)
    parts = reader.parts(())
    if reader.ahead():
        raise reader.wrong(f"'{reader.ahead()}' without what it closes")
    return parts


def written(parts: Iterable[Node]) -> str:
    r"""Parts of a formula as TeX; read again, it gives the same parts.

    >>> written(read_formula(r"\frac 1 2 x_i^2"))
    '\\frac{1}{2}x_{i}^{2}'
    """
    text = ""
    for part in map(_written, parts):
        loose = part in _SPACED or text.endswith(_SPACED_ENDS) or _TOUCHING.search(f"{text[-40:]}\0{part[:5]}")
        text += f" {part}" if text and loose else part
    return text


def in_order(parts: Iterable[Node]) -> tuple[Node, ...]:
    r"""Parts of a formula in which what stands below comes before what stands above, so that a name has one spelling.

    >>> written(in_order(read_formula(r"z^{(1)}_2")))
    'z_{2}^{(1)}'
    """
    return tuple(map(_in_order, parts))


def _in_order(node: Node) -> Node:
    match node:
        case Group(parts):
            return Group(in_order(parts))
        case Command(name, arguments, option):
            inside = (one if isinstance(one, Words) else Group(in_order(one.parts)) for one in arguments)
            return Command(name, tuple(inside), option and Group(in_order(option.parts)))
        case Script(base, below, above):
            low, high = (script and Group(in_order(script.parts)) for script in (below, above))
            return Script(_in_order(base), low, high)
        case Fenced(left, parts, right):
            return Fenced(left, in_order(parts), right)
        case Table(environment, columns, rows):
            return Table(environment, columns, tuple(tuple(map(in_order, row)) for row in rows))
    return node


#: signs with a space on each side, which only makes the source easier to read
_SPACED = ("=", "+", "-", "<", ">", *(f"\\{name}" for name in ("cdot", "times", "approx", "le", "ge", "ne", "to")))
_SPACED_ENDS = tuple(_SPACED)
#: what would be read as one token: a command and a letter (also one that a colour stands around), two numbers
_TOUCHING = re.compile(r"(?:\\[A-Za-z]+\0(?:[A-Za-z*]|\\role)|[\d.]\0[\d.])")


def _written(node: Node) -> str:
    match node:
        case Symbol(tex):
            return tex
        case Words(text):
            return text
        case Group(parts):
            return "{" + written(parts) + "}"
        case Command(name, arguments, option):
            chosen = "" if option is None else f"[{written(option.parts)}]"
            shown = (
                argument.text if isinstance(argument, Words) else written(argument.parts) for argument in arguments
            )
            return f"\\{name}{chosen}" + "".join(f"{{{argument}}}" for argument in shown)
        case Script(base, below, above, turned):
            low = "" if below is None else f"_{_written(below)}"
            high = "" if above is None else f"^{_written(above)}"
            return ("{}" if base == Group(()) else _written(base)) + (high + low if turned else low + high)
        case Fenced(left, parts, right):
            return f"\\left{left} {written(parts)} \\right{right}"
        case Table(environment, columns, rows):
            lines = " \\\\\n".join(" & ".join(map(written, row)) for row in rows)
            columns = f"{{{columns}}}" if columns else ""
            return f"\\begin{{{environment}}}{columns}\n{lines}\n\\end{{{environment}}}"


class _Reader:
    """The formula while it is read: `at` is the place of the next token."""

    def __init__(self, tex: str) -> None:
        self.tex, self.at, self.depth = tex, 0, 0

    def wrong(self, found: str) -> TracerError:
        said = f"{found}, in the formula {shortened(self.tex)}."
        return TracerError("T502", "a formula", said, "", "Write it in the TeX that amsmath knows.")

    def ahead(self) -> str:
        """The next token, "" at the end; spaces and comments are passed over."""
        while match := _TOKEN.match(self.tex, self.at):
            if not (match[0].isspace() or match[0][0] == "%"):
                return match[0]
            self.at = match.end()
        return ""

    def take(self) -> str:
        token = self.ahead()
        self.at += len(token)
        return token

    def parts(self, stops: tuple[str, ...]) -> tuple[Node, ...]:
        """Parts up to a token that closes or divides, which is left where it is."""
        found: list[Node] = []
        while (token := self.ahead()) and token not in ("}", "\\right", "\\end", *stops):
            if token in ("_", "^", "'"):
                base = found.pop() if found and not isinstance(found[-1], Script) else Group(())
                found.append(self.scripts(base))
            else:
                found.append(self.one())
        return tuple(found)

    def scripts(self, base: Node) -> Script:
        """A base with all scripts that follow; two at one place are an error, as in TeX."""
        below: Group | None = None
        above: list[Node] = []
        primes = True  # they may stand before a script above, not after it
        turned = self.ahead() != "_"
        while (token := self.ahead()) in ("_", "^", "'"):
            self.take()
            if token == "'" and primes:
                above.append(Symbol("\\prime"))
            elif token == "_" and below is None:
                below = self.argument()
            elif token == "^" and primes:
                above += self.argument().parts
                primes = False
            else:
                raise self.wrong("two scripts at the same place")
        return Script(base, below, Group(tuple(above)) if above or not primes else None, turned)

    def one(self) -> Node:
        """The next symbol, group, command or environment, without scripts."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.wrong(f"more than {DEEPEST} levels of braces")
        token = self.take()
        if token in ("", "\\", "}", "_", "^", "'", "&", "\\\\", "\\right", "\\end"):
            raise self.wrong("something is missing before " + (f"'{token}'" if token else "the end"))
        node = self.command(token[1:]) if token[0] == "\\" else self.group() if token == "{" else Symbol(token)
        self.depth -= 1
        return node

    def argument(self) -> Group:
        """The next group, or the next symbol as if it stood in braces; of a number its first digit, as in TeX."""
        digit = self.ahead()[:1]
        if digit.isdigit():
            self.at += 1
            return Group((Symbol(digit),))
        one = self.one()
        return one if isinstance(one, Group) else Group((one,))

    def group(self) -> Group:
        parts = self.parts(())
        if self.take() != "}":
            raise self.wrong("a brace is not closed")
        return Group(parts)

    def command(self, name: str) -> Node:
        if name in NAMED:
            return Command(name, (self.words(), *(self.argument() for _ in range(NAMED[name]))))
        if name in ARGUMENTS:
            option = None
            if name == "sqrt" and self.ahead() == "[":
                self.take()
                option = Group(self.parts(("]",)))
                self.take()
            return Command(name, tuple(self.argument() for _ in range(ARGUMENTS[name])), option)
        if name == "left":
            left = self.take()
            parts = self.parts(())
            if self.take() != "\\right":
                raise self.wrong("'\\left' without its '\\right'")
            return Fenced(left, parts, self.take())
        if name == "begin":
            return self.environment()
        if name.rstrip("lrm") in _SIZED:
            return Symbol(f"\\{name}{self.take()}")
        return Symbol("\\" + name)

    def words(self) -> Words:
        match = _RAW.match(self.tex, self.at)
        if match is None:
            raise self.wrong("words are expected in braces")
        self.at = match.end()
        return Words(match[1])

    def environment(self) -> Table:
        name = self.words().text
        columns = self.words().text if name == "array" else ""
        rows: list[tuple[tuple[Node, ...], ...]] = []
        row: list[tuple[Node, ...]] = []
        while True:
            row.append(self.parts(("&", "\\\\")))
            end = self.take()
            if end == "&":
                continue
            rows.append(tuple(row))
            row = []
            if end != "\\\\":
                break
            if spacing := _SPACING.match(self.tex, self.at):
                self.at = spacing.end()
        if end != "\\end" or self.words().text != name:
            raise self.wrong(f"the environment {name} is not closed")
        if len(rows) > 1 and rows[-1] == ((),):  # a \\ after the last row
            rows.pop()
        return Table(name, columns, tuple(rows))
