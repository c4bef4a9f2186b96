"""Lines of the forward pass that compute something else; the lines of the backward pass stay as they were derived."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tracer.calculus.expression import Add, Call, Expr, Neg, Ref, rebuild
from tracer.run.deviation import NOT_IN_PRINT, Deviation, Place, not_here
from tracer.run.editing import changed_where, kind_of_operation, layers_at, with_rights

if TYPE_CHECKING:
    from tracer.run.network import Entry, Network


def _made_by(network: Network, place: Place, kind: str) -> list[Entry]:
    """The last line of each operation of a kind in the layers of a place."""
    layers = layers_at(network.problem, place)
    found = {network.roles[entry.name].layer: entry for entry in network.phase("forward")
             if kind_of_operation(network, entry.name) == kind}  # fmt: skip
    return [entry for layer, entry in found.items() if layer in layers]


def _is_bias(network: Network) -> Callable[[Expr], bool]:
    return lambda part: isinstance(part, Ref) and network.roles[part.name].base == "b"


def _bias_forgotten(network: Network, place: Place) -> Network:
    def change(right: Expr) -> Expr | None:
        if not isinstance(right, Add):
            return None
        kept = tuple(term for term in right.terms if not _is_bias(network)(term))
        return kept[0] if len(kept) == 1 else Add(kept)

    return changed_where(network, _made_by(network, place, "layer"), change, "no layer has a bias.")


def _bias_twice(network: Network, place: Place) -> Network:
    def change(right: Expr) -> Expr | None:
        if not isinstance(right, Add):
            return None
        return Add((*right.terms, *(term for term in right.terms if _is_bias(network)(term))))

    return changed_where(network, _made_by(network, place, "layer"), change, "no layer has a bias.")


def _activation_skipped(network: Network, place: Place) -> Network:
    hidden = range(1, network.layers)
    if "layer" not in place and not hidden:
        raise not_here("there is no hidden layer whose activation could be skipped.", "Say layer = 1, or leave it out.")
    layers = [place["layer"]] if "layer" in place else list(hidden)
    rights: dict[str, Expr] = {}
    for entry in _made_by(network, place, "activation"):
        layer = network.roles[entry.name].layer
        below = [
            other
            for other in network.phase("forward")
            if network.roles[other.name].layer == layer and kind_of_operation(network, other.name) != "activation"
        ]
        if layer in layers:
            rights[entry.name] = Ref(below[-1].name, network.axes[below[-1].name])
    return with_rights(network, rights, "there is no activation to skip.")


def _sign_in_exponent(network: Network, place: Place) -> Network:
    def change(node: Expr) -> Expr:
        match node:
            case Call("exp", (Neg(Ref() as inner),)):
                return Call("exp", (inner,))
        return rebuild(node, change)

    entries = _made_by(network, place, "activation")
    return changed_where(network, entries, change, "no layer has an activation with exp(-z) in it.")


RECORDS = (
    Deviation(
        "bias-forgotten",
        "The bias is left out of the net input",
        "The bias is one of the terms of the net input; without it every unit fires at another place.",
        "Add it after the products, once.",
        NOT_IN_PRINT,
        _bias_forgotten,
        places=("layer",),
    ),
    Deviation(
        "bias-twice",
        "The bias is added twice",
        "The bias counts once in each net input.",
        "Add it after the products, once.",
        NOT_IN_PRINT,
        _bias_twice,
        places=("layer",),
    ),
    Deviation(
        "activation-skipped",
        "The net input is passed on without its activation",
        "The next layer reads what the unit gives out, which is the activation of its net input; without it the layers "
        "are one linear layer.",
        "Apply the activation before the result is multiplied by the next weights.",
        NOT_IN_PRINT,
        _activation_skipped,
        places=("layer",),
    ),
    Deviation(
        "sign-in-exponent",
        "The exponent of the activation has the wrong sign",
        "The sigmoid is 1/(1 + e^-z). With e^z it falls where it should rise: it gives 1 minus the right output.",
        "Put the net input in brackets behind the minus sign: e^-(z).",
        "Han, Kamber, Data Mining, as copies of the example print it",
        _sign_in_exponent,
        places=("layer",),
    ),
)
