"""Where stories run: in a sandbox from which no name leads to files or code, and which no story can keep busy.

A story may come from a stranger. It sees a lesson, plain texts and numbers, and nothing else. What it makes of them is
measured wherever a text can grow: where texts are joined, where filters and functions give something back, and where
something is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sized
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

MOST_TURNS = 1_000_000  # of all loops together, in one page
LONGEST = 10_000_000  # characters of one text, or of the texts in a list
MOST_ITEMS = 1_000_000  # of a list, with those of the lists in it
MOST_PRINTED = 20_000_000  # characters that a page prints, those of its macros counted again
#: what a story may look into, besides what Tracer and Jinja make themselves
_PLAIN = (str, int, float, bool, type(None), tuple, list, dict, range)
_FILTERS = (
    "abs batch capitalize count d default dictsort e escape first float groupby int items join last length list "
    "lower map max min reject rejectattr replace reverse round safe select selectattr slice sort string sum title "
    "trim unique upper"
).split()
_GLOBALS = ("dict", "namespace", "joiner", "cycler")


@dataclass
class _Used:
    """What the story that is being told has used up."""

    turns: int = 0
    printed: int = 0


_used: ContextVar[_Used] = ContextVar("used")


class _Code(CodeGenerator):
    """Jinja's code, in which what was joined with ~ is measured."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        if not isinstance(self.environment, Sandbox) or not self.environment.strange:
            return super().visit_Concat(node, frame)
        self.write("environment.measured(")
        super().visit_Concat(node, frame)
        return self.write(")")


class Sandbox(SandboxedEnvironment):
    """Jinja with undefined names as errors; what it refuses is a `jinja2.exceptions.SecurityError`. What its templates
    make is measured where they are `strange`, as stories are; the package's own pages and pictures are not."""

    intercepted_binops = frozenset(["*", "**", "%", "+"])
    code_generator_class = _Code

    def __init__(self, loader: jinja2.BaseLoader, *, escapes: bool = False, strange: bool = False) -> None:
        super().__init__(
            loader=loader,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=escapes,
            finalize=_counted_text if strange else None,
        )
        self.strange = strange
        self.filters = {name: _measuring(self.filters[name]) if strange else self.filters[name] for name in _FILTERS}
        self.filters |= {"measured": measured, "counted": _counted_items} if strange else {}
        self.globals = {name: self.globals[name] for name in _GLOBALS} | {"range": _counted if strange else range}

    measured = staticmethod(lambda value: measured(value))

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """A template, the turns of whose loops are counted, and what it joins with ~ is measured."""
        made = super()._parse(source, name, filename)
        if not self.strange:
            return made
        for loop in made.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, "counted", [], [], None, None, lineno=loop.lineno)
        for joined in made.find_all(nodes.Concat):
            joined.nodes = [
                nodes.Filter(part, "measured", [], [], None, None, lineno=joined.lineno) for part in joined.nodes
            ]
        return made

    def call(self, context: Context, called: Any, /, *args: Any, **parts: Any) -> Any:
        """A call, of a macro, a method of a text or of the lesson, with what it is given and gives measured."""
        if not self.strange:
            return super().call(context, called, *args, **parts)
        owner = getattr(called, "__self__", None)
        if isinstance(owner, str) and any(isinstance(given, int) and given > LONGEST for given in args):
            raise SecurityError(f"more than {LONGEST:,} pieces are made at once")  # "a".ljust(10 ** 12)
        for given in (*args, *parts.values()):
            measured(given)
        return measured(super().call(context, called, *args, **parts))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a story may look: not into arrays, paths or modules, which lead to files."""
        maker = type(obj).__module__.partition(".")[0]
        known = isinstance(obj, _PLAIN) or maker in ("tracer", "jinja2", "markupsafe")
        return known and super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """`*`, `**` and `%`, as far as they cannot fill the memory."""
        if operator == "%" and isinstance(left, str):
            raise SecurityError("a text cannot be formatted with %; join texts with ~")
        if operator == "**" and (abs(left) > 1e6 or abs(right) > 64):
            raise SecurityError("this power is too large")
        for one, other in ((left, right), (right, left)):
            if operator == "*" and hasattr(one, "__len__") and len(one) * int(other) > LONGEST:
                raise SecurityError(f"more than {LONGEST:,} pieces are made at once")
        made = super().call_binop(context, operator, left, right)
        return measured(made) if self.strange else made


def told_in(template: jinja2.Template, names: Iterable[tuple[str, Any]]) -> str:
    """A template told with these names; its loops have turns enough for any page, and no more."""
    _used.set(_Used())
    return template.render(dict(names))


def measured(value: Any) -> Any:
    """A value as it is, if it is not too large; a list that is held many times over counts each time."""
    if isinstance(value, str):
        if len(value) > LONGEST:
            raise SecurityError(f"more than {LONGEST:,} pieces are made at once")
    elif isinstance(value, (list, tuple, dict)):
        waiting, items, letters = [value], 0, 0
        while waiting:
            inside = waiting.pop()
            items += len(inside)
            if items > MOST_ITEMS:
                raise SecurityError(f"more than {MOST_ITEMS:,} items are held at once")
            for item in inside.values() if isinstance(inside, dict) else inside:
                if isinstance(item, str):
                    letters += len(item)
                elif isinstance(item, (list, tuple, dict)):
                    waiting.append(item)
            if letters > LONGEST:
                raise SecurityError(f"more than {LONGEST:,} pieces are made at once")
    return value


def _measuring(named: Callable[..., Any]) -> Callable[..., Any]:
    """A filter whose values are measured before and after."""

    @wraps(named)  # Jinja's marks too: a filter may ask for its environment
    def filtered(*args: Any, **how: Any) -> Any:
        for given in (*args, *how.values()):
            measured(given)
        return measured(named(*args, **how))

    return filtered


def _counted_text(value: Any) -> Any:
    """What a page prints, as long as that is not too much."""
    used = _used.get(None)
    if used is None:  # while a template is compiled
        return value
    used.printed += len(value if isinstance(value, str) else str(measured(value)))
    if used.printed > MOST_PRINTED:
        raise SecurityError(f"this story prints more than {MOST_PRINTED:,} characters")
    return value


def _turn(number: int = 1) -> None:
    used = _used.get(None)
    if used is None:
        return
    used.turns += number
    if used.turns > MOST_TURNS:
        raise SecurityError(f"the loops of this story take more than {MOST_TURNS:,} turns")


def _counted_items(items: Any) -> Any:
    """What a loop goes through, its turns counted: at once where it is known how many they are."""
    if isinstance(items, Sized):
        _turn(len(items))
        return items
    return _each_counted(items)


def _each_counted(items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        _turn()
        yield item


def _counted(*ends: int) -> Iterator[int]:
    """range, whose turns are counted over the whole page."""
    for number in range(*ends):
        _turn()
        yield number
