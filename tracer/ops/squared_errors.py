"""Squared errors: one number E from outputs a[n,k] and targets t[n,k], with every factor and every kind of mean."""

from tracer.calculus.equation import equation
from tracer.ops.operation import Op

_BISHOP = "Bishop (2006), Pattern Recognition and Machine Learning, eq. 5.11"


def _squared(name: str, says: str, divided_by: str, source: str, note: str) -> Op:
    """A squared error: the sum over examples and outputs, divided by `divided_by` (text, "" for 1)."""
    tail = f" / {divided_by}" if divided_by else ""
    return Op(
        "loss",
        name,
        says,
        (equation(f"E = sum(n, k, (a[n,k] - t[n,k])**2){tail}", says),),
        source,
        input="a",
        target="t",
        parts=(equation(f"e[n,k] = (a[n,k] - t[n,k])**2{tail}", "error of one output"),),
        note=note,
    )


RECORDS = (
    _squared("half-squared-error", "half squared error", "2", _BISHOP, "It is summed over outputs and over examples."),
    _squared(
        "half-squared-error-mean",
        "half squared error, mean over examples",
        "(2 * size(n))",
        "gokadin, Backpropagation algorithm (README of ai-backpropagation)",
        "It is summed over outputs and averaged over examples.",
    ),
    _squared(
        "squared-error",
        "squared error",
        "",
        _BISHOP,
        "It has no factor and is summed over outputs and over examples.",
    ),
    _squared(
        "squared-error-mean",
        "squared error, mean over examples",
        "size(n)",
        _BISHOP,
        "It has no half, is summed over outputs and averaged over examples.",
    ),
    _squared(
        "mean-squared-error",
        "mean squared error",
        "(size(n) * size(k))",
        "torch.nn.MSELoss with reduction='mean'; Goodfellow, Bengio, Courville (2016), section 5.1.4",
        "It is averaged over outputs and over examples.",
    ),
    _squared(
        "mean-squared-error-sum",
        "mean squared error, summed over examples",
        "size(k)",
        "Goodfellow, Bengio, Courville (2016), Deep Learning, section 5.1.4",
        "It is averaged over outputs and summed over examples.",
    ),
)
