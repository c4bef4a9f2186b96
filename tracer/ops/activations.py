"""Activations: scalar forms a = f(z), with the textbook form of the slope where SymPy does not find it."""

from tracer.calculus.equation import equation
from tracer.ops.operation import Op

RECORDS = (
    Op(
        "activation",
        "identity",
        "the output is the net input",
        (equation("a = z", "identity", slopes={"z": "1"}),),
        "Goodfellow, Bengio, Courville (2016), Deep Learning, section 6.2.2.1",
        input="z",
    ),
    Op(
        "activation",
        "sigmoid",
        "squeezes any number into 0 to 1",
        (equation("a = 1 / (1 + exp(-z))", "sigmoid", slopes={"z": "a * (1 - a)"}),),
        "Rumelhart, Hinton, Williams (1986), Nature 323, eq. 2",
        input="z",
    ),
    Op(
        "activation",
        "tanh",
        "squeezes any number into -1 to 1",
        (equation("a = tanh(z)", "hyperbolic tangent", slopes={"z": "1 - a**2"}),),
        "LeCun, Bottou, Orr, Mueller (1998), Efficient BackProp, section 4.4",
        input="z",
    ),
    Op(
        "activation",
        "relu",
        "keeps positive numbers, makes the others 0",
        (equation("a = max(0, z)", "rectified linear unit", slopes={"z": "where(z > 0, 1, 0)"}),),
        "Nair, Hinton (2010), Rectified Linear Units Improve Restricted Boltzmann Machines",
        input="z",
        note="The slope at 0 does not exist; it is taken as 0.",
    ),
)
