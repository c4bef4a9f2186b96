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

#: keys where another text may stand: an equation, or the name of a style of one's own
OPEN = {"style", "loss", "schedule"}


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
        here[key] = _with_names(here[key], {"anyOf": [choice, {"type": "string"}]} if key in OPEN else choice)
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


def _with_names(key: dict[str, Any], choice: dict[str, Any]) -> dict[str, Any]:
    """What a key may be, where every text is a choice of names."""
    if "anyOf" in key:
        return {**key, "anyOf": [_with_names(one, choice) for one in key["anyOf"]]}
    if key.get("type") == "array":
        return {**key, "items": _with_names(key["items"], choice)}
    if key.get("type") == "string":
        return {**{name: value for name, value in key.items() if name != "type"}, **choice}
    return key
