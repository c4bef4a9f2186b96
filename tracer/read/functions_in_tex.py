r"""Functions as people write them in TeX into what the formula reader knows: \log_2 8 becomes (\log(8)/\log(2)).

Logarithms with a base, roots with a degree, arguments without brackets, and the functions of networks by their names.
The letter sigma before a bracket is read as the sigmoid; it may be another function, which is for the caller to weigh.
"""

from __future__ import annotations

from collections.abc import Sequence

from tracer.read.formula import Command, Fenced, Group, Node, Script, Symbol, Table, Words

FUNCTIONS = ("sigmoid", "relu")  # by their names
_BARE = ("\\log", "\\ln", "\\exp", "\\tanh")
_LOGARITHMS = (Symbol("\\log"), Symbol("\\lg"))
_NAMES = ("text", "textrm", "mathrm", "operatorname")
_SPACES = ("\\,", "\\;", "\\:", "\\!", "\\ ", "~")


def with_known_functions(nodes: Sequence[Node]) -> tuple[Node, ...]:
    r"""The parts of a formula with every function that can be written with exp, log, max and powers written so.

    >>> from tracer.read.formula import read_formula, written
    >>> written(with_known_functions(read_formula(r"\sqrt[3]{8} + \ln 2")))
    '\\left( 8 \\right)^{\\frac{1}{3}} + \\ln\\left( 2 \\right)'
    """
    made: list[Node] = []
    place = 0
    while place < len(nodes):
        node = nodes[place]
        name, base = _function(node)
        argument, used = _argument(nodes[place + 1 :]) if name else (None, 0)
        if argument is None:
            made.append(_inside(node))
        else:
            made.extend(_applied(name, base, with_known_functions(argument)))
        place += 1 + used
    return tuple(made)


def _function(node: Node) -> tuple[str, Group | None]:
    """The function that a node names, and the base of a logarithm; "" for none."""
    match node:
        case Script(base, Group() as below, None) if base in _LOGARITHMS:
            return "log", below
        case Symbol("\\lg"):
            return "log", Group((Symbol("10"),))
        case Symbol(tex) if tex in _BARE:
            return tex, None
        case Symbol("\\sigma"):
            return "sigmoid", None
        case Command(name, (Words(word),)) if name in _NAMES:
            return _named(word), None
        case Command(name, (Group(parts),)) if name in _NAMES:
            return _named("".join(part.tex for part in parts if isinstance(part, Symbol))), None
    return "", None


def _named(word: str) -> str:
    return word.lower() if word.lower() in FUNCTIONS else ""


def _argument(rest: Sequence[Node]) -> tuple[Sequence[Node] | None, int]:
    """What stands in brackets after a function, or the number after it where nothing but a sum goes on; and how many
    nodes that is."""
    spaces = 0
    while spaces < len(rest) and isinstance(rest[spaces], Symbol) and rest[spaces].tex in _SPACES:  # type: ignore[union-attr]
        spaces += 1
    if spaces == len(rest):
        return None, 0
    after = rest[spaces + 1] if spaces + 1 < len(rest) else None
    match rest[spaces]:
        case Fenced("(" | "[", parts, ")" | "]"):
            return parts, spaces + 1
        case Symbol("("):
            depth = 0
            for place, node in enumerate(rest[spaces:], spaces):
                bare = node.base if isinstance(node, Script) else node
                depth += (bare == Symbol("(")) - (bare == Symbol(")"))
                if depth == 0:  # a power of the bracket may be one of the function: nobody knows
                    return (None, 0) if isinstance(node, Script) else (rest[spaces + 1 : place], place + 1)
        case Group(parts):
            return parts, spaces + 1
        case Symbol(tex) as number if tex[0].isdigit() and after in (None, Symbol("+"), Symbol("-")):
            return (number,), spaces + 1
    return None, 0


def _applied(name: str, base: Group | None, argument: tuple[Node, ...]) -> tuple[Node, ...]:
    inside = Fenced("(", argument, ")")
    if name == "sigmoid":
        power = Script(Symbol("e"), None, Group((Symbol("-"), inside)))
        bottom = Group((Symbol("1"), Symbol("+"), power))
        return (Command("frac", (Group((Symbol("1"),)), bottom)),)
    if name == "relu":
        return (Symbol("\\max"), Fenced("(", (Symbol("0"), Symbol(","), inside), ")"))
    if base is not None:
        below = Fenced("(", with_known_functions(base.parts), ")")
        return (Command("frac", (Group((Symbol("\\log"), inside)), Group((Symbol("\\log"), below)))),)
    return (Symbol(name), inside)


def _inside(node: Node) -> Node:
    """A node with its functions within."""
    match node:
        case Command("sqrt", (Group(parts),), Group(degree)):
            power = Command("frac", (Group((Symbol("1"),)), Group(with_known_functions(degree))))
            return Script(Fenced("(", with_known_functions(parts), ")"), None, Group((power,)))
        case Group(parts):
            return Group(with_known_functions(parts))
        case Fenced(left, parts, right):
            return Fenced(left, with_known_functions(parts), right)
        case Command(name, arguments, option):
            inside = (Group(with_known_functions(one.parts)) if isinstance(one, Group) else one for one in arguments)
            return Command(name, tuple(inside), option)
        case Script(base, below, above, turned):
            high = Group(with_known_functions(above.parts)) if above is not None else None
            return Script(_inside(base), below, high, turned)
        case Table():
            return node
    return node
