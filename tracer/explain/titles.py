"""What the lines of a schedule compute, in words: "net inputs of the hidden layer"."""

from __future__ import annotations

from collections.abc import Mapping

from tracer.explain.language import ENGLISH, Language, sentence
from tracer.run.network import Entry, Network

VALUES = {
    "z": sentence("net inputs of {layer}"),
    "a": sentence("outputs of {layer}"),
    "w": sentence("weights into {layer}"),
    "b": sentence("biases of {layer}"),
    "": sentence("values {name} of {layer}"),
}
GRADIENTS = {
    "a": sentence("gradient in the outputs of {layer}"),
    "w": sentence("gradient in the weights into {layer}"),
    "b": sentence("gradient in the biases of {layer}"),
    "": sentence("gradient in the values {name} of {layer}"),
}
STAND_INS = {
    "a": sentence("stand-in for the gradient in the outputs of {layer}"),
    "w": sentence("stand-in for the gradient in the weights into {layer}"),
    "b": sentence("stand-in for the gradient in the biases of {layer}"),
    "": sentence("stand-in for the gradient in the values {name} of {layer}"),
}
NEW = {
    "w": sentence("new weights into {layer}"),
    "b": sentence("new biases of {layer}"),
    "": sentence("new values {name} of {layer}"),
}
WITHIN = {  # what an optimizer or a penalty makes for a parameter
    "w": sentence("{says}, for the weights into {layer}"),
    "b": sentence("{says}, for the biases of {layer}"),
    "": sentence("{says}, for the values {name} of {layer}"),
}


def layer_title(network: Network, number: int, language: Language = ENGLISH) -> str:
    """A layer in words."""
    if number >= network.layers:
        return language.told("the output layer")
    if network.layers == 2:
        return language.told("the hidden layer")
    return language.told("hidden layer {number}", number=number)


def title_of(network: Network, entry: Entry, language: Language = ENGLISH) -> str:
    """What a line of the schedule computes, in words; of a line that a deviation changed it says so."""
    title = plain_title(network, entry, language)
    changed = not entry.exact and network.roles[entry.name].kind != "gradient"
    return language.told("{title} (changed)", title=title) if changed else title


def with_article(network: Network, entry: Entry, language: Language = ENGLISH) -> str:
    """The same as it stands in a sentence: the net inputs of the hidden layer; the error."""
    title = title_of(network, entry, language)
    finished = title.startswith("the ") or (network.roles[entry.name].base == "E" and not network.problem.bare)
    return title if finished else language.told("the {title}", title=title)


def plain_title(network: Network, entry: Entry, language: Language = ENGLISH) -> str:
    """What a line computes, whether it was changed or not."""
    role, bare = network.roles[entry.name], network.problem.bare
    replaced = role.kind == "new" and entry.of in network.parameters and not role.of
    if role.kind != "gradient" and not replaced:
        return _value(network, entry, language)
    if role.kind == "new":
        return language.told("new {name}", name=entry.of) if bare else _filled(NEW, network, entry.of, language)
    if bare and entry.exact:
        return language.told("gradient of {value}", value=entry.of)
    if bare:
        return language.told("stand-in for the gradient of {value}", value=entry.of)
    if not role.layer and entry.exact:  # of a value that a loss makes on the way
        return language.told("gradient in the {value}", value=_says(network, entry.of, language))
    if not role.layer:
        return language.told("stand-in for the gradient in the {value}", value=_says(network, entry.of, language))
    if role.base == "z" and entry.exact:
        return language.told("deltas of {layer}", layer=layer_title(network, role.layer, language))
    if role.base == "z":
        return language.told("stand-ins for the deltas of {layer}", layer=layer_title(network, role.layer, language))
    return _filled(GRADIENTS if entry.exact else STAND_INS, network, entry.of, language)


def _says(network: Network, name: str, language: Language) -> str:
    """A value of no layer: what its equation says, or its name."""
    made = network.entry(name)
    says = made.equation.says if made else ""
    return language.said(says) or language.told("value {name}", name=name)


def is_own(network: Network, name: str) -> bool:
    """Whether a value is made by an equation of the user's own."""
    layer = network.roles[name].layer
    own = bool(layer) and bool(network.problem.layers[layer - 1].equations)
    return network.problem.bare or (own and name not in network.operations)


def _value(network: Network, entry: Entry, language: Language) -> str:
    role = network.roles[entry.name]
    says = language.said(entry.equation.says)
    if role.of and network.problem.bare:
        return language.told("{says}, for {name}", says=says, name=role.of)
    if role.of:  # what an optimizer makes on the way to a new parameter
        return _filled(WITHIN, network, role.of, language, says)
    if network.problem.bare:
        return says or entry.name
    if role.base == "E":
        return language.told("the error")
    if not role.layer:
        return says or entry.name
    if is_own(network, entry.name) and says:
        return says
    if role.base == "z" and entry.name == network.result_of(role.layer):  # passed on without an activation
        return language.told("outputs of {layer}", layer=layer_title(network, role.layer, language))
    if says and role.base not in VALUES and entry.name in network.operations:
        return language.told("{says} in {layer}", says=says, layer=layer_title(network, role.layer, language))
    return _filled(VALUES, network, entry.name, language)


def _filled(titles: Mapping[str, str], network: Network, name: str, language: Language, says: str = "") -> str:
    """A value of a layer: in the words of the field, or by the name that the user gave it."""
    role = network.roles[name]
    layer = layer_title(network, role.layer, language)
    return language.told(titles.get(role.base, titles[""]), name=role.base, layer=layer, says=says)
