"""A problem file, the name of a built-in problem or a mapping to a checked `Problem`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from tracer.errors import TracerError, shortened, suggest
from tracer.run.given_problem import from_keys
from tracer.run.problem import Problem

LARGEST_FILE = 10_000_000  # bytes


def built_in() -> dict[str, Path]:
    """The built-in problems, by name."""
    folder = resources.files("tracer.problems")
    found = sorted(item.name for item in folder.iterdir() if item.name.endswith(".toml"))
    return {name.removesuffix(".toml"): Path(str(folder / name)) for name in found}


def load(problem: str | Path | Mapping[str, Any]) -> Problem:
    """A file, the name of a built-in problem, or a mapping with the same keys, to a `Problem`.

    Raises TracerError T101 to T107 and T201 to T204.

    >>> load("mazur").inputs.tolist()
    [[0.05, 0.1]]
    """
    if isinstance(problem, Mapping):
        return from_keys(dict(problem), "problem")
    if not isinstance(problem, str | Path):
        expected = "Expected a file, the name of a built-in problem, or a mapping with the keys of a file."
        raise TracerError("T101", "problem", f"this is no problem: {shortened(repr(problem))}.", expected)
    known = built_in()
    path = Path(problem)
    try:
        missing = not path.exists()
    except OSError as error:
        raise TracerError("T101", shortened(problem), f"the file cannot be read: {error.strerror}.") from None
    if missing and str(problem) in known:
        path = known[str(problem)]
    elif missing:
        hint = suggest(str(problem), known) if "." not in path.name else "Check the name and the folder it is in."
        found = "there is no such file and no built-in problem of this name."
        raise TracerError("T101", shortened(problem, 200), found, hint)
    return parse(read(path), shortened(path.name or path, 200))


def read(path: Path) -> str:
    """The text of a problem file. Raises TracerError T101."""
    where = shortened(path.name or path, 200)
    try:
        if path.is_dir():
            raise TracerError("T101", where, "this is a folder.", "Expected a TOML file.", "Name a file inside it.")
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)  # never more, whatever it is: /dev/zero has no end
    except OSError as error:
        raise TracerError("T101", where, f"the file cannot be read: {error.strerror}.") from None
    if len(content) > LARGEST_FILE:
        limit = f"Expected at most {LARGEST_FILE:,} bytes."
        raise TracerError("T101", where, "the file is too large.", limit, "Leave examples out.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{content[error.start]:02x} is not UTF-8."
        raise TracerError("T101", f"{where}, line {line}", found, "", "Save the file as UTF-8 text.") from None


def parse(text: str, where: str = "problem") -> Problem:
    """The text of a problem file to a `Problem`; `where` names the file in errors."""
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise TracerError("T102", where, "brackets are nested too deep.") from None
    except ValueError as error:  # also for whole numbers with thousands of digits
        raise _not_toml(str(error), text, where) from None
    return from_keys(data, where)


def _not_toml(message: str, text: str, where: str) -> TracerError:
    """What the TOML reader found wrong, with the line it stands in."""
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message, re.DOTALL)
    said = shortened(found[1] if found else message, 200).rstrip(".")
    if "digits" in said:
        said = "a whole number has too many digits"
    if found and found[2]:
        line = text.split("\n")[int(found[2]) - 1].strip()
        where += f", line {found[2]}, column {found[3]} of '{shortened(line)}'"
    elif found:
        where += ", at the end"
    remedy = "Texts stand in quotes, lists in [ ]; toml.io shows the rest."
    return TracerError("T102", where, f"this is not TOML: {said[:1].lower()}{said[1:]}.", "", remedy)
