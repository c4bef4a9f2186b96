"""The names of a listing beside the symbols of the page it stands on."""

from __future__ import annotations

from tracer.calculus.expression import Ref
from tracer.calculus.numpy_code import python_name
from tracer.explain.names import for_formula, names_of
from tracer.explain.notation import NOTATIONS
from tracer.explain.reading import Reading
from tracer.explain.tables import Table


def program_names(reading: Reading) -> Table | None:
    """What the program calls the values that this notation writes in another way than the plain one, with a minus where
    the page shows the negative; None where there is nothing to say."""
    network = reading.network
    plain = names_of(network, NOTATIONS["plain"])
    values = [entry.name for entry in network.schedule if network.roles[entry.name].kind == "value"]
    deltas = [entry.name for entry in network.phase("backward") if network.roles[entry.name].base == "z"]
    rows: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for name in [*network.given, *network.parameters, *values, *deltas]:
        ref = Ref(name, network.axes[name])
        names, role = for_formula(reading.names, ref), network.roles[name]
        if names.unmarked(ref) != plain.unmarked(ref):
            symbol = ("-" if reading.sign(name) < 0 else "") + names.symbol(ref)
            rows.setdefault((role.base, role.kind), []).append((f"`{python_name(name)}`", f"${symbol}$"))
    cells = [tuple(", ".join(column) for column in zip(*sorted(row), strict=True)) for row in rows.values()]
    header = (reading.language.told("in the program"), reading.language.told("on this page"))
    return Table(header, tuple(cells)) if cells else None
