"""One deviation: a named mistake, what it changes, and why it is wrong; and how a problem names the ones it has.

A deviation changes how given numbers are read (`reads`), before anything is derived, or the lines that were derived
(`changes`). Both are pure functions; they refuse where there is nothing that they could change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tracer.errors import TracerError, shortened, suggest
from tracer.run.wording import shown

if TYPE_CHECKING:
    from tracer.run.network import Network
    from tracer.run.problem import Problem

#: where a deviation happens, by the words of its record: layer, unit, row; what is not said is the deviation's own
Place = Mapping[str, int]
#: the source of a mistake that nobody is known to have published
NOT_IN_PRINT = "a slip of hand calculation, from the project's own list; not met in print yet"


@dataclass(frozen=True)
class Deviation:
    """A named mistake. `title` says what is done, `why` why it is wrong, `remedy` what to do instead, `source` where it
    was met; `places` are the words that say where it happens, each a number from 1; `layer` is the one where
    it is made alone, 0 for no such one."""

    name: str
    title: str
    why: str
    remedy: str
    source: str
    changes: Callable[[Network, Place], Network] | None = None
    reads: Callable[[Problem, Place], Problem] | None = None
    places: tuple[str, ...] = ()
    layer: int = 0


@dataclass(frozen=True)
class Chosen:
    """A deviation as a problem names it, and where it happens."""

    name: str
    place: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join([self.name, *(f"{word}={number}" for word, number in self.place.items())])


def not_here(found: str, remedy: str = "Leave it out.") -> TracerError:
    """The error of a deviation that cannot apply: `found` says why."""
    return TracerError("T108", "", found, "", remedy)


def choose(value: Any, known: Mapping[str, Deviation], where: str) -> Chosen:
    """`"slope-dropped"`, `"slope-dropped layer=1"` or a table { name = "slope-dropped", layer = 1 } to a `Chosen`.

    Raises TracerError T103, T105 and T106.
    """
    table = dict(value) if isinstance(value, Mapping) else _table(str(value), where)
    if "name" not in table:
        raise TracerError("T103", where, "a deviation has no name.", f'Expected {{ name = "{next(iter(known))}" }}.')
    name = table.pop("name")
    if not isinstance(name, str) or name not in known:
        raise TracerError("T106", where, f"there is no deviation '{shortened(name)}'.", suggest(str(name), known))
    for word, number in table.items():
        if word not in known[name].places:
            remedy = suggest(word, known[name].places) or f"{name} takes nothing else."
            raise TracerError("T103", where, f"{name}: unknown key '{shortened(word)}'.", remedy)
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise TracerError("T105", where, f"{name}: {word} is {shown(number)}.", "Expected a whole number from 1.")
    return Chosen(name, table)


def choose_all(values: Iterable[Any], known: Mapping[str, Deviation], where: str) -> tuple[Chosen, ...]:
    """All deviations that a problem names; the same one twice in one place is refused with T107."""
    found: list[Chosen] = []
    for value in values:
        one = choose(value, known, where)
        if one in found:
            raise TracerError("T107", where, f"{one} is given twice.", "", "Leave one of them out.")
        found.append(one)
    return tuple(found)


def _table(text: str, where: str) -> dict[str, Any]:
    """`slope-dropped layer=1` as a table."""
    name, *words = text.split() or [""]
    table: dict[str, Any] = {"name": name}
    for word in words:
        key, equals, number = word.partition("=")
        if not equals or not (number.isascii() and number.isdigit() and len(number) < 10):
            found = f"'{shortened(word)}' does not say where."
            raise TracerError("T105", where, found, f"Expected a number, as in '{shortened(name)} layer=1'.")
        table[key] = int(number)
    return table
