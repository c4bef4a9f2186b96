"""A derivative from its definition to its final form, one named rule a line.

This is for reading: the chain rule that runs a network is in `chain_rule`. Each line is the one before with one rule
applied, outermost first, in every place where the rule is next; a test proves each line equal to the one before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tracer.calculus.chain_rule import apart
from tracer.calculus.equation import Equation
from tracer.calculus.expression import (
    ZERO,
    Call,
    Div,
    Expr,
    Index,
    Pow,
    Ref,
    Sum,
    children,
    fresh_name,
    names,
    rebuild,
    walk,
)
from tracer.calculus.expression_text import to_text
from tracer.calculus.gathering import gathered, multiplied_out, whole, without_ones
from tracer.calculus.rewriting import REWRITES
from tracer.calculus.rule import OPEN, Rule, SlopeRule, letters, moves, open_slope
from tracer.calculus.rules import RULES
from tracer.errors import TracerError, shortened, suggest

MOST_LINES, MOST_PARTS = 120, 4_000

DEFINITION = Rule("definition", "The derivative of the formula is wanted.")
PUT_TOGETHER = Rule("put together", "One sign, one number, one fraction bar; equal factors become a power.")
MULTIPLY_OUT = Rule(
    "multiply out", "The factor goes to every term of the sum.", (letters("c*(u + v)"), letters("c*u + c*v"))
)
TEXTBOOK = Rule("textbook form", "The same value as textbooks write it; multiplied out, both sides agree.")

#: every rule a line can name
TABLE: dict[str, Rule] = {
    rule.name: rule for rule in (DEFINITION, *RULES, PUT_TOGETHER, MULTIPLY_OUT, *REWRITES, TEXTBOOK)
}


@dataclass(frozen=True)
class Line:
    """One line: an expression, in which derivatives may still be open, and the rule it came by from the line before.

    `inner` is the part of the formula that the chain rule treats as a variable in this line, None in all others.
    """

    expression: Expr
    rule: Rule
    inner: Expr | None = None


def derivation(item: Equation, by: str) -> tuple[Line, ...]:
    """An equation to the derivative of its right side by one of the values in it, line by line.

    It ends in the stated textbook form where there is one; otherwise in a form of the output alone, such as a*(1 - a),
    if the algebra of `rewriting` finds one; otherwise where nothing is left to differentiate.

    Raises TracerError T204 for a name that is not in the formula, T203 where it gets too long to be read, T105 where it
    divides by what is always zero.

    >>> from tracer.calculus.equation import equation
    >>> for line in derivation(equation("a = tanh(z)"), "z"):
    ...     print(line.rule.name)
    definition
    tanh rule
    substitute the output
    """
    variable = variable_of(item, by)
    _refuse_zero_below(item)
    right = apart(item.right, {index.name for index in variable.indices if isinstance(index, Index)})
    lines = [Line(open_slope(variable, right), DEFINITION)]
    while (made := _next(lines[-1].expression, variable)) is not None:
        lines.append(made)
        if len(lines) > MOST_LINES or sum(1 for _ in walk(made.expression)) > MOST_PARTS:
            raise TracerError(
                "T203", f"equation '{shortened(item)}'", "its derivation is too long to be read.", "Split the equation."
            )
    last = gathered(lines[-1].expression)
    if last != lines[-1].expression:
        lines.append(Line(last, PUT_TOGETHER))
    if (single := multiplied_out(last)) is not None:
        lines.append(Line(single, MULTIPLY_OUT))
    return _ended(lines, item, variable)


def _refuse_zero_below(item: Equation) -> None:
    """T105 for a formula that has no value anywhere, and so no derivative."""
    for part in walk(item.right):
        match part:
            case Div(_, bottom):
                below = bottom
            case Pow(base, exponent) if (whole(exponent) or 0) < 0:
                below = base
            case _:
                continue
        if gathered(below) == ZERO:
            where = f"'{shortened(item)}'"
            raise TracerError("T105", where, f"'{shortened(to_text(below))}' is always 0.", "Nothing is divided by 0.")


def variable_of(item: Equation, by: str) -> Ref:
    """The value that is differentiated by: whole, or at the index letters of one element.

    A letter in which all reads of the value agree stays; where they differ, as in a softmax, it is a new one.
    """
    reads = [part for part in walk(item.right) if isinstance(part, Ref) and part.name == by]
    if not reads:
        known = sorted(names(item.right))
        found = f"'{shortened(by)}' does not stand in '{shortened(item)}'."
        raise TracerError("T204", "", found, suggest(by, known))
    at = next((known.at for known in item.textbook if known.by == by), ())
    if at:  # the stated slope says at which place
        return Ref(by, at)
    parts = [*walk(item.left), *walk(item.right)]
    taken = {part.name for part in parts if isinstance(part, Index)}
    taken |= {index.name for part in parts if isinstance(part, Sum) for index in part.indices}
    chosen: list[Index] = []
    for place, first in enumerate(reads[0].indices):
        if isinstance(first, Index) and all(read.indices[place] == first for read in reads):
            chosen.append(first)
        else:
            axis = first.axis if isinstance(first, Index) else "i"
            name = next((letter for letter in "ijklmpqrs" if letter not in taken), "i")
            chosen.append(Index(fresh_name(name, taken), axis))
    return Ref(by, tuple(chosen))


def open_parts(node: Expr) -> Iterator[Call]:
    """The derivatives that are still open, in reading order."""
    if isinstance(node, Call) and node.function == OPEN:
        yield node
        return
    for part in children(node):
        yield from open_parts(part)


def _next(node: Expr, variable: Ref) -> Line | None:
    """The line after `node`: the rule for its first open derivative, used on all that it is the rule for."""
    first = next(open_parts(node), None)
    if first is None:
        return None
    rule, _ = _step(first)

    def visit(part: Expr) -> Expr:
        if isinstance(part, Call) and part.function == OPEN:
            # one chain at a time: its argument gets a letter of its own, and one such letter is enough
            if rule.name == "chain rule" and part != first:
                return part
            own, made = _step(part)
            return made if own is rule else part
        return without_ones(rebuild(part, visit))

    made = visit(node)
    inner = (part.arguments[0] for part in open_parts(made) if part.arguments[0] != variable)
    return Line(made, rule, next(inner, None))


def _step(part: Call) -> tuple[SlopeRule, Expr]:
    variable, formula = part.arguments
    for rule in RULES:
        made = rule.apply(variable, formula)
        if made is not None:
            return rule, made
    raise AssertionError(f"no rule for {formula}")


def _ended(lines: list[Line], item: Equation, variable: Ref) -> tuple[Line, ...]:
    """The lines with the algebra that leads to the known form, or to a form of the output alone."""
    path = list(_rewritten(lines[-1].expression, item))
    known = next((known for known in item.textbook if known.by == variable.name), None)
    if known is None:
        return (*lines, *(path if path and not moves(path[-1].expression, variable) else ()))
    for ending in (path, []):
        whole = [*lines, *ending]
        if gathered(whole[-1].expression) == gathered(known.form):  # up to the order of factors and terms
            return (*whole[:-1], Line(known.form, whole[-1].rule))
    return (*lines, Line(known.form, TEXTBOOK))


def _rewritten(node: Expr, item: Equation) -> Iterator[Line]:
    for rule in REWRITES:
        made = rule.apply(item, node)
        if made is not None:
            node = made
            yield Line(node, rule)


def assumption(item: Equation, by: str) -> str:
    """What the textbook form needs to hold, in words; "" for nothing."""
    return next((known.given for known in item.textbook if known.by == by), "")
