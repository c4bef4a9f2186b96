"""The error and its first derivative: halves, factors of two, means, logarithms and signs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from tracer.calculus.expression import Call, Div, Expr, Number, Pow, Size, Sum, negated, product, put, rebuild
from tracer.run.deviation import NOT_IN_PRINT, Deviation, Place, not_here
from tracer.run.editing import (
    changed_where,
    gradient_of,
    is_number,
    reads,
    with_rights,
    without_divisor,
    without_factor,
)

if TYPE_CHECKING:
    from tracer.run.network import Entry, Network

TWO = Number(Fraction(2))
IS_TWO = is_number(2)


def _is_size(part: Expr) -> bool:
    return isinstance(part, Size)


def _error(network: Network) -> Entry:
    """The line that compares outputs with targets."""
    found = [entry for entry in network.phase("loss") if entry.name in ("D", "E")]
    if not found:
        raise not_here("there is no loss.")
    return found[0]


def _first(network: Network) -> Entry:
    """The line that differentiates the error in the outputs."""
    _error(network)
    found = gradient_of(network, network.result_of(network.layers))
    if found is None:
        raise not_here("no gradient reaches the outputs.")
    return found


def _squared(network: Network) -> bool:
    """Whether the error adds up squares."""
    right = _error(network).equation.right
    return reads(right, lambda part: isinstance(part, Pow) and IS_TWO(part.exponent))


def _with_error(network: Network, change: Callable[[Expr], Expr | None], otherwise: str) -> Network:
    """The network with its error changed, and the errors of single outputs with it."""
    made = changed_where(network, [_error(network)], change, otherwise)
    part = network.parts.get("e")
    right = change(part.right) if part else None
    if part is None or right is None:
        return made
    return replace(made, parts={**made.parts, "e": replace(part, right=right)})


def _half_missing(network: Network, _: Place) -> Network:
    if not _squared(network):
        raise not_here("this error has no half.")
    return _with_error(network, lambda right: without_divisor(right, IS_TWO), "this error has no half.")


def _half_missing_throughout(network: Network, place: Place) -> Network:
    return _two_left(_half_missing(network, place), place)


def _two_left(network: Network, _: Place) -> Network:
    entry = _first(network)
    if not _squared(network):
        raise not_here("this error has no square whose factor 2 could be left.")
    if reads(entry.equation.right, IS_TWO) and without_divisor(entry.equation.right, IS_TWO) is None:
        raise not_here("the factor 2 of the square is in this gradient already: this error has no half.")
    right = entry.equation.right
    return with_rights(network, {entry.name: without_divisor(right, IS_TWO) or product([TWO, right])}, "")


def _two_forgotten(network: Network, _: Place) -> Network:
    entry = _first(network)
    if not _squared(network) or without_divisor(entry.equation.right, IS_TWO) is not None:
        raise not_here("this gradient has no factor 2.")
    return changed_where(
        network, [entry], lambda right: without_factor(right, IS_TWO), "this gradient has no factor 2."
    )


def _mean_forgotten(network: Network, _: Place) -> Network:
    gradients = network.phase("backward")
    _first(network)
    otherwise = "this error is no mean."
    return changed_where(network, gradients, lambda right: without_divisor(right, _is_size), otherwise)


def _mean_in_gradient(network: Network, _: Place) -> Network:
    entries = [gradient_of(network, name) for name in network.updated]
    found = [entry for entry in entries if entry]
    if network.problem.bare or not found:
        raise not_here("no gradient of an error over several examples is used.")
    if network.extents["n"] == 1:
        raise not_here("there is one example: a mean over it is itself.")
    return with_rights(network, {entry.name: Div(entry.equation.right, Size("n")) for entry in found}, "")


def _mean_once_more(network: Network, place: Place) -> Network:
    if not reads(_error(network).equation.right, lambda part: part == Size("n")):
        raise not_here("this error is a sum over examples.", "Use mean-in-gradient, or leave it out.")
    return _mean_in_gradient(network, place)


def _mean_in_gradient_alone(network: Network, place: Place) -> Network:
    if reads(_error(network).equation.right, lambda part: part == Size("n")):
        raise not_here("this error is a mean over examples already.", "Use mean-twice, or leave it out.")
    return _mean_in_gradient(network, place)


def _mean_over_outputs(network: Network, _: Place) -> Network:
    axis = network.axes[network.result_of(network.layers)][-1].axis if network.layers else ""
    if not axis or network.extents[axis] == 1:
        raise not_here("there are not several outputs to take a mean over.")
    if reads(_error(network).equation.right, lambda part: part == Size(axis)):
        raise not_here("this error is a mean over outputs already.")

    def change(right: Expr) -> Expr:
        if isinstance(right, Div):
            return Div(right.numerator, product([right.denominator, Size(axis)]))
        return Div(right, Size(axis))

    return _with_error(network, change, "")


def _sign_of_error(network: Network, _: Place) -> Network:
    entry = _first(network)
    return with_rights(network, {entry.name: negated(entry.equation.right)}, "the derivative of the error is zero.")


def _common_logarithm(network: Network, _: Place) -> Network:
    def change(node: Expr) -> Expr:
        made = rebuild(node, change)
        return (
            Div(made, Call("log", (Number(Fraction(10)),)))
            if isinstance(made, Call) and made.function == "log"
            else made
        )

    return _with_error(network, change, "this error has no logarithm.")


def _metric_of_last(network: Network, _: Place) -> Network:
    metrics = {name: item for name, item in network.parts.items() if network.roles[name].kind == "metric"}
    if not metrics:
        raise not_here("no metric is asked for.", 'Give metrics = ["binary-accuracy"], say, or leave it out.')
    if network.extents["n"] == 1:
        raise not_here("there is one example, which is the last one.")
    last = Number(Fraction(network.extents["n"]))

    def change(node: Expr) -> Expr:
        if node == Size("n"):
            return Number(Fraction(1))
        if isinstance(node, Sum) and any(index.axis == "n" for index in node.indices):
            rest = tuple(index for index in node.indices if index.axis != "n")
            body = put(change(node.body), {index: last for index in node.indices if index.axis == "n"})
            return type(node)(rest, body) if rest else body
        return rebuild(node, change)

    looked = {name: replace(item, right=change(item.right)) for name, item in metrics.items()}
    return replace(network, parts={**network.parts, **looked})


RECORDS = (
    Deviation(
        "missing-half",
        "The half is missing in the error, and not in its gradient",
        "The derivative of the squared error has a factor 2, which the half cancels. An error without the half and a "
        "gradient without the 2 do not belong together.",
        "Keep the half in both, or in neither: then the gradient is 2(a - t).",
        "Andrew Trask, Grokking Deep Learning, chapter 6",
        _half_missing,
    ),
    Deviation(
        "missing-half-throughout",
        "The half is missing in the error and in its gradient",
        "It is the gradient of another error, twice as large: every step is twice as long as the one of this example.",
        "Keep the half, or halve the learning rate, and say so.",
        "Open-Deep-ML/DML-OpenProblem, issue 54 (1/2, 1/n or 2/n)",
        _half_missing_throughout,
    ),
    Deviation(
        "two-left-in-gradient",
        "The factor 2 of the square is left in the gradient",
        "The half in front of the error is there to cancel it.",
        "Differentiate the half too: 2 times 1/2 is 1.",
        "Open-Deep-ML/DML-OpenProblem, issue 54 (1/2, 1/n or 2/n)",
        _two_left,
    ),
    Deviation(
        "two-forgotten",
        "The factor 2 of the square is left out of the gradient",
        "This error has no half that could cancel it, so the derivative of a square keeps its 2.",
        "Write the derivative of (a - t)^2 as 2(a - t).",
        "Open-Deep-ML/DML-OpenProblem, issue 54 (1/2, 1/n or 2/n)",
        _two_forgotten,
    ),
    Deviation(
        "mean-forgotten",
        "The gradient is a sum where the error is a mean",
        "What divides the error divides its derivative as well.",
        "Divide the gradient by the same number as the error.",
        "Open-Deep-ML/DML-OpenProblem, issue 54 (1/2, 1/n or 2/n)",
        _mean_forgotten,
    ),
    Deviation(
        "mean-twice",
        "The gradient is divided by the number of examples once more",
        "The error is a mean already, and its derivative was divided with it.",
        "Divide once: in the derivative of the error or in the sum over examples, not in both.",
        NOT_IN_PRINT,
        _mean_once_more,
    ),
    Deviation(
        "mean-in-gradient",
        "The gradient is a mean where the error is a sum",
        "The derivative of a sum over examples is the sum of their derivatives.",
        "Leave the division out, or take the mean in the error too.",
        NOT_IN_PRINT,
        _mean_in_gradient_alone,
    ),
    Deviation(
        "mean-over-outputs",
        "The error is divided by the number of outputs, its gradient is not",
        "The error of this example is summed over outputs; its gradient belongs to that sum.",
        "Leave the division out, or divide the gradient too.",
        NOT_IN_PRINT,
        _mean_over_outputs,
    ),
    Deviation(
        "sign-of-error",
        "The derivative of the error has the wrong sign",
        "It is output minus target. With target minus output and an update that subtracts, every step goes uphill.",
        "Take output minus target and subtract, or target minus output and add.",
        "rasbt/machine-learning-book, issue 141; iamtrask/Grokking-Deep-Learning, issue 37",
        _sign_of_error,
    ),
    Deviation(
        "common-logarithm",
        "The error is computed with the logarithm of base 10",
        "The cross entropy has the natural logarithm, whose derivative is 1/a; with base 10 the error is smaller by "
        "the factor ln 10.",
        "Take the key ln, not log.",
        "CS231n, linear classification, which warns of base 2 and 10",
        _common_logarithm,
    ),
    Deviation(
        "metric-of-last-example",
        "The metric looks at the last example alone",
        "One example that is right, most of all the one that was just trained with, says nothing about the others.",
        "Count over all examples, with the same parameters for each.",
        "StudyX AI, perceptron for AND",
        _metric_of_last,
    ),
)
