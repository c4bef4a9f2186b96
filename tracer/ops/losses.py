"""Losses: one number E from outputs a[n,k] and targets t[n,k]. Each states its factor and what it averages.

Squared errors are in `squared_errors`.
"""

from tracer.calculus.equation import equation
from tracer.ops.operation import Op, Option

_BISHOP = "Bishop (2006), Pattern Recognition and Machine Learning"
_GOODFELLOW = "Goodfellow, Bengio, Courville (2016), Deep Learning"
_SUM, _MEAN = "It is summed over examples.", "It is averaged over examples."


def _pair(
    name: str,
    says: str,
    body: str,
    source: str,
    *,
    note: str = "",
    bounds: tuple[float, float] = (float("-inf"), float("inf")),
    targets: tuple[float, float] = (float("-inf"), float("inf")),
    target_values: tuple[float, ...] = (),
    options: tuple[Option, ...] = (),
    units: int = 1,
    minus: bool = False,
) -> tuple[Op, Op]:
    """A loss that adds up `body` over outputs and examples (or takes it off, with `minus`), and the same with the mean
    over examples."""

    def signed(text: str, tail: str) -> str:
        return (f"-({text}{tail})" if tail else f"-{text}") if minus else f"{text}{tail}"

    def made(name: str, says: str, tail: str, note: str) -> Op:
        return Op(
            "loss",
            name,
            says,
            (equation(f"E = {signed(f'sum(n, k, {body})', tail)}", says),),
            source,
            input="a",
            target="t",
            parts=(equation(f"e[n,k] = {signed(f'({body})', tail)}", "error of one output"),),
            outputs=bounds,
            targets=targets,
            target_values=target_values,
            options=options,
            units=units,
            note=note,
        )

    first = made(name, says, "", f"{note} {_SUM}".strip())
    return first, made(f"{name}-mean", f"{says}, mean over examples", " / size(n)", f"{note} {_MEAN}".strip())


def _of_softmax(name: str, mean: str, tail: str, source: str, note: str) -> Op:
    """Cross entropy that takes net inputs: the logarithm of a softmax is never taken of a small number."""
    says = f"cross entropy of the softmax of the outputs{mean}"
    return Op(
        "loss",
        name,
        says,
        (
            equation("m[n] = largest(k, a[n,k])", "largest output of an example", routing=True),
            equation(
                "lse[n] = m[n] + log(sum(k, exp(a[n,k] - m[n])))",
                "logarithm of the sum of the exponentials",
                slopes={"a[n,k]": "exp(a[n,k] - lse[n])"},
            ),
            equation(f"E = sum(n, k, t[n,k] * (lse[n] - a[n,k])){tail}", says),
        ),
        f"{source}; {_BISHOP}, eq. 4.108 and 4.109",
        input="a",
        target="t",
        parts=(equation(f"e[n,k] = (t[n,k] * (lse[n] - a[n,k])){tail}", "error of one output"),),
        targets=(0.0, 1.0),
        units=2,
        note=f"It takes net inputs, without a softmax below it, and no exponential in it is too large. {note}",
    )


RECORDS = (
    *_pair(
        "cross-entropy",
        "cross entropy",
        "t[n,k] * log(a[n,k])",
        f"{_BISHOP}, eq. 4.108",
        note="The logarithm is the natural one.",
        bounds=(0.0, 1.0),
        targets=(0.0, 1.0),
        units=2,
        minus=True,
    ),
    *_pair(
        "binary-cross-entropy",
        "binary cross entropy",
        "t[n,k] * log(a[n,k]) + (1 - t[n,k]) * log(1 - a[n,k])",
        f"{_BISHOP}, eq. 4.90",
        note="The logarithm is the natural one; every output is a yes-or-no question of its own.",
        bounds=(0.0, 1.0),
        targets=(0.0, 1.0),
        minus=True,
    ),
    *_pair(
        "sigmoid-cross-entropy",
        "binary cross entropy of the sigmoid of the outputs",
        "max(0, a[n,k]) - a[n,k] * t[n,k] + log(1 + exp(-abs(a[n,k])))",
        "torch.nn.BCEWithLogitsLoss; " + f"{_BISHOP}, eq. 4.90",
        note="It takes net inputs, without a sigmoid below it, and no exponential in it is too large.",
        targets=(0.0, 1.0),
    ),
    _of_softmax("softmax-cross-entropy", "", "", "torch.nn.CrossEntropyLoss with reduction='sum'", _SUM),
    _of_softmax("softmax-cross-entropy-mean", ", mean over examples", " / size(n)", "torch.nn.CrossEntropyLoss", _MEAN),
    *_pair(
        "absolute-error",
        "absolute error",
        "abs(a[n,k] - t[n,k])",
        f"{_GOODFELLOW}, section 6.2.1.2",
        note="It is summed over outputs. Its slope where output and target are equal is taken as 0.",
    ),
    Op(
        "loss",
        "mean-absolute-error",
        "mean absolute error",
        (equation("E = sum(n, k, abs(a[n,k] - t[n,k])) / (size(n) * size(k))", "mean absolute error"),),
        "torch.nn.L1Loss with reduction='mean'",
        input="a",
        target="t",
        parts=(equation("e[n,k] = abs(a[n,k] - t[n,k]) / (size(n) * size(k))", "error of one output"),),
        note="It is averaged over outputs and over examples. Its slope where both are equal is taken as 0.",
    ),
    *_pair(
        "huber",
        "Huber loss",
        "where(abs(a[n,k] - t[n,k]) <= width, (a[n,k] - t[n,k])**2 / 2, width * (abs(a[n,k] - t[n,k]) - width / 2))",
        "Huber (1964), Robust Estimation of a Location Parameter, Annals of Mathematical Statistics 35",
        note="It is summed over outputs: half the square of small errors, a straight line for large ones.",
        options=(Option("width", 1.0, "where the straight line begins", 0, open_low=True),),
    ),
    *_pair(
        "hinge",
        "hinge loss",
        "max(0, 1 - t[n,k] * a[n,k])",
        f"{_BISHOP}, eq. 7.44",
        note="Targets are 1 and -1. Its slope at the hinge is taken as 0.",
        target_values=(-1.0, 1.0),
    ),
    *_pair(
        "multiclass-hinge",
        "hinge loss of several classes",
        "(1 - t[n,k]) * max(0, 1 + a[n,k] - sum(l, t[n,l] * a[n,l]))",
        "Weston, Watkins (1999), Support Vector Machines for Multi-Class Pattern Recognition; CS231n, linear-classify",
        note="Each wrong class should lie at least 1 below the right one. Its slope at the hinge is taken as 0.",
        target_values=(0.0, 1.0),
        units=2,
    ),
    Op(
        "loss",
        "perceptron-criterion",
        "perceptron criterion",
        (
            equation("r[n,k] = a[n,k]", "output, taken as it is", routing=True),
            equation("E = sum(n, k, (r[n,k] - t[n,k]) * z[n,k])", "perceptron criterion"),
        ),
        f"{_BISHOP}, eq. 4.54; Rosenblatt (1962), Principles of Neurodynamics",
        input="z",
        target="t",
        target_values=(0.0, 1.0),
        note="The output of a step unit is taken as it is, without a slope. Gradient descent on it is the perceptron "
        f"rule: a weight changes by the rate times (target minus output) times input. {_SUM}",
    ),
)
