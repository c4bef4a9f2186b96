"""Pairs of an activation and a loss in which much cancels: delta becomes output minus target."""

from __future__ import annotations

from dataclasses import dataclass

from tracer.calculus.equation import Equation, equation

_BISHOP = "Bishop (2006), Pattern Recognition and Machine Learning"


@dataclass(frozen=True)
class Pair:
    """What the gradient of a loss in the net inputs below an activation comes to, line by line.

    `lines` all say what delta[n,k] is, from the loss's gradient times the activation's slope to the form that is left;
    the last one holds where `given` does ("" for always). A test proves each line equal to the derived gradient.
    """

    activation: str
    loss: str
    lines: tuple[Equation, ...]
    given: str
    source: str


def _both(activation: str, loss: str, lines: tuple[str, ...], given: str, source: str) -> tuple[Pair, Pair]:
    """The pair, and the same with the mean over examples."""

    def made(loss: str, tail: str) -> Pair:
        texts = (f"delta[n,k] = ({line}){tail}" for line in lines)
        return Pair(activation, loss, tuple(equation(text, "what cancels") for text in texts), given, source)

    return made(loss, ""), made(f"{loss}-mean", " / size(n)")


PAIRS: dict[tuple[str, str], Pair] = {
    (pair.activation, pair.loss): pair
    for pair in (
        *_both(
            "softmax",
            "cross-entropy",
            (
                "sum(l, -(t[n,l] / a[n,l]) * a[n,l] * (delta(l,k) - a[n,k]))",
                "a[n,k] * sum(l, t[n,l]) - t[n,k]",
                "a[n,k] - t[n,k]",
            ),
            "the targets of each example add up to 1",
            f"{_BISHOP}, eq. 4.109",
        ),
        *_both(
            "sigmoid",
            "binary-cross-entropy",
            (
                "((1 - t[n,k]) / (1 - a[n,k]) - t[n,k] / a[n,k]) * a[n,k] * (1 - a[n,k])",
                "(1 - t[n,k]) * a[n,k] - t[n,k] * (1 - a[n,k])",
                "a[n,k] - t[n,k]",
            ),
            "",
            f"{_BISHOP}, eq. 4.91",
        ),
    )
}
