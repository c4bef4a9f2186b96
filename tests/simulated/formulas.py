"""The formulas of one training step, operation by operation, and what they become under a convention or a mistake.

Each function gives the *ways* of one quantity: the same formula in several orders of evaluation, the usual one first.
A way is a function of an arithmetic and of the numbers read, so that a student can round after every operation.
`plan` holds the convention and the mistakes; a formula asks it where they matter. Nothing here knows a number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Formula = Callable[[Any, Mapping[str, Any]], Any]
Ways = dict[str, Formula]
USUAL, OTHER, WRITTEN_OUT = "left to right", "other order", "written out"


class Plan(NamedTuple):
    """The convention a sheet is worked in, and the mistakes that are made throughout."""

    convention: str = "house"
    errors: frozenset[str] = frozenset()


class Unit(NamedTuple):
    """One unit for one example: its names, its activation, and the target if it is an output."""

    z: str
    a: str  # where there is no activation the name of z
    activation: str
    target: str = ""


def total(ar: Any, terms: list[Any]) -> Any:
    made = terms[0]
    for term in terms[1:]:
        made = ar.add(made, term)
    return made


def net_input(products: list[tuple[str, str]], bias: str, plan: Plan) -> Ways:
    biases = [] if "bias-forgotten" in plan.errors else [bias]

    def usual(ar: Any, v: Mapping[str, Any]) -> Any:
        return total(ar, [ar.mul(v[x], v[w]) for x, w in products] + [v[b] for b in biases])

    def bias_first(ar: Any, v: Mapping[str, Any]) -> Any:
        return total(ar, [v[b] for b in biases] + [ar.mul(v[x], v[w]) for x, w in products])

    return {USUAL: usual, OTHER: bias_first}


def sigmoid(ar: Any, z: Any) -> Any:
    return ar.div(ar.one, ar.add(ar.one, ar.exp(ar.neg(z))))


def activation(unit: Unit, layer: list[str], plan: Plan, hidden: bool) -> Ways:
    """`layer` names all net inputs of the layer, which a softmax reads."""
    z = unit.z
    if hidden and "activation-skipped" in plan.errors:
        return {USUAL: lambda ar, v: v[z]}
    if "sign-in-exponent" in plan.errors and unit.activation == "sigmoid":
        return {USUAL: lambda ar, v: ar.div(ar.one, ar.add(ar.one, ar.exp(v[z])))}
    if "power-of-ten" in plan.errors and unit.activation == "sigmoid":  # the key beside e^x

        def power_of_ten(ar: Any, v: Mapping[str, Any]) -> Any:
            power = ar.exp(ar.mul(ar.ln(ar.number(10)), ar.neg(v[z])))
            return ar.div(ar.one, ar.add(ar.one, power))

        return {USUAL: power_of_ten}
    if unit.activation == "sigmoid":

        def over_itself(ar: Any, v: Mapping[str, Any]) -> Any:
            power = ar.exp(v[z])
            return ar.div(power, ar.add(ar.one, power))

        return {USUAL: lambda ar, v: sigmoid(ar, v[z]), OTHER: over_itself}
    if unit.activation == "tanh":

        def by_powers(ar: Any, v: Mapping[str, Any]) -> Any:
            up, down = ar.exp(v[z]), ar.exp(ar.neg(v[z]))
            return ar.div(ar.sub(up, down), ar.add(up, down))

        return {USUAL: lambda ar, v: ar.tanh(v[z]), OTHER: by_powers}
    if unit.activation == "relu":
        return {USUAL: lambda ar, v: ar.relu(v[z])}

    def softmax(ar: Any, v: Mapping[str, Any]) -> Any:
        return ar.div(ar.exp(v[z]), total(ar, [ar.exp(v[name]) for name in layer]))

    def shifted(ar: Any, v: Mapping[str, Any]) -> Any:
        largest = max(v[name] for name in layer)
        powers = {name: ar.exp(ar.sub(v[name], largest)) for name in layer}
        return ar.div(powers[z], total(ar, list(powers.values())))

    return {USUAL: softmax, OTHER: shifted}


def error(outputs: list[list[Unit]], labels: list[str], plan: Plan) -> Ways:
    """`outputs` are the units above, one list for each example; `labels` the outputs whose target is 1."""
    if labels:

        def logarithms(ar: Any, v: Mapping[str, Any]) -> Any:
            found = [ar.ln(v[name]) for name in labels]
            if "common-logarithm" in plan.errors:
                found = [ar.div(one, ar.ln(ar.number(10))) for one in found]
            return ar.neg(total(ar, found))

        return {USUAL: logarithms}
    halved = "missing-half" not in plan.errors and plan.convention != "E without the half"
    mean = {"mean": mean_over(outputs), "mean, late": len(outputs)}.get(plan.convention, 1)
    if "mean-over-outputs" in plan.errors:
        mean *= len(outputs[0])

    def square(ar: Any, v: Mapping[str, Any], unit: Unit) -> Any:
        difference = ar.sub(v[unit.target], v[unit.a])
        return difference if "square-key-forgotten" in plan.errors else ar.mul(difference, difference)

    def divided(ar: Any, value: Any) -> Any:
        return value if mean == 1 else ar.div(value, ar.number(mean))

    def sum_first(ar: Any, v: Mapping[str, Any]) -> Any:
        value = total(ar, [square(ar, v, unit) for units in outputs for unit in units])
        return divided(ar, ar.div(value, ar.two) if halved else value)

    def halves_first(ar: Any, v: Mapping[str, Any]) -> Any:
        squares = [square(ar, v, unit) for units in outputs for unit in units]
        return divided(ar, total(ar, [ar.div(one, ar.two) for one in squares] if halved else squares))

    return {USUAL: sum_first, OTHER: halves_first}


def mean_over(outputs: list[list[Unit]]) -> int:
    """What a mean in place of a sum divides by: the examples; with a single one, the outputs."""
    return len(outputs) if len(outputs) > 1 else len(outputs[0])


def slope_factors(unit: Unit, plan: Plan, hidden: bool) -> list[Formula]:
    """The factors of f'(z), to be multiplied one after the other; none for an activation without one."""
    z, a, kind = unit.z, unit.a, unit.activation
    if "slope-dropped" in plan.errors or (hidden and "slope-dropped-hidden" in plan.errors) or kind == "linear":
        return []
    if kind == "relu":
        return [lambda ar, v: ar.positive(v[z])]
    at = z if "slope-at-net-input" in plan.errors else a
    again = "slope-at-activation" in plan.errors
    if kind == "tanh":

        def one_less_square(ar: Any, v: Mapping[str, Any]) -> Any:
            value = ar.tanh(v[a]) if again else v[at]
            return ar.sub(ar.one, ar.mul(value, value))

        return [one_less_square]

    def first(ar: Any, v: Mapping[str, Any]) -> Any:
        return sigmoid(ar, v[a]) if again else v[at]

    return [first, lambda ar, v: ar.sub(ar.one, first(ar, v))]


