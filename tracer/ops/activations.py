"""Activations: scalar forms a = f(z), with the textbook form of the slope where SymPy does not find it."""

from tracer.calculus.equation import equation
from tracer.ops.operation import Op, Option

_GOODFELLOW = "Goodfellow, Bengio, Courville (2016), Deep Learning"
_GELU = "Hendrycks, Gimpel (2016), Gaussian Error Linear Units"
_HALF_STEP = "The slope at 0 does not exist; it is taken as"

RECORDS = (
    Op(
        "activation",
        "identity",
        "the output is the net input",
        (equation("a = z", "identity", slopes={"z": "1"}),),
        f"{_GOODFELLOW}, section 6.2.2.1",
        input="z",
    ),
    Op(
        "activation",
        "sigmoid",
        "squeezes any number into 0 to 1",
        (equation("a = 1 / (1 + exp(-z))", "sigmoid", slopes={"z": "a * (1 - a)"}),),
        "Rumelhart, Hinton, Williams (1986), Nature 323, eq. 2",
        input="z",
        outputs=(0.0, 1.0),
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
        note=f"{_HALF_STEP} 0.",
    ),
    Op(
        "activation",
        "leaky-relu",
        "keeps positive numbers, makes the others small",
        (
            equation(
                "a = where(z > 0, z, alpha * z)",
                "leaky rectified linear unit",
                slopes={"z": "where(z > 0, 1, alpha)"},
            ),
        ),
        "Maas, Hannun, Ng (2013), Rectifier Nonlinearities Improve Neural Network Acoustic Models",
        input="z",
        options=(Option("alpha", 0.01, "slope of the negative side"),),
        note=rf"{_HALF_STEP} that of the negative side.",
    ),
    Op(
        "activation",
        "elu",
        "keeps positive numbers, bends the others towards a constant",
        (
            equation(
                "a = where(z > 0, z, alpha * (exp(z) - 1))",
                "exponential linear unit",
                slopes={"z": "where(z > 0, 1, a + alpha)"},
            ),
        ),
        "Clevert, Unterthiner, Hochreiter (2015), Fast and Accurate Deep Network Learning by ELUs, eq. 15",
        input="z",
        options=(Option("alpha", 1.0, "what large negative numbers come near to, with the sign turned", 0),),
        note=f"{_HALF_STEP} that of the negative side.",
    ),
    Op(
        "activation",
        "softplus",
        "a smooth rectified linear unit",
        (
            equation(
                "a = max(0, z) + log(1 + exp(-abs(z)))",
                "softplus",
                slopes={"z": "1 / (1 + exp(-z))"},
            ),
        ),
        f"{_GOODFELLOW}, eq. 3.31",
        input="z",
        note="This is ln(1 + exp(z)), written so that no exponential is too large.",
    ),
    Op(
        "activation",
        "silu",
        "the net input times its sigmoid",
        (
            equation(
                "a = z / (1 + exp(-z))",
                "sigmoid linear unit (swish)",
                slopes={"z": "a + (1 - a) / (1 + exp(-z))"},
            ),
        ),
        "Elfwing, Uchibe, Doya (2018), Sigmoid-Weighted Linear Units, Neural Networks 107, eq. 1; "
        "Ramachandran, Zoph, Le (2017), Searching for Activation Functions",
        input="z",
    ),
    Op(
        "activation",
        "gelu",
        "the net input times the normal probability below it",
        (equation("a = z * (1 + erf(z / sqrt(2))) / 2", "Gaussian error linear unit"),),
        f"{_GELU}, section 2",
        input="z",
    ),
    Op(
        "activation",
        "gelu-tanh",
        "the Gaussian error linear unit, with tanh in place of the error function",
        (
            equation(
                "a = z * (1 + tanh(sqrt(2 / 3.141592653589793) * (z + 0.044715 * z**3))) / 2",
                "Gaussian error linear unit, approximated",
            ),
        ),
        f"{_GELU}, section 2",
        input="z",
    ),
    Op(
        "activation",
        "step",
        "fires (1) or does not (0)",
        (equation("a = where(z >= 0, 1, 0)", "step", slopes={"z": "0"}),),
        "Rosenblatt (1958), The Perceptron, Psychological Review 65",
        input="z",
        note="At 0 it fires. Its slope is 0 everywhere (at 0 it does not exist), so gradient descent cannot train it; "
        "the perceptron criterion can.",
    ),
    Op(
        "activation",
        "softmax",
        "makes positive numbers that add up to 1",
        (
            equation("m[n] = largest(k, z[n,k])", "largest net input of an example", routing=True),
            equation(
                "a[n,k] = exp(z[n,k] - m[n]) / sum(l, exp(z[n,l] - m[n]))",
                "softmax",
                slopes={"z[n,l]": "a[n,k] * (delta(k,l) - a[n,l])"},
            ),
        ),
        "Bridle (1990), Probabilistic Interpretation of Feedforward Classification Network Outputs; "
        "Bishop (2006), Pattern Recognition and Machine Learning, eq. 4.104 and 4.106",
        input="z",
        outputs=(0.0, 1.0),
        units=2,
        note="Taking the largest net input off all of them changes nothing but keeps the exponentials small.",
    ),
)
