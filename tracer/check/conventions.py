"""What a class may do otherwise without being wrong: the sign that is passed back, the factor of the error, the order
of updating, biases that stay, matrices written the other way round. A sheet is read in the convention in which most of
it is right; that is said, and not counted as errors.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from tracer.calculus.expression import Div, Expr, Mul, Neg, Number, Ref
from tracer.calculus.expression import replace as replaced
from tracer.check.digits import Known
from tracer.check.intervals import number_of
from tracer.check.questions import Question
from tracer.check.right_sides import Forms, Lines, RightSides
from tracer.check.verdicts import reads
from tracer.run.building import build
from tracer.run.network import Network

SIGN = "sign"
#: what conventions are about, and what may be meant by each
KINDS = {
    SIGN: "target minus output, and updates that add",
    "error": "its half, and what it is averaged over",
    "biases": "whether they stay as they are",
    "order": "whether a layer is updated before the gradients below it are computed",
    "layout": "whether rows of weights are units that send or that receive",
}
TURNED = "What is passed back is target minus output, and updates add it."
BY_ROW = "The rows of weights are units that receive, the columns units that send."


@dataclass(frozen=True, eq=False)
class Convention:
    """One way of doing it, with the right sides in it. `says` is the sentence of a report, `kind` what it is about;
    `sign` is -1 where gradients are passed back negated; `rows` are the places of the questions whose answers stand
    where these are asked for, where matrices are written the other way round."""

    name: str
    says: str
    sides: RightSides
    kind: str = ""
    sign: int = 1
    rows: tuple[int, ...] = ()


def conventions(sides: RightSides, fixed: Collection[str] = ()) -> tuple[Convention, ...]:
    """The conventions in which the same problem could be answered, its own (with no name) first. Those of some kinds
    may be `fixed`: then the problem's own is the only one."""
    own = Convention("", "", sides)
    made = [own]
    for one in (*_of_the_error(sides), *_of_biases(sides), *_of_updating(sides)):
        if one.kind in fixed:
            continue
        if any(one.sides.lines != other.sides.lines for other in made) and one.sides.lines != sides.lines:
            made.append(one)
    if "layout" not in fixed and (rows := transposed(sides.asked, sides.network)):
        made.append(replace(own, name="weights by row", says=BY_ROW, kind="layout", rows=rows))
    if SIGN not in fixed and any(sides.network.roles[question.name].kind == "gradient" for question in sides.asked):
        made += [
            replace(one, name=f"{one.name} target-minus-output".strip(), says=f"{one.says} {TURNED}".strip(), sign=-1)
            for one in made
        ]
    return tuple(made)


# -- the factor of the error


def _of_the_error(sides: RightSides) -> Iterator[Convention]:
    """Squared errors with and without their half, summed or averaged over outputs or examples; other losses summed or
    averaged over examples. The mean may be taken of the gradients alone."""
    network, loss = sides.network, sides.network.problem.loss
    if network.problem.bare or not isinstance(loss, str) or not loss:
        return
    examples, outputs = network.extents.get("n", 1), network.shapes[network.result_of(network.layers)][-1]
    squared = "squared-error" in loss
    own = Fraction(1)
    if squared:
        own /= 2 if loss.startswith("half") else 1
        own /= outputs if loss.startswith("mean") else 1
    own /= examples if loss.endswith("-mean") or loss == "mean-squared-error" else 1
    for half in (1, 2) if squared else (1,):
        for over in dict.fromkeys((1, outputs)) if squared else (1,):
            for mean in dict.fromkeys((1, examples)):
                factor = Fraction(1, half * over * mean) / own
                says = _sentence(half == 2, over > 1, mean > 1, squared)
                if factor != 1:
                    name = "-".join(filter(None, ("half" if half == 2 else "", "squared" if squared else "", "error",
                                                  "mean-outputs" if over > 1 else "",
                                                  "mean-examples" if mean > 1 else "")))  # fmt: skip
                    yield Convention(name, says, sides.changed_by(_scaled(network, factor)), "error")
    if examples > 1:
        summed = Fraction(examples) if own.denominator % examples == 0 and own < 1 and _is_mean(loss) else Fraction(1)
        late = sides.changed_by(_late(network, summed, examples))
        says = "The mean over examples is taken of the gradients of the parameters, not of what is passed back."
        yield Convention("mean-of-gradients", says, late, "error")


def _is_mean(loss: str) -> bool:
    return loss.endswith("-mean") or loss == "mean-squared-error"


def _sentence(half: bool, outputs: bool, examples: bool, squared: bool) -> str:
    what = ("half the squared error" if half else "the squared error, without a half,") if squared else "the error"
    over = " and ".join(filter(None, ("outputs" if outputs else "", "examples" if examples else "")))
    return f"The error is {what} {f'averaged over {over}' if over else 'summed'}.".replace(", averaged", " averaged")


