"""The update: learning rate, sign, and what optimizers carry from step to step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tracer.calculus.expression import ONE, ZERO, Add, Call, Div, Expr, Mul, Neg, Pow, Ref, names, rebuild
from tracer.run.deviation import NOT_IN_PRINT, Deviation, Place, not_here
from tracer.run.editing import changed_where, cleaned, put_for, reads, updates

if TYPE_CHECKING:
    from tracer.run.network import Entry, Network

RATE, STEP = Ref("eta"), Ref("step")


def _replacements(network: Network) -> list[Entry]:
    """The lines that make the new parameters."""
    return [entry for entry in updates(network) if entry.name == f"{entry.of}_new"]


def _states(network: Network) -> list[Entry]:
    """The lines that make what an optimizer carries on."""
    return [entry for entry in updates(network) if entry.name in network.carried.values()
            and entry.name != f"{entry.of}_new"]  # fmt: skip


def _reads_rate(network: Network) -> list[Entry]:
    return [entry for entry in updates(network) if "eta" in names(entry.equation.right)]


def _rate(new: Expr) -> Callable[[Network, Place], Network]:
    def change(network: Network, _: Place) -> Network:
        def changed(right: Expr) -> Expr:
            return cleaned(put_for(right, RATE, new))

        return changed_where(network, _reads_rate(network), changed, "no update reads the learning rate.")

    return change


def _adds(network: Network, _: Place) -> Network:
    def change(right: Expr) -> Expr | None:
        match right:
            case Add((Ref() as old, Neg(taken))):
                return Add((old, taken))
        return None

    otherwise = "this optimizer does not end in 'parameter - ...'."
    return changed_where(network, _replacements(network), change, otherwise)


def _state_reset(network: Network, _: Place) -> Network:
    carried = {Ref(name, network.axes[name]) for name in network.state if name != "step"}

    def change(right: Expr) -> Expr:
        for old in carried:
            right = put_for(right, old, ZERO)
        return cleaned(right)

    return changed_where(network, _states(network), change, "this optimizer carries nothing from step to step.")


def _uncorrected(network: Network, _: Place) -> Network:
    def change(right: Expr) -> Expr | None:
        match right:
            case Div(top, bottom) if "step" in names(bottom):
                return top
        return None

    return changed_where(network, updates(network), change, "this optimizer corrects nothing for its start at 0.")


def _step_ahead(network: Network, _: Place) -> Network:
    otherwise = "no update counts the steps."
    return changed_where(network, updates(network), lambda right: put_for(right, STEP, Add((STEP, ONE))), otherwise)


def _epsilon_inside(network: Network, _: Place) -> Network:
    def change(node: Expr) -> Expr:
        match node:
            case Add((Call("sqrt", (inner,)), Ref("epsilon") as epsilon)):
                return Call("sqrt", (Add((inner, epsilon)),))
        return rebuild(node, change)

    otherwise = "this optimizer has no epsilon outside a root."
    return changed_where(network, _replacements(network), change, otherwise)


def _is_root(part: Expr) -> bool:
    return isinstance(part, Call) and part.function == "sqrt"


def _root_forgotten(network: Network, _: Place) -> Network:
    def change(node: Expr) -> Expr:
        return node.arguments[0] if isinstance(node, Call) and node.function == "sqrt" else rebuild(node, change)

    if not any(reads(entry.equation.right, _is_root) for entry in _replacements(network)):
        raise not_here("this optimizer takes no root.")
    return changed_where(network, _replacements(network), change, "")


def _square_forgotten(network: Network, _: Place) -> Network:
    def change(node: Expr) -> Expr:
        return node.base if isinstance(node, Pow) else rebuild(node, change)

    return changed_where(network, _states(network), change, "this optimizer carries no squares of gradients.")


def _betas_mixed(network: Network, _: Place) -> Network:
    if not {"beta1", "beta2"} <= network.given.keys():
        raise not_here("this optimizer has no two betas.")
    found = [entry for entry in _states(network) if "beta2" in names(entry.equation.right)]
    otherwise = "no second mean is carried."
    return changed_where(network, found, lambda right: put_for(right, Ref("beta2"), Ref("beta1")), otherwise)


RECORDS = (
    Deviation(
        "rate-forgotten",
        "The learning rate is left out of the update",
        "The gradient says in which direction to go; how far is the learning rate's to say.",
        "Multiply by the learning rate.",
        NOT_IN_PRINT,
        _rate(ONE),
    ),
    Deviation(
        "rate-twice",
        "The learning rate is multiplied in twice",
        "A change that holds the learning rate already is multiplied by it again; the step is far too short.",
        "Multiply once: in the change of the weight or in the update, not in both.",
        NOT_IN_PRINT,
        _rate(Mul((RATE, RATE))),
    ),
    Deviation(
        "update-adds",
        "The update adds in place of subtracting",
        "The gradient points where the error grows. Going along it makes the error larger.",
        "Subtract the gradient times the learning rate.",
        "PyTorchStepByStep, issue 21",
        _adds,
    ),
    Deviation(
        "state-reset",
        "What the optimizer carries is set back to zero in every step",
        "Momentum and running means are made of all gradients so far. Begun anew in every step they are the last "
        "gradient alone.",
        "Keep one velocity (and one mean of squares) for each parameter between the steps.",
        "backprop-trace, fixtures of broken optimizers (stale buffer)",
        _state_reset,
    ),
    Deviation(
        "bias-uncorrected",
        "The means are not corrected for their start at zero",
        "They begin at 0, so the first ones are far too small; dividing by 1 - beta^t takes that out.",
        "Divide the mean by 1 - beta1^t and the mean square by 1 - beta2^t.",
        "backprop-trace, fixtures of broken optimizers (bias correction omitted); Kingma, Ba (2015), section 3",
        _uncorrected,
    ),
    Deviation(
        "step-ahead",
        "The count of steps is one ahead in the correction",
        "The first step has t = 1. A count that is raised before and after the step corrects too little. (A count that "
        "begins at 0 corrects nothing: it divides by zero.)",
        "Raise t once, before the correction is computed.",
        "backprop-trace, fixtures of broken optimizers (t off by one)",
        _step_ahead,
    ),
    Deviation(
        "epsilon-inside",
        "Epsilon is added inside the root",
        "This optimizer adds it after the root was taken. Inside, the divisor is never below the root of epsilon, "
        "which is much larger.",
        "Take the root first, then add epsilon, or name the variant with epsilon inside.",
        "backprop-trace, fixtures of broken optimizers (epsilon inside sqrt)",
        _epsilon_inside,
    ),
    Deviation(
        "root-forgotten",
        "The divisor is the mean square, not its root",
        "The gradient is measured against its own size, which is the root of the mean square; without the root small "
        "gradients give huge steps.",
        "Take the root before dividing.",
        NOT_IN_PRINT,
        _root_forgotten,
    ),
    Deviation(
        "square-forgotten",
        "The mean square is made of the gradients themselves",
        "Without the square, gradients of both signs cancel, and the root of a negative mean does not exist.",
        "Square the gradient before it enters the mean.",
        "Open-Deep-ML/DML-OpenProblem, problem 87, read as a mistake of its own",
        _square_forgotten,
    ),
    Deviation(
        "betas-mixed",
        "The mean square fades with the beta of the mean",
        "The two means have a beta each, and the mean square is to be the slower one.",
        "Use beta1 for the mean of the gradient and beta2 for the mean of its square.",
        NOT_IN_PRINT,
        _betas_mixed,
    ),
)
