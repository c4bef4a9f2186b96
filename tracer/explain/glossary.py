"""The symbols of a lesson and what they mean."""

from __future__ import annotations

from dataclasses import dataclass

from tracer.calculus.expression import Ref
from tracer.explain.constants_told import constant_says
from tracer.explain.reading import Reading
from tracer.explain.titles import is_own, layer_title, title_of


@dataclass(frozen=True)
class Word:
    """One entry of a glossary: a TeX symbol and what it means; `name` is its name in the network, where that is asked
    for."""

    symbol: str
    says: str
    name: str = ""


def glossary(reading: Reading) -> tuple[Word, ...]:
    """Every symbol of a lesson in index letters, with what it means: what is given, then what is computed."""
    network = reading.network
    said = {"x": "the inputs", "t": "the targets", "eta": "the learning rate", "eta0": "the first learning rate"}
    found: dict[str, str] = {}
    for name in [*network.given, *network.parameters]:
        role = network.roles[name]
        layer = layer_title(network, role.layer) if role.layer else ""
        known = {"w": f"the weights into {layer}", "b": f"the biases of {layer}"}
        kind = "constant" if role.kind == "option" else "values"
        own = f"the {kind} {role.base} of {layer}" if layer else f"the {kind} {role.base}"
        constant = constant_says(network, name) if role.kind == "option" else ""
        found[name] = said.get(name) or constant or known.get(role.base) or own
    for entry in network.schedule:
        if network.roles[entry.name].kind == "value" or network.roles[entry.name].base == "z":
            title = title_of(network, entry)
            finished = title.startswith("the ") or (is_own(network, entry.name) and bool(entry.equation.says))
            found[entry.name] = title if finished else f"the {title}"
    symbols = {name: reading.names.symbol(Ref(name, network.axes[name])) for name in found}
    return tuple(Word(symbols[name], says) for name, says in found.items())
