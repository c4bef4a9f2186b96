"""What the lines of a schedule compute, in words: "net inputs of the hidden layer"."""

from __future__ import annotations

from tracer.run.network import Entry, Network

_NAMED = {"z": "net inputs of", "a": "outputs of", "w": "weights into", "b": "biases of"}


def layer_title(network: Network, number: int) -> str:
    """A layer in words."""
    if number >= network.layers:
        return "the output layer"
    return "the hidden layer" if network.layers == 2 else f"hidden layer {number}"


def title_of(network: Network, entry: Entry) -> str:
    """What a line of the schedule computes, in words; of a line that a deviation changed it says so."""
    title = _title_of(network, entry)
    changed = not entry.exact and network.roles[entry.name].kind != "gradient"
    return f"{title} (changed)" if changed else title


def _title_of(network: Network, entry: Entry) -> str:
    role = network.roles[entry.name]
    replaced = role.kind == "new" and entry.of in network.parameters and not role.of
    if role.kind != "gradient" and not replaced:
        return _value(network, entry)
    what = "new" if role.kind == "new" else "gradient" if entry.exact else "stand-in for the gradient"
    if network.problem.bare:
        return f"{what} {entry.of}" if role.kind == "new" else f"{what} of {entry.of}"
    if not role.layer:  # of a value that a loss makes on the way
        return f"{what} in the {_says(network, entry.of)}"
    if role.base == "z":
        return f"{'' if entry.exact else 'stand-ins for the '}deltas of {layer_title(network, role.layer)}"
    return f"{what} {_named(network, entry.of)}" if role.kind == "new" else f"{what} in the {_named(network, entry.of)}"


def _says(network: Network, name: str) -> str:
    """A value of no layer: what its equation says, or its name."""
    made = network.entry(name)
    return made.equation.says if made and made.equation.says else f"value {name}"


def is_own(network: Network, name: str) -> bool:
    """Whether a value is made by an equation of the user's own."""
    layer = network.roles[name].layer
    own = bool(layer) and bool(network.problem.layers[layer - 1].equations)
    return network.problem.bare or (own and name not in network.operations)


def _value(network: Network, entry: Entry) -> str:
    role = network.roles[entry.name]
    says = entry.equation.says
    if role.of:  # what an optimizer makes on the way to a new parameter
        return f"{says}, for {role.of if network.problem.bare else f'the {_named(network, role.of)}'}"
    if network.problem.bare:
        return says or entry.name
    if role.base == "E":
        return "the error"
    if not role.layer:
        return says or entry.name
    if is_own(network, entry.name) and says:
        return says
    passed_on = role.base == "z" and entry.name == network.result_of(role.layer)
    if passed_on:
        return f"outputs of {layer_title(network, role.layer)}"
    if says and role.base not in _NAMED and entry.name in network.operations:
        return f"{says} in {layer_title(network, role.layer)}"
    return _named(network, entry.name)


def _named(network: Network, name: str) -> str:
    """A value of a layer: in the words of the field, or by the name that the user gave it."""
    role = network.roles[name]
    return f"{_NAMED.get(role.base) or f'values {role.base} of'} {layer_title(network, role.layer)}"