def times_slope(value: Formula, unit: Unit, plan: Plan, hidden: bool) -> Ways:
    """value * a * (1 - a) from the left, and value * (a * (1 - a))."""
    factors = slope_factors(unit, plan, hidden)

    def from_left(ar: Any, v: Mapping[str, Any]) -> Any:
        made = value(ar, v)
        for factor in factors:
            made = ar.mul(made, factor(ar, v))
        return made

    def slope_first(ar: Any, v: Mapping[str, Any]) -> Any:
        made = factors[0](ar, v)
        for factor in factors[1:]:
            made = ar.mul(made, factor(ar, v))
        return ar.mul(made, value(ar, v))

    return {USUAL: from_left, OTHER: slope_first} if factors else {USUAL: from_left}


def difference(unit: Unit, outputs: list[list[Unit]], plan: Plan) -> Formula:
    """dE/da of a squared error, in the convention of the sheet; a softmax has it as its delta."""
    turned = ("sign-of-error" in plan.errors) != (plan.convention == "t - o, plus")
    squared = unit.activation != "softmax"
    factor = 2 if plan.convention == "E without the half" and squared else 1
    halved = "half-in-gradient" in plan.errors and squared
    divisor = mean_over(outputs) if plan.convention == "mean" else 1

    def made(ar: Any, v: Mapping[str, Any]) -> Any:
        pair = (v[unit.a], v[unit.target])
        value = ar.sub(pair[1], pair[0]) if turned else ar.sub(*pair)
        value = ar.mul(ar.number(factor), value) if factor != 1 else value
        value = ar.div(value, ar.two) if halved else value
        return value if divisor == 1 else ar.div(value, ar.number(divisor))

    return made


