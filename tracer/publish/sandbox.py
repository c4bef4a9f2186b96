"""Where stories run: in a sandbox from which no name leads to files or code, and which no story can keep busy.

A story may come from a stranger. It sees a lesson, plain texts and numbers, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.runtime import Context, markup_join, str_join
from jinja2.sandbox import SandboxedEnvironment

MOST_TURNS = 1_000_000  # of all loops and calls together, in one page
MOST_KNOWN = 10_000  # kinds of things with what a story looks at in them, kept
LONGEST = 10_000_000  # characters or items that a story may make at once, and characters that it may print
#: methods of texts that can make a long one of a short one; filters do the same and are watched
_GROWING = ("center", "expandtabs", "format_map", "join", "ljust", "replace", "rjust", "translate", "zfill")
#: what a story may look into, besides what Tracer and Jinja make themselves
_PLAIN = (str, int, float, bool, type(None), tuple, list, dict, range)
_FILTERS = (
    "abs batch capitalize count d default dictsort e escape first float groupby int items join last length list "
    "lower map max min reject rejectattr replace reverse round safe select selectattr slice sort string sum title "
    "trim unique upper"
).split()
_OURS = Path(str(resources.files("tracer.templates")))
_GLOBALS = ("dict", "namespace", "joiner", "cycler")

_turns: ContextVar[int] = ContextVar("turns", default=0)
_printed: ContextVar[int] = ContextVar("printed", default=0)


class Sandbox(SandboxedEnvironment):
    """Jinja with undefined names as errors; what it refuses is a `jinja2.exceptions.SecurityError`."""

    intercepted_binops = frozenset(["*", "**", "%", "+"])

    def __init__(self, loader: jinja2.BaseLoader, *, escapes: bool = False) -> None:
        super().__init__(
            loader=loader,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=escapes,
        )
        self._safe: dict[tuple[type, str], bool] = {}  # a class has the same page very often
        self.filters = {name: self.filters[name] for name in _FILTERS} | _WATCHED
        self.globals = {name: self.globals[name] for name in _GLOBALS} | {"range": _counted}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a story may look: not into arrays, paths or modules, which lead to files."""
        kind = type(obj)
        safe = self._safe.get((kind, attr))
        if safe is None:
            if issubclass(kind, str) and attr in _GROWING:
                raise SecurityError(f"a text has no '{attr}' in a story; there are filters")
            maker = kind.__module__.partition(".")[0]
            known = issubclass(kind, _PLAIN) or maker in ("tracer", "jinja2", "markupsafe")
            safe = known and super().is_safe_attribute(obj, attr, value)  # it looks at the kind of thing alone, too
            if len(self._safe) < MOST_KNOWN:
                self._safe[kind, attr] = safe
        return safe

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """`*`, `**` and `%`, as far as they cannot fill the memory."""
        if operator == "%" and isinstance(left, str):
            raise SecurityError("a text cannot be formatted with %; join texts with ~")
        if operator == "**" and (abs(left) > 1e6 or abs(right) > 64):
            raise SecurityError("this power is too large")
        if operator == "+" and hasattr(left, "__len__") and hasattr(right, "__len__"):
            _check_length(len(left) + len(right))
        for one, other in ((left, right), (right, left)):
            if operator == "*" and hasattr(one, "__len__"):
                _check_length(len(one) * int(other))
        return super().call_binop(context, operator, left, right)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """A call, counted as a turn: stories can call pieces that call pieces."""
        _take_turn()
        return _held(super().call(__context, __obj, *args, **kwargs))

    def wrap_str_format(self, value: Any) -> Any:
        """`format` of a text, without widths that would fill the memory."""
        made = super().wrap_str_format(value)
        if made is not None and re.search(r"[0-9]{4}|:[^}]*\{", str(value.__self__)):
            raise SecurityError("this format is too wide")
        return made and _filled(str(value.__self__), made)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """A story as a tree in which every loop, every `~` and everything printed is watched; ours need no watching."""
        tree = super()._parse(source, name, filename)
        if filename is None or not Path(filename).is_relative_to(_OURS):
            for loop in list(tree.find_all(nodes.For)):
                loop.iter = _watched(loop.iter, "turns of")
            for made in list(tree.find_all((nodes.List, nodes.Tuple, nodes.Dict))):
                if not isinstance(made, nodes.Tuple) or made.ctx == "load":
                    _hold(made)
            for joined in list(tree.find_all(nodes.Concat)):
                joined.nodes = [_watched(nodes.List(joined.nodes, lineno=joined.lineno), "joined")]
            for printed in list(tree.find_all(nodes.Output)):
                printed.nodes = [_watched(node, "printed") for node in printed.nodes]
        return tree


def told_in(template: jinja2.Template, names: Iterable[tuple[str, Any]]) -> str:
    """A template told with these names; its loops have turns enough for any page, and no more."""
    _turns.set(0)
    _printed.set(0)
    return template.render(dict(names))


