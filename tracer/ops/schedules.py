"""Rate schedules: the learning rate of a step from its number (`step`, from 1) and the rate that is given, `eta0`."""

from tracer.calculus.equation import equation
from tracer.ops.operation import Op, Option


def _schedule(name: str, says: str, right: str, source: str, option: Option) -> Op:
    return Op("schedule", name, says, (equation(f"eta = {right}", says),), source, input="eta0", options=(option,))


RECORDS = (
    _schedule(
        "exponential",
        "learning rate, a constant factor from step to step",
        "eta0 * gamma**(step - 1)",
        "torch.optim.lr_scheduler.ExponentialLR",
        Option("gamma", 0.99, "the factor", 0, 1, open_low=True),
    ),
    _schedule(
        "inverse-time",
        "learning rate, divided by a growing number",
        "eta0 / (1 + gamma * (step - 1))",
        "Robbins, Monro (1951); Darken, Moody (1990)",
        Option("gamma", 0.01, "how fast it grows", 0),
    ),
    _schedule(
        "warm-up",
        "learning rate, growing in the first steps",
        "eta0 * min(1, step / warm)",
        "Goyal and others (2017), Accurate, Large Minibatch SGD, section 2.2",
        Option("warm", 10.0, "how many steps it grows", 1),
    ),
)
