"""The keys of a problem file as a JSON Schema, for editors: they complete keys and names, and mark what is unknown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.json import schema as schema_of

from tracer.explain.notation import NOTATIONS
from tracer.ops import OPERATIONS
from tracer.publish.environment import styles
from tracer.run.deviations import DEVIATIONS
from tracer.run.keys import ProblemKeys

DIALECT = "https://json-schema.org/draft/2020-12/schema"

#: keys where another text may stand, and what it looks like: the name of a style of one's own, or an equation
OPEN: Mapping[str, Mapping[str, Any]] = {
    "style": {"type": "string"},
    "loss": {"type": "string", "pattern": "="},
    "schedule": {"type": "string", "pattern": "="},
}
#: which numbers a key may have, by the class of its table and the key
BOUNDS: Mapping[tuple[str, str], Mapping[str, int]] = {
    ("ProblemKeys", "digits"): {"minimum": 1, "maximum": 12},
    ("ArithmeticKeys", "digits"): {"minimum": 1, "maximum": 12},
    ("LayerKeys", "units"): {"minimum": 1},
    ("Training", "steps"): {"minimum": 1},
    ("Training", "epochs"): {"minimum": 1},
    ("Training", "batch"): {"minimum": 1},
}
DIGITS = r"^ *([1-9]|1[0-2])(sf)?( +adaptive)? *$|^ *adaptive *$"


def schema() -> str:
    """The schema as text; the names in it are those of this version.

    >>> json.loads(schema())["$defs"]["LayerKeys"]["properties"]["activation"]["anyOf"][0]["enum"][:3]
    ['identity', 'sigmoid', 'tanh']
    """
    made = schema_of(ProblemKeys)
    parts = made["$defs"]
    for (part, key), names in _names().items():
        here = parts[part]["properties"]
        choice: dict[str, Any] = {"enum": list(names)}
        here[key] = _with_names(here[key], {"anyOf": [choice, OPEN[key]]} if key in OPEN else choice)
    for (part, key), kind in KINDS.items():
        parts[part]["properties"][key] = _with_options(parts[part]["properties"][key], kind)
    for (part, key), bounds in BOUNDS.items():
        parts[part]["properties"][key] = _bounded(parts[part]["properties"][key], bounds)
    digits = parts["ProblemKeys"]["properties"]["digits"]
    digits["anyOf"] = [{**one, "pattern": DIGITS} if one["type"] == "string" else one for one in digits["anyOf"]]
    parts["ProblemKeys"]["anyOf"] = [{"required": ["layers"]}, {"required": ["equations"]}]
    for part in parts.values():
        del part["title"]  # the name of a class is none of an editor's business
    return json.dumps({"$schema": DIALECT, "title": "A problem for Tracer", **made}, indent=2) + "\n"


def _names() -> Mapping[tuple[str, str], Iterable[str]]:
    """Which names a key may have, by the class of its table and the key."""

    def ops(kind: str) -> list[str]:
        return [op.name for op in OPERATIONS if op.kind == kind]

    return {
        ("ProblemKeys", "notation"): NOTATIONS,
        ("ProblemKeys", "style"): styles(),
        ("ProblemKeys", "deviations"): DEVIATIONS,
        ("LayerKeys", "activation"): ops("activation"),
        ("Training", "loss"): ops("loss"),
        ("Training", "schedule"): ops("schedule"),
        ("Training", "optimizer"): ops("optimizer"),
        ("Training", "penalty"): ops("penalty"),
        ("Training", "metrics"): ops("metric"),
    }


#: of which kind the operation is that a key names, alone or in a table with its options
KINDS = {
    ("LayerKeys", "activation"): "activation",
    ("Training", "loss"): "loss",
    ("Training", "schedule"): "schedule",
    ("Training", "optimizer"): "optimizer",
    ("Training", "penalty"): "penalty",
}


def _with_options(key: dict[str, Any], kind: str) -> dict[str, Any]:
    """What a key may be, where every table is an operation of this kind with its options."""
    if "anyOf" in key:
        return {**key, "anyOf": [_with_options(one, kind) for one in key["anyOf"]]}
    if key.get("type") == "array":
        return {**key, "items": _with_options(key["items"], kind)}
    if key.get("type") != "object":
        return key
    ops = [op for op in OPERATIONS if op.kind == kind]
    options = {option.name: {"type": "number", "description": option.says} for op in ops for option in op.options}
    properties = {"name": {"enum": [op.name for op in ops]}, **options}
    return {**key, "properties": properties, "required": ["name"], "additionalProperties": False}


def _bounded(key: dict[str, Any], bounds: Mapping[str, int]) -> dict[str, Any]:
    """What a key may be, where every whole number lies within bounds."""
    if "anyOf" in key:
        return {**key, "anyOf": [_bounded(one, bounds) for one in key["anyOf"]]}
    return {**key, **bounds} if key.get("type") == "integer" else key


def _with_names(key: dict[str, Any], choice: dict[str, Any]) -> dict[str, Any]:
    """What a key may be, where every text is a choice of names."""
    if "anyOf" in key:
        return {**key, "anyOf": [_with_names(one, choice) for one in key["anyOf"]]}
    if key.get("type") == "array":
        return {**key, "items": _with_names(key["items"], choice)}
    if key.get("type") == "string":
        return {**{name: value for name, value in key.items() if name != "type"}, **choice}
    return key
