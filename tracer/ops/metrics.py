"""Metrics: numbers that tell how well a network does, and that are not minimised."""

from tracer.calculus.equation import equation
from tracer.ops.operation import Op

RECORDS = (
    Op(
        "metric",
        "mean-absolute-error",
        "mean absolute error",
        (equation("mae = sum(n, k, abs(a[n,k] - t[n,k])) / (size(n) * size(k))", "mean absolute error"),),
        "Willmott, Matsuura (2005), Climate Research 30",
        input="a",
        target="t",
    ),
    Op(
        "metric",
        "accuracy",
        "part of the examples whose largest output is that of the right class",
        (
            equation(
                "acc = sum(n, k, t[n,k] * where(a[n,k] == largest(l, a[n,l]), 1, 0)) / size(n)",
                "accuracy",
            ),
        ),
        "Goodfellow, Bengio, Courville (2016), Deep Learning, section 5.1.2",
        input="a",
        target="t",
        units=2,
        one_hot=True,
        note="Targets are 1 for the class of an example and 0 for the others.",
    ),
    Op(
        "metric",
        "binary-accuracy",
        "part of the outputs that are on the right side of one half",
        (
            equation(
                "acc = sum(n, k, where(where(a[n,k] >= 0.5, 1, 0) == t[n,k], 1, 0)) / (size(n) * size(k))",
                "accuracy",
            ),
        ),
        "Goodfellow, Bengio, Courville (2016), Deep Learning, section 5.1.2",
        input="a",
        target="t",
        note="An output of exactly one half counts as 1.",
    ),
)
