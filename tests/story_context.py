"""The reference page of what a story can use, made of the declarations. Rewrite it with

python tests/story_context.py
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import tracer.explain
from tracer.explain.lesson import Lesson
from tracer.explain.lesson_problem import VERSION
from tracer.publish.sandbox import _FILTERS, _GLOBALS, LONGEST, MOST_TURNS

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "reference" / "story-context.md"
GUIDE = DOCS / "stories.md"
EXAMPLE = DOCS / "examples" / "one-page"

#: what leads out of the lesson: the engine's own values, of which a story sees names and plain numbers alone
#: what the writers of pages use of a language
NOT_PUBLIC = {"Language": {"sentences", "symbols", "known", "missing", "where"}}
NOT_TOLD = {"Problem", "Trace", "Network", "Reading", "Entry", "Ref", "Digits"}

FILTERS = ", ".join(f"`{name}`" for name in _FILTERS)
GLOBALS = ", ".join(f"`{name}`" for name in _GLOBALS)
HEAD = f"""\
# What a story can use

A story is a template of [Jinja](https://jinja.palletsprojects.com/) that sees one name, `lesson`. This page lists what
can be read from it. It is made of the declarations (`python tests/story_context.py`), and a test compares the two.
How to write a story is told in [Stories of your own](../stories.md).

**Version {VERSION}** (`lesson.version`). The number is raised when something listed here is taken away, gets another
name or another meaning; what is only added leaves it as it is. A story
can ask: `{{% if lesson.version != {VERSION} %}}`.

Texts are finished. *TeX* stands without dollar signs; *a sentence* is story Markdown; what a user wrote (titles, notes,
what own equations say) goes through the filter `text`. A tuple can be gone through with `for`, is false where it is
empty, and is counted by `length`. Everything is computed when it is asked for.

## Filters, names and limits

Filters: `text` (makes a user's text safe in Markdown), `capitalize_first` (the first letter as a capital, the others as
they are), and of Jinja's {FILTERS}.

Functions: `range`, {GLOBALS}.

A page takes at most {MOST_TURNS:,} turns of all its loops and calls together, makes no text of more than {LONGEST:,}
characters, holds at most {MOST_TURNS:,} pieces in a list, and prints at most {LONGEST:,} characters. A name that
begins with an underscore, an array, a file and code cannot be reached. What a story does wrong is an error (T502) with
its file and line.
"""


@cache
def classes() -> dict[str, type]:
    """Every class of `tracer.explain` by its name."""
    found: dict[str, type] = {}
    for item in pkgutil.iter_modules(tracer.explain.__path__):
        module = importlib.import_module(f"tracer.explain.{item.name}")
        for name, thing in vars(module).items():
            if inspect.isclass(thing) and thing.__module__.startswith("tracer.explain"):
                found[name] = thing
    return found


@cache
def reached(start: type) -> list[type]:
    """A class and those that its attributes lead to, each once, in the order in which they are met."""
    known, found, waiting = classes(), [start], [start]
    while waiting:
        for _, _, kind, _ in members(waiting.pop(0)):
            for name in re.findall(r"\w+", kind):
                other = known.get(name)
                if other is not None and other not in found and name not in NOT_TOLD:
                    found.append(other)
                    waiting.append(other)
    return found


def members(of: type) -> Iterator[tuple[str, str, str, str]]:
    """Name, arguments, type and first paragraph of everything public, in the order of the source."""
    fields = {item.name: str(item.type) for item in dataclasses.fields(of)} if dataclasses.is_dataclass(of) else {}
    for name, kind in fields.items():
        if not name.startswith("_") and name not in NOT_PUBLIC.get(of.__name__, ()):
            yield name, "", kind, ""
    chapters = [one for one in reversed(of.__mro__) if one.__module__.startswith("tracer.explain")]
    yield from (row for chapter in chapters for row in described(chapter))
    for name, thing in (item for chapter in chapters for item in vars(chapter).items()):
        if name.startswith("_") or name in fields:
            continue
        if isinstance(thing, (property, cached_property)):
            made: Any = thing.fget if isinstance(thing, property) else thing.func
            yield name, "", str(made.__annotations__.get("return", "")), first(made.__doc__)
        elif inspect.isfunction(thing):
            asked = [item for item in inspect.signature(thing).parameters.values() if item.name != "self"]
            arguments = ", ".join(item.name if item.default is item.empty else f"{item.name}=..." for item in asked)
            yield name, f"({arguments})", str(thing.__annotations__.get("return", "")), first(thing.__doc__)


def described(of: type) -> Iterator[tuple[str, str, str, str]]:
    """The attributes that are set when an object is made, below a comment `#: name (type): what it is`."""
    for comment in re.findall(r"^ +#: ?(\w+ \(.*(?:\n +#:.*)*)", inspect.getsource(of), re.MULTILINE):
        for found in re.finditer(r"(\w+) \((\w+)\): ([^;]+)", re.sub(r"\n +#:", "", comment)):
            yield found[1], "", found[2], f"{found[3][:1].upper()}{found[3][1:]}."


def first(text: str | None) -> str:
    """The first paragraph of a docstring, in one line."""
    return " ".join((inspect.cleandoc(text or "").split("\n\n") or [""])[0].split())


def told_type(kind: str, sections: set[str]) -> str:
    """A type in words, with links to the records that have a section here."""
    kind = re.sub(r"\s*\|\s*", " or ", kind).replace("cached_property", "")
    kind = re.sub(r"tuple\[(.+?), \.\.\.\]", r"tuple of \1", kind)
    return re.sub(
        r"\b[A-Z]\w+", lambda word: f"[{word[0]}](#{word[0].lower()})" if word[0] in sections else word[0], kind
    )


def cell(text: str) -> str:
    """A text in a cell of a table."""
    return text.replace("|", "\\|").replace("<", "&lt;")


@cache
def page() -> str:
    """The whole page."""
    found = reached(Lesson)
    sections = {of.__name__ for of in found}
    parts = [HEAD]
    for of in found:
        parts.append(f"\n## {of.__name__}\n\n{first(of.__doc__)}\n")
        rows = list(members(of))
        about = any(text for *_, text in rows)
        parts.append("\n| name | type |" + (" what it is |" if about else ""))
        parts.append("\n| --- | --- |" + (" --- |" if about else "") + "\n")
        for name, arguments, kind, text in rows:
            row = f"| `{name}{arguments}` | {cell(told_type(kind, sections))} |"
            parts.append(row + (f" {cell(text)} |" if about else "") + "\n")
    return "".join(parts)


def guide() -> str:
    """The page about stories, with the example story in it."""
    head, between, tail = re.split(r"(<!-- /?example story -->\n)", GUIDE.read_text(encoding="utf-8"))[::2]
    del between
    story = (EXAMPLE / "walkthrough" / "one-page.md.j2").read_text(encoding="utf-8")
    return f"{head}<!-- example story -->\n```jinja\n{story}```\n<!-- /example story -->\n{tail}"


if __name__ == "__main__":
    GUIDE.write_text(guide(), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