def _scaled(network: Network, factor: Fraction) -> Callable[[Lines], Lines]:
    """The error and what it passes back, times a factor."""
    first = _first_gradient(network)

    def change(lines: Lines) -> Lines:
        return {ref: times(line, factor) if _name(ref) in ("E", first) else line for ref, line in lines.items()}

    return change


def _late(network: Network, summed: Fraction, examples: int) -> Callable[[Lines], Lines]:
    """The error a mean; what is passed back of a sum; the gradients of parameters divided by the number of examples."""
    first, each = _first_gradient(network), Fraction(1, examples)

    def change(lines: Lines) -> Lines:
        made = {}
        for ref, line in lines.items():
            name = _name(ref)
            if name == "E":
                line = times(line, summed * each)
            elif name == first:
                line = times(line, summed)
            elif name.startswith("d") and name[1:] in network.parameters:
                line = times(line, each)
            made[ref] = line
        return made

    return change


def _first_gradient(network: Network) -> str:
    """The gradient that comes straight from the error."""
    return next((entry.name for entry in network.phase("backward")), "")


def times(line: Expr, factor: Fraction) -> Expr:
    """An expression times a factor, as one writes it: a half that is taken away is not written.

    >>> from tracer.calculus.expression_text import to_text
    >>> [to_text(times(Div(Ref("s"), Number(Fraction(2))), Fraction(one))) for one in (2, Fraction(1, 3))]
    ['s', 's/6']
    """
    match line:
        case Div(top, Number(divisor)):
            return top if divisor == factor else Div(top, Number(divisor / factor))
    if factor.numerator == 1:
        return Div(line, Number(Fraction(factor.denominator)))
    return line if factor == 1 else Mul((Number(factor), line))


# -- biases, the order of updating


def _of_biases(sides: RightSides) -> Iterator[Convention]:
    """Biases that stay as they are."""
    network = sides.network
    biases = {name for name in network.updated if network.roles[name].base == "b"}
    if not biases:
        return

    def change(lines: Lines) -> Lines:
        return {ref: _kept(ref) if _name(ref).removesuffix("_new") in biases and _name(ref).endswith("_new")
                else line for ref, line in lines.items()}  # fmt: skip

    yield Convention("biases kept", "The biases stay as they are.", sides.changed_by(change), "biases")


def _kept(new: Ref) -> Expr:
    step, _, name = new.name.rpartition(":")
    before = int(step or 1) - 1
    old = name.removesuffix("_new")
    if not before:
        return Ref(old, new.indices)
    return Ref(name if before == 1 else f"{before}:{name}", new.indices)


def _of_updating(sides: RightSides) -> Iterator[Convention]:
    network = sides.network
    if not network.updated or network.problem.bare:
        return
    if network.problem.update_order == "one-by-one":
        says, order = "All gradients are computed before a parameter is replaced.", "together"
    else:
        says, order = "Each layer is updated before the gradients below it are computed.", "one-by-one"
    other = build(replace(network.problem, update_order=order))
    yield Convention(order, says, RightSides(other, sides.asked, sides.change), "order")


# -- the sign, and the layout


def turned(sides: RightSides) -> Forms:
    """The right sides that are others where gradients are passed back negated, in terms of what stands on the sheet."""
    network = sides.network
    gradients = {name for name, role in network.roles.items() if role.kind == "gradient"}

    def negated(ref: Ref) -> Expr:
        return Neg(ref) if _name(ref) in gradients else ref

    found = {}
    random = np.random.default_rng(1)
    for value, forms in sides.forms.items():
        made = tuple(replaced(form, negated) for form in forms)
        if _name(value) in gradients:
            made = tuple(Neg(form) for form in made)
        known = {ref: Known(random.uniform(0.1, 0.9, 3)) for ref in reads(forms)}
        before, after = number_of(forms[0], known), number_of(made[0], known)
        if not np.allclose(before, after, rtol=1e-12, atol=1e-12):
            found[value] = made
    return found


def transposed(asked: Sequence[Question], network: Network) -> tuple[int, ...]:
    """Where the answers to the questions stand if matrices of weights are written the other way round; () where that
    is nowhere else, or where a matrix is not square: then its names would say so."""
    places = {(question.step, question.name, question.places): place for place, question in enumerate(asked)}
    rows = []
    for question in asked:
        role = network.roles[question.name]
        weights = question.name.removesuffix("_new") if role.kind == "new" else role.of or question.name[1:]
        at = question.places
        if role.kind in ("gradient", "new") and weights in network.parameters and len(at) == 2:
            at = (at[1], at[0])
        found = places.get((question.step, question.name, at))
        if found is None:
            return ()
        rows.append(found)
    return () if rows == list(range(len(rows))) else tuple(rows)


def _name(ref: Ref) -> str:
    """The name of a value without its step."""
    return ref.name.rpartition(":")[2]
