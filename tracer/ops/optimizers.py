"""Optimizers: scalar forms that make a new parameter from the old one and its gradient.

`step` is the number of the step, from 1; what is carried from step to step (`v`, `m`) begins as zeros.
"""

from tracer.calculus.equation import equation
from tracer.ops.operation import Op, Option

_SUTSKEVER = "Sutskever, Martens, Dahl, Hinton (2013), On the importance of initialization and momentum"
_ADAM = "Kingma, Ba (2015), Adam: A Method for Stochastic Optimization"
_DUCHI = "Duchi, Hazan, Singer (2011), Adaptive Subgradient Methods, JMLR 12"
_HINTON = "Tieleman, Hinton (2012), Neural Networks for Machine Learning, lecture 6.5"

_BETA = Option("beta", 0.9, "how much of the velocity is kept", 0, 1, open_high=True)
_RHO = Option("rho", 0.9, "how much of the mean square is kept", 0, 1, open_high=True)
_EPS = Option("epsilon", 1e-8, "keeps the divisor from being 0", 0)
_ADAM_OPTIONS = (
    Option("beta1", 0.9, "how much of the mean gradient is kept", 0, 1, open_high=True),
    Option("beta2", 0.999, "how much of the mean square is kept", 0, 1, open_high=True),
    _EPS,
)
_MOMENTS = (
    equation("m_new = beta1 * m + (1 - beta1) * dw", "mean gradient"),
    equation("v_new = beta2 * v + (1 - beta2) * dw**2", "mean square of the gradient"),
    equation("mhat = m_new / (1 - beta1**step)", "mean gradient, corrected for its start at 0"),
    equation("vhat = v_new / (1 - beta2**step)", "mean square, corrected for its start at 0"),
)


def _optimizer(
    name: str,
    says: str,
    lines: tuple[object, ...],
    source: str,
    options: tuple[Option, ...] = (),
    state: tuple[str, ...] = (),
    note: str = "",
) -> Op:
    return Op("optimizer", name, says, lines, source, "w", options=options, state=state, note=note)  # type: ignore[arg-type]


RECORDS = (
    _optimizer(
        "gradient-descent",
        "a step against the gradient, scaled by the learning rate",
        (equation("w_new = w - eta * dw", "gradient descent"),),
        "Cauchy (1847); Goodfellow, Bengio, Courville (2016), Deep Learning, eq. 4.5",
    ),
    _optimizer(
        "momentum",
        "gradients add up to a velocity; the learning rate scales the velocity",
        (equation("v_new = beta * v + dw", "velocity"), equation("w_new = w - eta * v_new", "momentum")),
        "torch.optim.SGD with momentum; " + _SUTSKEVER,
        (_BETA,),
        ("v",),
    ),
    _optimizer(
        "momentum-rate-inside",
        "gradients, scaled by the learning rate, add up to a velocity",
        (equation("v_new = beta * v - eta * dw", "velocity"), equation("w_new = w + v_new", "momentum")),
        f"{_SUTSKEVER}, eq. 1 and 2",
        (_BETA,),
        ("v",),
    ),
    _optimizer(
        "nesterov",
        "momentum that looks one step ahead; the learning rate scales the velocity",
        (
            equation("v_new = beta * v + dw", "velocity"),
            equation("w_new = w - eta * (dw + beta * v_new)", "Nesterov momentum"),
        ),
        "torch.optim.SGD with nesterov=True; Nesterov (1983)",
        (_BETA,),
        ("v",),
    ),
    _optimizer(
        "nesterov-rate-inside",
        "momentum that looks one step ahead; the velocity holds the learning rate",
        (
            equation("v_new = beta * v - eta * dw", "velocity"),
            equation("w_new = w - beta * v + (1 + beta) * v_new", "Nesterov momentum"),
        ),
        f"CS231n, Neural Networks part 3; {_SUTSKEVER}, eq. 3 and 4",
        (_BETA,),
        ("v",),
        note="The parameters are those of the point ahead, where the gradient is taken.",
    ),
    _optimizer(
        "adagrad",
        "each parameter has a rate of its own, which falls with the squares of its gradients",
        (
            equation("s_new = s + dw**2", "sum of the squares of the gradient"),
            equation("w_new = w - eta * dw / (sqrt(s_new) + epsilon)", "AdaGrad"),
        ),
        f"{_DUCHI}; torch.optim.Adagrad",
        (_EPS,),
        ("s",),
    ),
    _optimizer(
        "rmsprop",
        "each parameter has a rate of its own, from a running mean of the squares of its gradients",
        (
            equation("s_new = rho * s + (1 - rho) * dw**2", "mean square of the gradient"),
            equation("w_new = w - eta * dw / (sqrt(s_new) + epsilon)", "RMSProp"),
        ),
        f"{_HINTON}; torch.optim.RMSprop",
        (_RHO, _EPS),
        ("s",),
        note="epsilon is added outside the root.",
    ),
    _optimizer(
        "rmsprop-epsilon-inside",
        "RMSProp with epsilon inside the root",
        (
            equation("s_new = rho * s + (1 - rho) * dw**2", "mean square of the gradient"),
            equation("w_new = w - eta * dw / sqrt(s_new + epsilon)", "RMSProp"),
        ),
        f"{_HINTON}; Goodfellow, Bengio, Courville (2016), Deep Learning, algorithm 8.5",
        (_RHO, _EPS),
        ("s",),
        note="epsilon is added inside the root.",
    ),
    _optimizer(
        "adam",
        "momentum and a rate of its own for each parameter, both corrected for their start at 0",
        (*_MOMENTS, equation("w_new = w - eta * mhat / (sqrt(vhat) + epsilon)", "Adam")),
        f"{_ADAM}, algorithm 1",
        _ADAM_OPTIONS,
        ("m", "v"),
        note="epsilon is added outside the root.",
    ),
    _optimizer(
        "adam-epsilon-inside",
        "Adam with epsilon inside the root",
        (*_MOMENTS, equation("w_new = w - eta * mhat / sqrt(vhat + epsilon)", "Adam")),
        f"{_ADAM}; a variant found in lecture notes",
        _ADAM_OPTIONS,
        ("m", "v"),
        note="epsilon is added inside the root.",
    ),
    _optimizer(
        "adamw",
        "Adam, with the parameters themselves decaying",
        (*_MOMENTS, equation("w_new = w - eta * (mhat / (sqrt(vhat) + epsilon) + decay * w)", "AdamW")),
        "Loshchilov, Hutter (2019), Decoupled Weight Decay Regularization, algorithm 2; torch.optim.AdamW",
        (*_ADAM_OPTIONS, Option("decay", 0.01, "how fast the parameters decay", 0, 1, open_high=True)),
        ("m", "v"),
    ),
    _optimizer(
        "adamax",
        "Adam with the largest gradient in place of the mean square",
        (
            _MOMENTS[0],
            equation("u_new = max(beta2 * u, abs(dw))", "largest gradient so far, fading"),
            _MOMENTS[2],
            equation("w_new = w - eta * mhat / (u_new + epsilon)", "AdaMax"),
        ),
        f"{_ADAM}, algorithm 2",
        _ADAM_OPTIONS,
        ("m", "u"),
        note="epsilon is added to the divisor, as in torch.optim.Adamax.",
    ),
)
