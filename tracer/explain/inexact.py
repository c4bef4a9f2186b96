"""Lines that are only what was computed: which they are, and why, as a page says it."""

from __future__ import annotations

from tracer.calculus.expression import names
from tracer.explain.language import ENGLISH, Language
from tracer.run.network import Entry, Network


def replaced_at_once(network: Network) -> bool:
    """Whether parameters are replaced before all gradients are computed."""
    phases = [entry.phase for entry in network.schedule if entry.of]
    return "update" in phases and "backward" in phases[phases.index("update") :]


def is_changed(network: Network, entry: Entry) -> bool:
    """Whether a deviation changed the equation of a line, or added it."""
    if network.declared is None:
        return False
    old = network.declared.entry(entry.name)
    return old is None or old.equation.right != entry.equation.right


def why_inexact(network: Network, entry: Entry, language: Language = ENGLISH) -> str:
    """Why a line is only what was computed, as a sentence; "" where it is what it is declared to be."""
    if entry.exact:
        return ""
    read = names(entry.equation.right)
    if network.declared is None or any(name.endswith("_new") for name in read if entry.phase == "backward"):
        return language.told(
            "This line reads weights that were replaced a moment ago. What it computes is therefore no derivative of "
            "the error, and it is not written as one."
        )
    if is_changed(network, entry):
        if network.roles[entry.name].kind == "gradient":
            return language.told(
                "This line was changed. It shows what was computed, which is no derivative of the error, and it is not "
                "written as one."
            )
        return language.told("This line was changed. It shows what was computed, not what is right.")
    if any(
        item is not None and not item.exact for item in map(network.entry, read) if item and item.phase == "backward"
    ):
        return language.told(
            "This line reads one that is no derivative, so it is none either, and it is not written as one."
        )
    return language.told(
        "What was differentiated is not what was computed, so this line is no derivative of it, and it is not written "
        "as one."
    )
