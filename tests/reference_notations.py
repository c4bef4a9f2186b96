"""The reference page of notations: what each quantity is called, and what a person types."""

from __future__ import annotations

from tracer.calculus.expression import Ref
from tracer.explain.names import names_of, whole_number
from tracer.explain.notation import NOTATIONS, Notation
from tracer.run.building import build
from tracer.run.loading import load

#: the name that is understood in every notation, and what it is
VALUES = (
    ("x", (1, 1), "the first input"),
    ("t", (1, 1), "the first target"),
    ("w1", (1, 2), "the weight from input 1 to unit 2 of layer 1"),
    ("b1", (2,), "the bias of unit 2 of layer 1"),
    ("z1", (1, 2), "the net input of unit 2 of layer 1"),
    ("a1", (1, 2), "the output of unit 2 of layer 1"),
    ("a2", (1, 1), "the first output of the network"),
    ("E", (), "the error"),
    ("delta2", (1, 1), "the delta of output 1"),
    ("dw1", (1, 2), "the gradient of the error in that weight"),
    ("eta", (), "the learning rate"),
    ("w1_new", (1, 2), "that weight after the step"),
)
HEAD = """\
# Notations

The same trace is told in the letters of several books. `notation = "mazur"` in a problem file, or `--notation mazur` on
the command line, chooses one; a problem without any is told in `plain`. Whatever the notation, canonical names are
understood too: `w1[1,2]` is the weight from unit 1 of the layer below to unit 2 of layer 1, counted from 1.

The tables show a network with two inputs, two hidden units and two outputs. *In general* is what stands in formulas in
letters, *here* the element that the row names, *typed* what a person writes on a sheet or after `tracer show`.
"""
NET = {
    "data": {"inputs": [1.0, 0.5], "targets": [1.0, 0.0]},
    "layers": [{"activation": "sigmoid", "weights": [[0.1, 0.2], [0.3, 0.4]], "bias": [0.1, 0.2]}] * 2,
    "training": {"loss": "half-squared-error", "rate": 0.5},
}
LETTERS = {"layer": "a letter for each layer", "relative": "j for the unit itself, k for those it is joined to"}


def page() -> str:
    """The whole page."""
    return "".join([HEAD, *map(_told, NOTATIONS.values())])


def _told(one: Notation) -> str:
    network = build(load(NET))
    names = names_of(network, one)
    lines = [f"\n## {one.name}\n\nSource: {_linked(one.source)}\n"]
    lines.append("\n| name | what it is | in general | here | typed |\n| --- | --- | --- | --- | --- |\n")
    for name, places, says in VALUES:
        element = Ref(name, tuple(map(whole_number, places)))
        general = names.symbol(Ref(name, network.axes[name]))
        row = [f"`{_address(name, places)}`", says, _formula(general), _formula(names.symbol(element))]
        lines.append(f"| {' | '.join(row)} | `{names.spell(element)}` |\n")
    said = [
        f"Index letters: {LETTERS[one.letters]}.",
        f"Matrices have a row for each unit {'below' if one.layout == 'in-out' else 'of the layer'}.",
        "Examples are columns." if one.columns else "Examples are rows.",
        f"Indices count from {one.origin}.",
        "What is passed back is target minus output, and updates add." if one.error_sign < 0 else "",
    ]
    lines.append(f"\n{' '.join(filter(None, said))}\n")
    return "".join(lines)


def _address(name: str, places: tuple[int, ...]) -> str:
    """A canonical address; the only example is left out."""
    if name[0] in "xtza" or name.startswith("delta"):
        places = places[1:]
    return name + (f"[{','.join(map(str, places))}]" if places else "")


def _formula(tex: str) -> str:
    return f"$`{tex}`$"


def _linked(source: str) -> str:
    """A source with its address as a link."""
    before, address, rest = source.partition("http")
    return f"{before}<{address}{rest}>" if address else source
