"""The symbols of a lesson and what they mean."""

from __future__ import annotations

from dataclasses import dataclass

from tracer.calculus.expression import Ref
from tracer.explain.constants_told import constant_says
from tracer.explain.language import Language
from tracer.explain.reading import Reading
from tracer.explain.titles import VALUES, is_own, layer_title, title_of, with_article
from tracer.run.network import Network


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
    language = reading.language
    said = {
        "x": language.told("the inputs"),
        "t": language.told("the targets"),
        "eta": language.told("the learning rate"),
        "eta0": language.told("the first learning rate"),
    }
    found: dict[str, str] = {}
    for name in [*network.given, *network.parameters]:
        role = network.roles[name]
        constant = constant_says(network, name, language) if role.kind == "option" else ""
        found[name] = said.get(name) or constant or _given(network, name, language)
    for entry in network.schedule:
        if network.roles[entry.name].kind == "value" or network.roles[entry.name].base == "z":
            own = is_own(network, entry.name) and bool(entry.equation.says)
            found[entry.name] = (title_of if own else with_article)(network, entry, language)
    symbols = {name: reading.names.symbol(Ref(name, network.axes[name])) for name in found}
    return tuple(Word(symbols[name], says) for name, says in found.items())


def _given(network: Network, name: str, language: Language) -> str:
    role = network.roles[name]
    layer = layer_title(network, role.layer, language) if role.layer else ""
    if role.base in ("w", "b"):
        return language.told("the {title}", title=language.told(VALUES[role.base], layer=layer))
    if role.kind == "option" and layer:
        return language.told("the constant {name} of {layer}", name=role.base, layer=layer)
    if role.kind == "option":
        return language.told("the constant {name}", name=role.base)
    if layer:
        return language.told("the {title}", title=language.told(VALUES[""], name=role.base, layer=layer))
    return language.told("the values {name}", name=role.base)
