"""What a report calls the mistakes that it names: the title of each, and the layer where it is made in one alone."""

from __future__ import annotations

from collections.abc import Sequence

from tracer.explain.language import Language
from tracer.run.deviation import Deviation
from tracer.run.deviations import deviation


def title(record: Deviation, layers: int, language: Language) -> str:
    """The title of a mistake that is made in a network of so many layers.

    >>> title(deviation("slope-dropped layer=2"), 2, Language())
    'The slope of the activation is left out of the delta, in the output layer alone'
    """
    said = language.of(record.title)
    if not record.layer:
        return said
    if record.layer == layers:
        return language.told("{mistake}, in the output layer alone", mistake=said)
    if layers == 2:
        return language.told("{mistake}, in the hidden layer alone", mistake=said)
    return language.told("{mistake}, in hidden layer {number} alone", mistake=said, number=record.layer)


def titles(names: Sequence[str], layers: int, language: Language) -> str:
    """The titles of mistakes that explain a sheet equally well."""
    found = [title(deviation(name), layers, language) for name in names]
    return found[0] if len(found) == 1 else language.told("one of: {mistakes}", mistakes=", ".join(found))