def delta_of_output(unit: Unit, outputs: list[list[Unit]], label: str, plan: Plan) -> Ways:
    ways = {} if unit.activation == "softmax" else times_slope(difference(unit, outputs, plan), unit, plan, False)
    if ways:
        return ways
    short = difference(unit, outputs, plan)
    if "slope-twice" in plan.errors:

        def slope_again(ar: Any, v: Mapping[str, Any]) -> Any:
            return ar.mul(ar.mul(short(ar, v), v[unit.a]), ar.sub(ar.one, v[unit.a]))

        return {USUAL: slope_again}
    if "sign-of-error" in plan.errors or plan.convention == "t - o, plus":
        return {USUAL: short}

    def through_outputs(ar: Any, v: Mapping[str, Any]) -> Any:  # dE/da of the label's output times its slope in z
        above = ar.neg(ar.div(ar.one, v[label]))
        kronecker = ar.one if label == unit.a else ar.number(0)
        return ar.mul(ar.mul(above, v[label]), ar.sub(kronecker, v[unit.a]))

    return {USUAL: short, OTHER: through_outputs}


def delta_of_hidden(
    unit: Unit, above: list[tuple[str, str]], whole: list[tuple[Formula, str]], plan: Plan
) -> tuple[Ways, Formula]:
    """Ways for a hidden delta, and dE/da alone. `above`: (delta, weight); `whole`: the same with delta written out."""
    if "first-path-only" in plan.errors:
        above, whole = above[:1], whole[:1]
    plain = "weights-forgotten" in plan.errors

    def backwards(ar: Any, v: Mapping[str, Any]) -> Any:
        return total(ar, [v[delta] if plain else ar.mul(v[delta], v[weight]) for delta, weight in above])

    def from_targets(ar: Any, v: Mapping[str, Any]) -> Any:
        terms = [(delta(ar, v), weight) for delta, weight in whole]
        return total(ar, [delta if plain else ar.mul(delta, v[weight]) for delta, weight in terms])

    ways = times_slope(backwards, unit, plan, True)
    ways[WRITTEN_OUT] = times_slope(from_targets, unit, plan, True)[USUAL]
    return ways, backwards


def gradient_of_weight(terms: list[tuple[str, Formula, str]], plan: Plan) -> Ways:
    """`terms`: delta, the delta written out, what comes in; one for each example."""
    mean = len(terms) if plan.convention == "mean, late" else 1
    if "last-example-only" in plan.errors:
        terms = terms[-1:]
    alone = "input-forgotten" in plan.errors

    def divided(ar: Any, value: Any) -> Any:
        return value if mean == 1 else ar.div(value, ar.number(mean))

    def usual(ar: Any, v: Mapping[str, Any]) -> Any:
        return divided(ar, total(ar, [v[d] if alone else ar.mul(v[d], v[x]) for d, _, x in terms]))

    def written_out(ar: Any, v: Mapping[str, Any]) -> Any:
        return divided(ar, total(ar, [d(ar, v) if alone else ar.mul(d(ar, v), v[x]) for _, d, x in terms]))

    return {USUAL: usual, WRITTEN_OUT: written_out}


def gradient_of_bias(deltas: list[str], plan: Plan) -> Ways:
    mean = len(deltas) if plan.convention == "mean, late" else 1
    if "last-example-only" in plan.errors:
        deltas = deltas[-1:]

    def usual(ar: Any, v: Mapping[str, Any]) -> Any:
        value = total(ar, [v[name] for name in deltas])
        return value if mean == 1 else ar.div(value, ar.number(mean))

    return {USUAL: usual}


def update(old: str, gradient: str, plan: Plan) -> Ways:
    adds = ("update-adds" in plan.errors) != (plan.convention == "t - o, plus")

    def usual(ar: Any, v: Mapping[str, Any]) -> Any:
        taken = v[gradient] if "rate-forgotten" in plan.errors else ar.mul(v["eta"], v[gradient])
        taken = ar.mul(v["eta"], taken) if "rate-twice" in plan.errors else taken
        return ar.add(v[old], taken) if adds else ar.sub(v[old], taken)

    return {USUAL: usual}


def kept(old: str) -> Ways:
    """A bias that stays as it is."""
    return {USUAL: lambda ar, v: v[old]}
