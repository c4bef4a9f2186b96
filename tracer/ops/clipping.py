"""Clipping: all gradients are made shorter together where they are longer than `longest`."""

from tracer.calculus.equation import equation
from tracer.ops.operation import Op, Option

RECORDS = (
    Op(
        "clipping",
        "by-norm",
        "gradients that are too long are made shorter, all by the same factor",
        (
            equation("norm = sqrt(squares)", "length of all gradients together"),
            equation("factor = longest / max(norm, longest)", "factor that all gradients are multiplied by"),
            equation("c = factor * dw", "clipped gradient"),
        ),
        "Pascanu, Mikolov, Bengio (2013), On the difficulty of training recurrent neural networks, algorithm 1",
        input="dw",
        options=(Option("longest", 1.0, "the largest length that stays as it is", 0, open_low=True),),
        note="`squares` is the sum of the squares of all elements of all gradients.",
    ),
)
