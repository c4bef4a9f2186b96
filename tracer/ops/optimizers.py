"""Optimizers: scalar forms that make a new parameter from the old one and its gradient."""

from tracer.calculus.equation import equation
from tracer.ops.operation import Op

RECORDS = (
    Op(
        "optimizer",
        "gradient-descent",
        "a step against the gradient, scaled by the learning rate",
        (equation("w_new = w - eta * dw", "gradient descent"),),
        "Cauchy (1847); Goodfellow, Bengio, Courville (2016), Deep Learning, eq. 4.5",
        input="w",
    ),
)
