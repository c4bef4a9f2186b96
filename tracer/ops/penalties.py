"""Penalties: what large weights add to the loss, with both conventions for the factor. Biases pay nothing."""

from tracer.calculus.equation import equation
from tracer.ops.operation import Op, Option

_GOODFELLOW = "Goodfellow, Bengio, Courville (2016), Deep Learning"


def _penalty(name: str, says: str, right: str, source: str, letter: str) -> Op:
    option = Option(f"lambda{letter}", 0.01, "how much it counts", 0)
    return Op("penalty", name, says, (equation(right, says),), source, input="w", options=(option,))


RECORDS = (
    _penalty("l2", "L2 penalty", "R = lambda2 * sum(i, j, w[i,j]**2)", "Hoerl, Kennard (1970), Ridge Regression", "2"),
    _penalty("half-l2", "half L2 penalty", "R = lambda2 * sum(i, j, w[i,j]**2) / 2", f"{_GOODFELLOW}, eq. 7.1", "2"),
    _penalty("l1", "L1 penalty", "Q = lambda1 * sum(i, j, abs(w[i,j]))", f"{_GOODFELLOW}, eq. 7.18", "1"),
    _penalty(
        "half-l1",
        "half L1 penalty",
        "Q = lambda1 * sum(i, j, abs(w[i,j])) / 2",
        "the half of the L2 penalty carried over, as some notes do",
        "1",
    ),
)
