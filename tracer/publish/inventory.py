"""What there is, by kind: the tables of `tracer list`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from tracer.explain.notation import NOTATIONS
from tracer.ops import OPERATIONS, Op
from tracer.publish.environment import styles_told
from tracer.run.deviations import DEVIATIONS
from tracer.run.loading import built_in, load

#: kind -> the name of each and what it is
KINDS: Mapping[str, Callable[[], Iterable[tuple[str, str]]]] = {
    "problems": lambda: [(name, load(name).title) for name in built_in()],
    "notations": lambda: [(name, item.source) for name, item in NOTATIONS.items()],
    "ops": lambda: [(op.name, f"{op.kind}: {'; '.join(map(str, op.equations))}{_options(op)}") for op in OPERATIONS],
    "styles": lambda: styles_told().items(),
    "deviations": lambda: [(name, item.title) for name, item in DEVIATIONS.items()],
}


def _options(op: Op) -> str:
    """The options of an operation and what they are unless a problem file says otherwise."""
    values = ", ".join(f"{option.name} = {option.value:.12g}" for option in op.options)
    return f"; options: {values}" if values else ""


def inventory(kind: str = "") -> str:
    """One kind as a table, or all of them under their names.

    >>> "  mazur " in inventory("problems")
    True
    """
    if not kind:
        return "".join(f"{name}:\n{inventory(name)}" for name in KINDS)
    rows = list(KINDS[kind]())
    width = max(len(name) for name, _ in rows)
    return "".join(f"  {name.ljust(width)}  {text}".rstrip() + "\n" for name, text in rows)