def block_in(template: jinja2.Template, names: Iterable[tuple[str, Any]], block: str, turn: int = 1) -> str | None:
    """What a block of a template prints the `turn`th time it is told, with all that is set above it; None where it is
    not told so often."""
    _turns.set(0)
    _printed.set(0)
    context = template.new_context(dict(names))
    told: list[str] = []

    def kept(inner: Context) -> Iterator[str]:
        told.append("".join(own(inner)))
        yield told[-1]

    if block not in context.blocks:
        return None
    own = context.blocks[block][0]
    context.blocks[block] = [kept]
    try:
        for _ in template.root_render_func(context):
            if len(told) >= turn:
                break
    except Exception:
        template.environment.handle_exception()  # the lines of the template, as `render` says them
    return told[turn - 1] if len(told) >= turn else None


def _counted(*ends: int) -> Iterator[int]:
    """range, whose turns are counted over the whole page."""
    for number in range(*ends):
        _take_turn()
        yield number


def _take_turn() -> None:
    turns = _turns.get() + 1
    if turns > MOST_TURNS:
        raise SecurityError(f"the loops of this story take more than {MOST_TURNS:,} turns")
    _turns.set(turns)


def _check_length(length: int) -> None:
    if length > LONGEST:
        raise SecurityError(f"more than {LONGEST:,} pieces are made at once")


def _watched(node: nodes.Node, how: str) -> nodes.Expr:
    assert isinstance(node, nodes.Expr)
    return nodes.Filter(node, how, [], [], None, None, lineno=node.lineno)


def _filled(text: str, made: Callable[..., str]) -> Callable[..., str]:
    """`format` of a text whose slots are not filled with more than a text may have."""

    def filled(*args: Any, **parts: Any) -> str:
        _check_length((text.count("{") + 1) * max((len(str(part)) for part in (*args, *parts.values())), default=0))
        return made(*args, **parts)

    return filled


def _hold(made: nodes.Expr) -> None:
    """A list that a story writes down, one of whose pieces is itself measured: texts of nested lists grow fast."""
    items = made.items if isinstance(made, (nodes.List, nodes.Tuple, nodes.Dict)) else []
    for place, item in enumerate(items):
        if isinstance(item, nodes.Pair):
            item.value = _watched(item.value, "held")
        else:
            items[place] = _watched(item, "held")  # type: ignore[call-overload]


def _held(value: Any) -> Any:
    """A value as it is; one in which lists hold so much, each counted wherever it is held, is refused."""
    waiting, count = [value], 0
    while waiting:
        inside = waiting.pop()
        if isinstance(inside, (list, tuple, dict)):
            count += len(inside)
            if count > MOST_TURNS:
                raise SecurityError(f"more than {MOST_TURNS:,} pieces are held in one list")
            waiting += inside.values() if isinstance(inside, dict) else inside
    return value


@jinja2.pass_context
def _piece(_: Context, value: Any) -> Any:
    return _held(value)


@jinja2.pass_context  # so that Jinja does not work it out once and for all
def _turns_of(_: Context, items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        _take_turn()
        yield item


@jinja2.pass_context
def _counted_text(_: Context, value: Any) -> Any:
    length = _printed.get() + len(str(value))
    if length > LONGEST:
        raise SecurityError(f"this story prints more than {LONGEST:,} characters")
    _printed.set(length)
    return value


@jinja2.pass_eval_context
def _joined(context: Any, pieces: list[Any]) -> str:
    _check_length(sum(len(str(piece)) for piece in pieces))
    return markup_join(pieces) if context.autoescape else str_join(pieces)


@jinja2.pass_eval_context
def _join(context: Any, value: Iterable[Any], d: str = "", attribute: Any = None) -> str:
    items = list(value)
    _check_length(sum(len(str(item)) + len(str(d)) for item in items))
    return str(FILTERS["join"](context, items, d, attribute))


@jinja2.pass_eval_context
def _replace(context: Any, text: str, old: str, new: str, count: int | None = None) -> str:
    _check_length(len(str(text)) + (str(text).count(str(old)) if old else len(str(text)) + 1) * len(str(new)))
    return str(FILTERS["replace"](context, text, old, new, count))


def _batch(value: Iterable[Any], count: int, fill: Any = None) -> Any:
    _check_length(count)
    return FILTERS["batch"](value, count, fill)


def _slice(value: Iterable[Any], count: int, fill: Any = None) -> Any:
    _check_length(count)
    return FILTERS["slice"](value, count, fill)


@jinja2.pass_environment
def _sum(environment: Any, value: Iterable[Any], attribute: Any = None, start: float = 0) -> Any:
    if hasattr(start, "__len__"):
        raise SecurityError("only numbers can be added up")
    return FILTERS["sum"](environment, value, attribute, start)


_WATCHED = {
    "turns of": _turns_of,
    "held": _piece,
    "joined": _joined,
    "printed": _counted_text,
    "join": _join,
    "replace": _replace,
    "batch": _batch,
    "slice": _slice,
    "sum": _sum,
}
