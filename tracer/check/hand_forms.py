"""The ways in which people compute one value by hand: the line as it stands first, then others that come to the same.

They differ in what is rounded on the way: 1/(1 + e^-z) or e^z/(1 + e^z), half of a sum or a sum of halves, the short
form of a gradient in which much cancels, a delta worked out again in place of the one that was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from tracer.calculus.expression import Add, Call, Div, Expr, Mul, Neg, Number, Ref, rebuild, replace, walk
from tracer.check.short_forms import short_forms
from tracer.run.network import Network

MOST_PARTS = 200  # a form with more parts is not computed by hand
ONE = Number(Fraction(1))


def hand_forms(value: Ref, line: Expr, lines: Mapping[Ref, Expr], network: Network) -> tuple[Expr, ...]:
    """The forms of one line that are common; `lines` are those of all that is asked."""
    first = flat(line)
    found: dict[Expr, None] = {first: None}
    for change in (_unshifted, _powers_of_e, _powers_of_2z, _apart, _divided_twice):
        for form in list(found):
            found.setdefault(flat(change(form)))
    for form in short_forms(value, network):
        found.setdefault(flat(form))
    for form in _worked_out_again(value, first, lines, network):
        found.setdefault(flat(form))
    return tuple(form for form in found if form is first or sum(1 for _ in walk(form)) <= MOST_PARTS)


def flat(node: Expr) -> Expr:
    """An expression in which a product of products is one product, whose factors are taken in any order.

    >>> from tracer.calculus.expression_text import to_text
    >>> from tracer.calculus.language import parse_expression
    >>> to_text(flat(parse_expression("(a*b)*(c*d)", "", fixed=True)))
    'a*b*c*d'
    """
    made = rebuild(node, flat)
    if isinstance(made, Mul):
        factors: list[Expr] = []
        for factor in made.factors:
            factors += factor.factors if isinstance(factor, Mul) else [factor]
        return Mul(tuple(factors))
    return made


def _unshifted(node: Expr) -> Expr:
    """Without the largest value that a softmax takes off every exponent for the computer's sake alone."""
    if isinstance(node, Call) and node.function == "exp":
        (inner,) = node.arguments
        if isinstance(inner, Add) and isinstance(inner.terms[-1], Neg) and _is_largest(inner.terms[-1].operand):
            rest = inner.terms[:-1]
            return Call("exp", (rest[0] if len(rest) == 1 else Add(rest),))
    return rebuild(node, _unshifted)


def _is_largest(node: Expr) -> bool:
    return isinstance(node, Call) and node.function == "max" and all(isinstance(one, Ref) for one in node.arguments)


def _powers_of_e(node: Expr) -> Expr:
    """e^z/(1 + e^z) for 1/(1 + e^-z), (e^z - e^-z)/(e^z + e^-z) for tanh."""
    match node:
        case Div(Number() as top, Add((Number() as one, Call("exp", (Neg(inner),))))) if top == one == ONE:
            power = Call("exp", (inner,))
            return Div(power, Add((ONE, power)))
        case Call("tanh", (inner,)):
            up, down = Call("exp", (inner,)), Call("exp", (Neg(inner),))
            return Div(Add((up, Neg(down))), Add((up, down)))
    return rebuild(node, _powers_of_e)


def _powers_of_2z(node: Expr) -> Expr:
    """(e^2z - 1)/(e^2z + 1) for tanh."""
    match node:
        case Call("tanh", (inner,)):
            power = Call("exp", (Mul((Number(Fraction(2)), inner)),))
            return Div(Add((power, Neg(ONE))), Add((power, ONE)))
    return rebuild(node, _powers_of_2z)


def _apart(node: Expr) -> Expr:
    """A sum that is divided, term by term: half of each square."""
    match node:
        case Div(Add(terms), bottom) if not _has_sum(bottom):
            return Add(tuple(_signed(term, lambda one: Div(one, bottom)) for term in terms))
    return rebuild(node, _apart)


def path_by_path(node: Expr) -> Expr:
    """A sum of products that is multiplied, term by term: each path by which an error comes back on its own. Less
    common, and with more roundings on the way.

    >>> from tracer.calculus.expression_text import to_text
    >>> from tracer.calculus.language import parse_expression
    >>> to_text(path_by_path(parse_expression("(d1*w1 + d2*w2)*s", "", fixed=True)))
    'd1*w1*s + d2*w2*s'
    """
    match node:
        case Mul(factors):
            sums = [(at, one.terms) for at, one in enumerate(factors) if isinstance(one, Add) and _of_products(one)]
            if len(sums) == 1:
                ((at, terms),) = sums
                before, after = factors[:at], factors[at + 1 :]
                return flat(Add(tuple(_signed(term, lambda one: Mul((*before, one, *after))) for term in terms)))
    return rebuild(node, path_by_path)


def _of_products(node: Add) -> bool:
    """Whether a sum is one of products: the paths by which an error comes back."""
    return all(isinstance(term.operand if isinstance(term, Neg) else term, Mul) for term in node.terms)


def _has_sum(node: Expr) -> bool:
    return any(isinstance(part, Add) for part in walk(node))


def _signed(term: Expr, change: Callable[[Expr], Expr]) -> Expr:
    return Neg(change(term.operand)) if isinstance(term, Neg) else change(term)


def _divided_twice(node: Expr) -> Expr:
    """x/2/n for x/(2*n), and for x/4 if the 4 is two times 2."""
    match node:
        case Div(top, Mul((first, *rest))) if rest:
            return Div(Div(top, first), rest[0] if len(rest) == 1 else Mul(tuple(rest)))
        case Div(top, Number(value)) if value.denominator == 1 and value > 2 and value % 2 == 0:
            return Div(Div(top, Number(Fraction(2))), Number(value / 2))
    return rebuild(node, _divided_twice)


def _worked_out_again(value: Ref, line: Expr, lines: Mapping[Ref, Expr], network: Network) -> Iterator[Expr]:
    """A gradient in which the gradients it reads are worked out again, one step back."""
    if network.roles[_plain(value)].kind != "gradient":
        return

    def again(ref: Ref) -> Expr:
        name = _plain(ref)
        return lines[ref] if ref in lines and name in network.roles and network.roles[name].kind == "gradient" else ref

    made = replace(line, again)
    if made != line:
        yield made


def _plain(ref: Ref) -> str:
    """The name of a value without its step."""
    return ref.name.split(":")[-1]
