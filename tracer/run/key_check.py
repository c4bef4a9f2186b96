"""The content of a problem file to its keys: nothing but what `keys` declares may stand in one."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

import numpy as np
from msgspec import Struct, convert, structs

from tracer.errors import TracerError, shortened, suggest
from tracer.run.keys import ArithmeticKeys, Data, Draw, LayerKeys, OwnEquation, ProblemKeys, Random, Record, Training
from tracer.run.wording import LARGEST_WHOLE, either, shown

#: where the keys of each class stand, for a key that stands elsewhere
PLACES: dict[type[Struct], str] = {
    Data: "under [data]",
    LayerKeys: "under [[layers]]",
    Training: "under [training]",
    Random: "under [random]",
    ArithmeticKeys: "under [arithmetic]",
    ProblemKeys: "at the top of the file, before the first [table]",
}
_WORDS = {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false"}


def checked(data: Mapping[str, Any], where: str) -> ProblemKeys:
    """The content of a problem file to its keys; `where` names the file in errors.

    NumPy arrays and tuples count as lists. Raises TracerError T103 for an unknown key, a value of the wrong kind and
    a key that is missing.
    """
    plain = _plain(data)
    _check_table(plain, ProblemKeys, where)
    return convert(plain, ProblemKeys)


def _plain(value: Any) -> Any:
    """The same value made of what a TOML file can hold."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _check_table(table: Mapping[Any, Any], keys: type[Struct], where: str) -> None:
    known = _fields(keys)
    for key, value in table.items():
        if not isinstance(key, str) or key not in known:
            raise TracerError("T103", where, f"unknown key '{shortened(key)}'.", _known_elsewhere(key, keys))
        kind, description = known[key]
        if wrong := _misfit(value, kind, key):
            raise TracerError("T103", where, *wrong, f"{key}: {description}")
        for number, item in enumerate(value if isinstance(value, list) else [value], 1):
            inner = next((part for part in _members(kind, value, item) if _is_table(part)), None)
            if inner:
                name = _element(key, number) if isinstance(value, list) else f"[{key}]" if keys is ProblemKeys else key
                _check_table(item, inner, f"{where}, {name}")
    for field in structs.fields(keys):
        if field.required and field.name not in table:
            raise TracerError("T103", where, f"{field.name} is missing.", "", f"{field.name}: {known[field.name][1]}")


def _known_elsewhere(key: Any, keys: type[Struct]) -> str:
    """What to do about an unknown key: perhaps it only stands in the wrong place."""
    places = [place for other, place in PLACES.items() if other is not keys and key in _fields(other)]
    return f"This key belongs {places[0]}." if places else suggest(str(key), _fields(keys))


@cache
def _fields(keys: type[Struct]) -> dict[str, tuple[Any, str]]:
    """The type and the description of each key."""
    hints = typing.get_type_hints(keys, include_extras=True)
    return {name: (hint.__origin__, hint.__metadata__[0].description) for name, hint in hints.items()}


def _is_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _union(kind: Any) -> tuple[Any, ...]:
    """The members of a union without None, or the type alone."""
    if typing.get_origin(kind) not in (typing.Union, types.UnionType):
        return (kind,)
    return tuple(part for part in typing.get_args(kind) if part is not type(None))


def _members(kind: Any, value: Any, item: Any) -> list[Any]:
    """The types that `item` may have: a value of its own, or an element of the list `value`."""
    found = _union(kind)
    if isinstance(value, list):
        lists = (part for part in found if typing.get_origin(part) is list)
        found = tuple(inner for part in lists for inner in _union(typing.get_args(part)[0]))
    return [part for part in found if isinstance(item, Mapping)]


def _element(key: str, number: int) -> str:
    return f"{key.removesuffix('s')} {number}"


def _misfit(value: Any, kind: Any, name: str) -> tuple[str, str] | None:
    """What was found and what was expected, where a value is not of a type; None where it is."""
    if value is None and type(None) in typing.get_args(kind):
        return None
    for part in _union(kind):
        origin = typing.get_origin(part)
        if origin is list and isinstance(value, list):
            found = (_misfit(item, typing.get_args(part)[0], _element(name, at)) for at, item in enumerate(value, 1))
            return next((item for item in found if item), None)
        if origin is dict and isinstance(value, Mapping):
            if other := [key for key in value if not isinstance(key, str)]:  # only from Python: TOML has none
                return f"{name} has a key that is {shown(other[0])}.", "Expected texts as keys."
            found = (_misfit(item, typing.get_args(part)[1], f"{name}.{shortened(at)}") for at, item in value.items())
            return next((item for item in found if item), None)
    if any(_is(value, part) for part in _union(kind)):
        return None
    if float in _union(kind) and _is(value, int):
        return f"{name} is {shown(value)}.", "Expected a smaller number."
    return f"{name} is {shown(value)}.", f"Expected {either([_in_words(part, name) for part in _union(kind)])}."


def _is(value: Any, kind: Any) -> bool:
    """Whether a value is of a type that is neither a union nor a list nor a dict."""
    if typing.get_origin(kind) is Literal:
        return isinstance(value, str) and value in typing.get_args(kind)
    if kind is Any:
        return True
    if _is_table(kind):
        return isinstance(value, Mapping)
    if kind is float:
        return isinstance(value, float) or (_is(value, int) and abs(value) < LARGEST_WHOLE)
    origin = typing.get_origin(kind) or kind
    return isinstance(value, origin) and not (isinstance(value, bool) and kind is not bool)


def _in_words(kind: Any, name: str) -> str:
    """A type for a person who writes TOML."""
    origin = typing.get_origin(kind)
    if origin is Literal:
        return either([f'"{word}"' for word in typing.get_args(kind)])
    if origin is dict and name in ("activation", "loss", "optimizer", "schedule", "penalty"):
        return "{ name = ... }"
    if origin is list:
        return f"tables, each under its own [[{name}]]" if _is_table(typing.get_args(kind)[0]) else "a list"
    if kind is Draw:
        return '{ draw = "uniform" }'
    if kind is Record:
        return "{ every = 100 }"
    if kind is OwnEquation:
        return '{ equation = "..." }'
    if kind is LayerKeys:
        return "a table, [[layers]]"
    return _WORDS.get(kind) or f"a table, [{name}]"
