"""The reference page of problem files: every key, from the classes that read them."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from importlib import resources
from typing import Any

from tracer.publish.schema import schema

#: where the names stand that a key can have
NAMES = {
    ("ProblemKeys", "notation"): "[a notation](notations.md)",
    ("ProblemKeys", "style"): "[a style](templates.md#styles)",
    ("ProblemKeys", "deviations"): "[misconceptions](misconceptions.md)",
    ("LayerKeys", "activation"): "[an activation](operations.md#activations)",
    ("Training", "loss"): "[a loss](operations.md#losses)",
    ("Training", "schedule"): "[a schedule](operations.md#schedules)",
    ("Training", "optimizer"): "[an optimizer](operations.md#optimizers)",
    ("Training", "penalty"): "[a penalty](operations.md#penalties)",
    ("Training", "metrics"): "[metrics](operations.md#metrics)",
}
HEAD = """\
# Problem files

A problem file is [TOML](https://toml.io). It says a network with its data, or bare equations with values, and how they
are trained. `tracer new mine.toml` writes this one, which runs as it is:

```toml
{example}```

`tracer schema` writes the same keys as a JSON Schema, with which an editor completes keys and names. A key that is
wrong, missing or of no use is [an error](errors.md) that names it.
"""

#: an example of every key, as a line of its table; a test reads each of them
EXAMPLES: dict[str, dict[str, str]] = {
    "ProblemKeys": {
        "title": 'title = "Exclusive or"',
        "source": 'source = "Exercise 3 of the lecture"',
        "note": 'note = "One bias for each layer."',
        "notation": 'notation = "mazur"',
        "style": 'style = "gokadin"',
        "digits": 'digits = "4sf"',
        "weights_layout": 'weights_layout = "out-in"',
        "data": "[data]",
        "layers": "[[layers]]",
        "values": "[values]",
        "parameters": "parameters = { p = 1.5 }",
        "equations": 'equations = ["q = x + y", "f = q * z"]',
        "sizes": "sizes = { j = 2 }",
        "state": "state = { vw1 = [[0, 0], [0, 0]] }",
        "deviations": 'deviations = ["slope-dropped"]',
        "training": "[training]",
        "random": "random = { seed = 7 }",
        "arithmetic": "arithmetic = { digits = 3 }",
    },
    "Data": {
        "inputs": "inputs = [[1, 0.5], [0, 1]]",
        "targets": "targets = [[1], [0]]",
        "labels": "labels = [1, 0]",
        "first_label": "first_label = 1",
    },
    "LayerKeys": {
        "units": "units = 2",
        "activation": 'activation = { name = "leaky-relu", alpha = 0.1 }',
        "weights": "weights = [[0.2, -0.4], [0.3, 0.1]]",
        "bias": "bias = [0.1, -0.2]",
        "bias_updated": "bias_updated = false",
        "equations": 'equations = ["z[n,j] = sum(i, x[n,i] * v[i,j])"]',
        "parameters": "parameters = { v = [[0.2, -0.4], [0.3, 0.1]] }",
    },
    "Draw": {
        "draw": 'weights = { draw = "xavier" }',
        "low": 'weights = { draw = "uniform", low = -0.5 }',
        "high": 'weights = { draw = "uniform", high = 0.5 }',
        "mean": 'weights = { draw = "normal", mean = 0 }',
        "deviation": 'weights = { draw = "normal", deviation = 0.1 }',
    },
    "OwnEquation": {
        "equation": 'equation = "f = x * y"',
        "says": 'says = "the product"',
        "padded": "padded = true",
        "slopes": 'slopes = { x = "y" }',
        "given": 'given = "y is not 0"',
        "routing": "routing = true",
    },
    "Training": {
        "loss": 'loss = "half-squared-error"',
        "rate": "rate = 0.5",
        "schedule": 'schedule = { name = "exponential", gamma = 0.9 }',
        "steps": "steps = 100",
        "epochs": "epochs = 10",
        "batch": "batch = 1",
        "shuffle": "shuffle = true",
        "drop_last": "drop_last = true",
        "optimizer": 'optimizer = { name = "momentum", beta = 0.8 }',
        "penalty": 'penalty = "l2"',
        "clip": "clip = 1.0",
        "metrics": 'metrics = ["binary-accuracy"]',
        "record": "record = { every = 100 }",
        "update_order": 'update_order = "one-by-one"',
    },
    "ArithmeticKeys": {
        "digits": 'digits = "3sf"',
        "rounding": 'rounding = "half-up"',
        "carried": "carried = false",
        "quantities": 'quantities = { delta = "4", w2_new = "3 truncate" }',
    },
    "Random": {"seed": "seed = 7", "generator": 'generator = "legacy"'},
    "Record": {"every": "record = { every = 100 }"},
}
_KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "`true` or `false`",
    "array": "a list",
    "object": "a table",
}


def page() -> str:
    """The whole page."""
    new = resources.files("tracer.templates").joinpath("problem.toml").read_text(encoding="utf-8")
    parts = [HEAD.format(example=new)]
    for name, table in json.loads(schema())["$defs"].items():
        place, _, says = table["description"].partition(": ")
        if name == "ProblemKeys":
            title = "Keys of the file"
        elif place.startswith(("[", "{")):
            title = f"`{place}`: {says.rstrip('.')}"
        else:
            title, says = "Equations of your own", table["description"]
        parts.append(f"\n## {title}\n")
        if title == "Equations of your own":
            parts.append(f"\n{says}\n")
        parts.append("\n| key | what it says | may be | unless given | example |\n| --- | --- | --- | --- | --- |\n")
        for key, about in table["properties"].items():
            row = [f"`{key}`", _cell(about["description"]), _kind(name, key, about), _default(name, key, table)]
            parts.append(f"| {' | '.join(row)} | `{EXAMPLES[name][key]}` |\n")
    return "".join(parts)


def _kind(table: str, key: str, about: dict[str, Any]) -> str:
    """What a value may be, in words."""
    if (table, key) in NAMES:
        return NAMES[table, key]
    found = list(dict.fromkeys(filter(None, _kinds(about))))
    return " or ".join(found)


def _kinds(about: dict[str, Any]) -> Iterator[str]:
    if "anyOf" in about:
        for one in about["anyOf"]:
            yield from _kinds(one)
    elif "enum" in about:
        yield " or ".join(f"`{json.dumps(one)}`" for one in about["enum"])
    elif "$ref" in about:
        yield "numbers to be drawn" if about["$ref"].endswith("/Draw") else "a table, see below"
    elif about.get("type") in _KINDS:
        yield _KINDS[about["type"]]
    elif about.get("type") != "null":
        yield "any value"


def _default(name: str, key: str, table: dict[str, Any]) -> str:
    if key in table.get("required", ()):
        return "must be given"
    value = table["properties"][key].get("default")
    return "–" if value in ("", None, [], {}) else f"`{json.dumps(value)}`"


def _cell(text: str) -> str:
    return re.sub(r"(\{ [^}]*\}|\b\w+(?:_\w+)+\b|numpy[\w.]+\(\w+\))", r"`\1`", text.replace("|", r"\|"))


# -- examples, put where they belong

LAYER = {"activation": "sigmoid", "weights": [[0.2, -0.4], [0.3, 0.1]], "bias": [0.1, -0.2]}
BASE: dict[str, Any] = {
    "data": {"inputs": [[1.0, 0.5], [0.0, 1.0]], "targets": [[1, 0], [0, 1]]},
    "layers": [LAYER, LAYER],
    "training": {"loss": "half-squared-error", "rate": 0.5},
}
BARE: dict[str, Any] = {"equations": ["q = x + y", "f = q * z"], "values": {"x": -2, "y": 5, "z": -4}}


def with_example(table: str, key: str) -> dict[str, Any]:
    """The keys of a problem in which the example of a key stands."""
    example = tomllib.loads(EXAMPLES[table][key])
    made = deepcopy(BASE)
    match table, key:
        case "ProblemKeys", "equations" | "values":
            return BARE | (example if key == "equations" else {})
        case "ProblemKeys", "parameters":
            return {"equations": ["f = x * p"], "values": {"x": 2}, "training": {"rate": 0.1}} | example
        case "ProblemKeys", "data" | "layers" | "training":
            return made
        case "ProblemKeys", "state":
            made["training"]["optimizer"] = "momentum"
        case "OwnEquation", _:
            own = {"equation": "f = x * y"} | ({"slopes": {"x": "y"}} if key == "given" else {})
            return {"equations": [own | example], "values": {"x": 2.0, "y": 3.0}}
        case "Data", "labels" | "first_label":
            del made["data"]["targets"]
            made["data"] |= {"labels": [1, 2] if key == "first_label" else [0, 1]}
        case "Data", "targets":
            made["layers"][-1] = {"weights": [[0.5], [0.2]]}
        case "LayerKeys", "equations" | "parameters":
            both = EXAMPLES["LayerKeys"]["equations"], EXAMPLES["LayerKeys"]["parameters"]
            made["layers"] = [tomllib.loads("\n".join(both)), LAYER]
        case "LayerKeys" | "Draw", _:
            drawn = {"units": 2} if table == "Draw" else {}
            made["layers"] = [LAYER | drawn | example, LAYER]
        case "Training", "batch" | "shuffle" | "epochs" | "drop_last":
            made["training"]["batch"] = 1
    place = {"Data": "data", "Training": "training", "Record": "training", "ArithmeticKeys": "arithmetic"}.get(table)
    place = "random" if table == "Random" else place
    if place:
        made[place] = made.get(place, {}) | example
    elif table == "ProblemKeys":
        made |= example
    return made
