"""What a fence or a marker asks for, as text, to a checked `Fence`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from tracer.errors import TracerError, shortened, suggest


class Key(NamedTuple):
    """A key of a fence: the kinds of value it takes, what it says, and whether only a marker has it."""

    kinds: tuple[type, ...]
    says: str
    marker: bool = False


#: every key of a fence, in the order in which the reference tells them
KEYS: Mapping[str, Key] = {
    "problem": Key((str,), "a problem file or trace file, seen from the page, or a built-in problem"),
    "show": Key((str,), "what is shown of it"),
    "style": Key((str,), "how it is told, where styles differ"),
    "notation": Key((str,), "names, index letters and signs"),
    "digits": Key((int, str), 'decimals (4), significant figures ("4sf") or "adaptive"'),
    "steps": Key((int,), "how many training steps are run"),
    "step": Key((int,), "the training step that is told"),
    "arithmetic": Key((int, str), 'rounding as by hand ("3 half-up")'),
    "deviations": Key((list, str), "named mistakes that the run makes"),
    "decimal": Key((str,), 'the decimal sign, "." or ","'),
    "times": Key((str,), 'the sign of multiplication, "dot" or "cross"'),
    "colour": Key((bool,), "whether each kind of value has a colour of its own"),
    "ground": Key((str,), 'that pictures are for a "light" or a "dark" page; else they follow the reader\'s system'),
    "templates": Key((str,), "a folder of stories, in their language, seen from the page"),
    "ask": Key((str,), "what a checked sheet was asked for"),
    "hint": Key((bool,), "of a checked sheet the first wrong step alone"),
    "level": Key((int,), "the rank of the uppermost headings, 1 to 6"),
    "anchors": Key((str,), "what every link target of this piece begins with"),
    "dialect": Key((str,), "how this page writes formulas", marker=True),
}


@dataclass(frozen=True)
class Fence:
    """What is asked for; see `KEYS`. For messages, `where` is the place of it all, and `places` those of keys."""

    problem: str = ""
    show: str = "all"
    style: str = ""
    notation: str = ""
    digits: int | str = ""
    steps: int | None = None
    step: int | None = None
    arithmetic: int | str = ""
    deviations: tuple[str, ...] | None = None
    decimal: str = ""
    times: str = ""
    colour: bool = False
    ground: str = ""
    templates: str = ""
    ask: str = ""
    hint: bool = False
    level: int = 3
    anchors: str = ""
    dialect: str = ""
    where: str = ""
    places: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def show_at(self) -> str:
        """Where it is said what is shown."""
        return self.places.get("show", self.where)

    @property
    def given(self) -> tuple[str, ...]:
        """The keys that say something else than they do when they are left out."""
        return tuple(one.name for one in fields(self) if one.name in KEYS and getattr(self, one.name) != one.default)


def read_fence(text: str, file: str = "", line: int = 1) -> Fence:
    """The text between the lines of a fence to what it asks for. `file` and `line`, where that text begins, are for
    messages, which name the line of a wrong key.

    Raises TracerError T801 for what is not TOML, T802 for an unknown key and a value of the wrong kind.

    >>> read_fence('problem = "mazur"\\nshow = "weight w5"').show
    'weight w5'
    """
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise _not_toml(error, text, file, line) from None
    lines = text.split("\n")

    def place(key: str) -> str:
        spelt = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]")
        at = next((number for number, said in enumerate(lines) if spelt.match(said)), 0)
        return place_of(file, line + at)

    return fence_of(values, place, place_of(file, line))


def fence_of(values: Mapping[str, Any], place: Callable[[str], str], where: str, marker: bool = False) -> Fence:
    """Keys and values to what they ask for; `place` says where a key stands. Raises TracerError T802."""
    known = [name for name, key in KEYS.items() if marker or not key.marker]
    for name, value in values.items():
        if name not in known:
            raise TracerError("T802", place(name), f"unknown key '{shortened(name)}'.", suggest(name, known))
        if type(value) not in KEYS[name].kinds:
            found = f"{name} is {_kind(type(value))}."
            raise TracerError("T802", place(name), found, f"Expected {' or '.join(map(_kind, KEYS[name].kinds))}.")
    made = dict(values)
    if "deviations" in made:
        named = made["deviations"]
        made["deviations"] = tuple(map(_frozen, [named] if isinstance(named, str) else named))
    if not 1 <= made.get("level", 1) <= 6:
        raise TracerError("T802", place("level"), f"level is {made['level']}.", "Expected 1 to 6.")
    if not re.fullmatch(r"([A-Za-z][\w-]*)?", made.get("anchors", ""), re.ASCII):
        found = f"anchors is '{shortened(made['anchors'])}'."
        raise TracerError("T802", place("anchors"), found, "Expected letters, digits and dashes, a letter first.")
    if made.get("ground", "") not in ("", "light", "dark"):
        found = f"ground is '{shortened(made['ground'])}'."
        raise TracerError("T802", place("ground"), found, "Expected light or dark.")
    return Fence(**made, where=where, places={name: place(name) for name in made})


def place_of(file: str, line: int) -> str:
    """A line of a file, for messages."""
    return f"{file}, line {line}" if file else f"line {line}"


def _frozen(deviation: Any) -> str:
    """A deviation in words, as a command line says it: `slope-dropped layer=1`."""
    if not isinstance(deviation, Mapping):
        return str(deviation)
    places = (f"{key}={value}" for key, value in deviation.items() if key != "name")
    return " ".join([str(deviation.get("name", "")), *places])


_KINDS = {str: "a text in quotes", int: "a whole number", bool: "true or false", list: "a list", dict: "a table"}


def _kind(kind: type) -> str:
    return _KINDS.get(kind, "a number" if kind is float else "a date")


def _not_toml(error: Exception, text: str, file: str, line: int) -> TracerError:
    """What the TOML reader found wrong, with its line in the file."""
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", str(error), re.DOTALL)
    said = shortened(found[1] if found else error, 120).rstrip(".")
    at = int(found[2]) if found and found[2] else text.rstrip("\n").count("\n") + 1
    wrong = f"this is not TOML: {said[:1].lower()}{said[1:]}."
    return TracerError("T801", place_of(file, line + at - 1), wrong, 'Expected lines such as  problem = "mazur".')
