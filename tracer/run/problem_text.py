"""The keys of a problem as the text of a problem file (TOML), which reads as the same problem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracer.errors import CONTROL

_SHORT = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}


def problem_text(keys: Mapping[str, Any], comment: str = "") -> str:
    """Keys to text; a comment stands in front of it.

    >>> print(problem_text({"title": "a", "training": {"rate": 0.5}, "layers": [{"weights": [[1, 0.5]]}]}), end="")
    title = "a"
    <BLANKLINE>
    [training]
    rate = 0.5
    <BLANKLINE>
    [[layers]]
    weights = [[1, 0.5]]
    """
    tables = {name: value for name, value in keys.items() if isinstance(value, Mapping)}
    lists = {name: value for name, value in keys.items() if _is_tables(value) and name == "layers"}
    parts = ["\n".join(f"# {line}" for line in comment.split("\n"))] if comment else []
    parts.append(_lines({name: value for name, value in keys.items() if name not in tables and name not in lists}))
    parts += [f"[{_name(name)}]\n{_lines(value)}" for name, value in tables.items()]
    parts += [f"[[{_name(name)}]]\n{_lines(item)}" for name, items in lists.items() for item in items]
    return "\n\n".join(part.rstrip("\n") for part in parts if part) + "\n"


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _lines(table: Mapping[str, Any]) -> str:
    return "\n".join(f"{_name(name)} = {_value(value)}" for name, value in table.items())


def _name(name: str) -> str:
    plain = name.replace("_", "").replace("-", "")
    return name if plain.isascii() and plain.isalnum() else text_value(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return text_value(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_name(name)} = {_value(item)}" for name, item in value.items()) + " }"
    return f"[{', '.join(map(_value, value))}]"


def text_value(text: str) -> str:
    """A text as TOML writes it.

    >>> text_value('a "b"')
    '"a \\\\"b\\\\""'
    """
    written = "".join(_SHORT.get(mark, mark) for mark in text)
    return '"' + CONTROL.sub(lambda mark: _escape(mark[0]), written).replace("\r", "\\r") + '"'


def _escape(mark: str) -> str:
    number = ord(mark)
    return "\ufffd" if 0xD800 <= number <= 0xDFFF else f"\\u{number:04x}"  # half a pair is no character
