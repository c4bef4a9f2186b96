"""Fully connected layers: x[n,i] units below, w[i,j] from unit i below to unit j of this layer."""

from tracer.calculus.equation import equation
from tracer.ops.operation import Op

_RUMELHART = (
    "Rumelhart, Hinton, Williams (1986), Learning representations by back-propagating errors, Nature 323, eq. 1"
)

RECORDS = (
    Op(
        "layer",
        "dense",
        "weighted sum of the units below, plus a bias for each unit",
        (equation("z[n,j] = sum(i, x[n,i] * w[i,j]) + b[j]", "net input of a unit"),),
        _RUMELHART,
        parameters=("w", "b"),
    ),
    Op(
        "layer",
        "dense-shared-bias",
        "weighted sum of the units below, plus one bias for the whole layer",
        (equation("z[n,j] = sum(i, x[n,i] * w[i,j]) + b", "net input of a unit"),),
        "Mazur (2015), A Step by Step Backpropagation Example",
        parameters=("w", "b"),
    ),
    Op(
        "layer",
        "dense-without-bias",
        "weighted sum of the units below",
        (equation("z[n,j] = sum(i, x[n,i] * w[i,j])", "net input of a unit"),),
        _RUMELHART,
        parameters=("w",),
    ),
)
