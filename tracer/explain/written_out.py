"""A prediction written out, layer by layer, until only inputs, weights and biases are left."""

from __future__ import annotations

import math
from dataclasses import replace

from tracer.calculus.expression import Add, Number, Ref
from tracer.explain.names import whole_number
from tracer.explain.reading import Reading
from tracer.explain.roles import unmarked
from tracer.ops import ACTIVATIONS
from tracer.run.network import Network

MOST_PRODUCTS, MOST_OUTPUTS = 24, 3  # beyond this a formula fits on no page


def written_out(reading: Reading, example: int) -> tuple[str, ...]:
    """Each output of an example as one TeX formula, a layer deeper in each row; () where too long, where a layer has
    equations of its own, and where an activation reads all net inputs of a layer at once."""
    network = reading.network
    if network.problem.bare or any(layer.equations for layer in network.problem.layers):
        return ()
    if not unit_by_unit(network):
        return ()
    units = [network.extents["u0"], *(network.shapes[network.result_of(n)][1] for n in range(1, network.layers + 1))]
    if math.prod(units) > MOST_PRODUCTS or units[-1] > MOST_OUTPUTS:
        return ()
    output = network.result_of(network.layers)
    return tuple(
        _rows(reading, Ref(output, (whole_number(example), whole_number(place)))) for place in range(1, units[-1] + 1)
    )


def unit_by_unit(network: Network) -> bool:
    """Whether every activation makes the output of a unit from the net input of that unit alone."""
    used = (ACTIVATIONS[layer.activation] for layer in network.problem.layers if layer.activation in ACTIVATIONS)
    return not any(item.left.indices for op in used for item in op.equations)


def _rows(reading: Reading, ref: Ref) -> str:
    deeper = dict.fromkeys(_expand(reading, ref, depth) for depth in range(1, reading.network.layers + 1))
    rows = [f"&= {tex}" for tex in deeper]
    rows[0] = f"{reading.names.symbol(ref)} {rows[0]}"
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def _expand(reading: Reading, ref: Ref, depth: int) -> str:
    """The TeX of a value with the layers below it written out, `depth` layers deep."""
    network = reading.network
    entry = network.entry(ref.name)
    if depth == 0 or entry is None or entry.phase != "forward":
        return reading.names.symbol(ref)
    op = network.operations.get(ref.name)
    if op is not None and op.kind == "activation":
        inside = _expand(reading, Ref(entry.equation.textbook[0].by, ref.indices), depth)
        return inside if op.name == "identity" else rf"\mathrm{{{op.name}}}\left({inside}\right)"
    places = tuple(int(index.value) for index in ref.indices if isinstance(index, Number))
    right = reading.at(entry.equation, places)

    def atom(part: Ref) -> tuple[str, bool]:
        """A value below, written out; in brackets where it has become a sum."""
        text = _expand(reading, part, depth - 1)
        below = network.entry(part.name)
        is_sum = below is not None and depth > 1 and not unmarked(text).startswith(r"\mathrm{")
        return text, isinstance(right, Add) and is_sum

    return replace(reading.printer(), atom=atom).tex(right)
