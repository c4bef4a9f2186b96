"""Every number of a training step under its name: as the notation spells it, canonically, and as it is printed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from tracer.calculus.expression import Ref
from tracer.explain.names import canonical, whole_number
from tracer.explain.reading import Reading

MOST = 24  # elements of a value that are listed

PHASES = {"forward": "Forward pass", "loss": "Error", "backward": "Backward pass", "update": "Update"}


def all_names(reading: Reading) -> str:
    """The names of a reading, phase by phase, each with its number.

    >>> from tracer.explain.lesson import lesson
    >>> all_names(lesson("mazur", shown=4)._reading).splitlines()[-1].split()
    ['w8_new', 'w2_new[2,2]', '0.5614']
    """
    network = reading.network
    given = [name for name in (*network.given, *network.parameters) if name in network.shapes]
    parts = {"Given": dict.fromkeys(given)}
    for phase, title in PHASES.items():
        parts[title] = dict.fromkeys(entry.name for entry in network.phase(phase))
    made = []
    for title, names in parts.items():
        rows = [row for name in names for row in _rows(reading, name)]
        if rows:
            widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
            made.append(title)
            made += [f"  {row[0]:{widths[0]}}  {row[1]:{widths[1]}}  {row[2]}".rstrip() for row in rows]
            made.append("")
    return "\n".join(made[:-1])


def _rows(reading: Reading, name: str) -> Iterator[tuple[str, str, str]]:
    shape = reading.network.shapes[name]
    every = reading.elements(name)
    for places in islice(every, MOST):
        ref = Ref(name, tuple(map(whole_number, places)))
        spelt, plain = reading.names.spell(ref), canonical(ref, reading.network)
        number = reading.printed(name, places)[1].text
        yield spelt, plain if plain != spelt else "", number
    if next(iter(every), None) is not None:
        yield name, "", f"... {' x '.join(map(str, shape))} numbers in all"
