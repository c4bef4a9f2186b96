"""What the lines of a schedule compute, in words: "net inputs of the hidden layer"."""

from __future__ import annotations

from tracer.run.network import Entry, Network


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
    where = f" of {layer_title(network, role.layer)}" if role.layer else ""
    into = f" into {layer_title(network, role.layer)}" if role.layer else ""
    if role.kind == "new":
        return {"w": f"new weights{into}", "b": f"new biases{where}"}.get(role.base, f"new {entry.of}")
    if role.kind == "gradient":
        what = "gradient" if entry.exact else "what stands in for the gradient"
        if network.problem.bare or role.base not in ("z", "a", "w", "b"):
            return f"{what} of {entry.of}"
        return {
            "z": f"deltas{where}",
            "a": f"{what} in the outputs{where}",
            "w": f"{what} in the weights{into}",
            "b": f"{what} in the biases{where}",
        }[role.base]
    if role.base == "E":
        return "the error"
    passed_on = bool(role.layer) and entry.name == network.result_of(role.layer)
    named = {"z": f"{'outputs' if passed_on else 'net inputs'}{where}", "a": f"outputs{where}"}
    return (
        named.get(role.base, entry.equation.says or entry.name)
        if not network.problem.bare
        else entry.equation.says or entry.name
    )
