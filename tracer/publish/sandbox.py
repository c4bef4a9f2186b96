"""Where stories run: in a sandbox from which no name leads to files or code, and which no story can keep busy.

A story may come from a stranger. It sees a lesson, plain texts and numbers, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any

import jinja2
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

MOST_TURNS = 1_000_000  # of all loops over ranges together, in one page
LONGEST = 10_000_000  # characters or items that one multiplication may make
#: what a story may look into, besides what Tracer and Jinja make themselves
_PLAIN = (str, int, float, bool, type(None), tuple, list, dict, range)
_FILTERS = (
    "abs batch capitalize count d default dictsort e escape first float groupby int items join last length list "
    "lower map max min reject rejectattr replace reverse round safe select selectattr slice sort string sum title "
    "trim unique upper"
).split()
_GLOBALS = ("dict", "namespace", "joiner", "cycler")

_turns: ContextVar[int] = ContextVar("turns", default=0)


class Sandbox(SandboxedEnvironment):
    """Jinja with undefined names as errors; what it refuses is a `jinja2.exceptions.SecurityError`."""

    intercepted_binops = frozenset(["*", "**", "%"])

    def __init__(self, loader: jinja2.BaseLoader, *, escapes: bool = False) -> None:
        super().__init__(
            loader=loader,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=escapes,
        )
        self.filters = {name: self.filters[name] for name in _FILTERS}
        self.globals = {name: self.globals[name] for name in _GLOBALS} | {"range": _counted}

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
        return super().call_binop(context, operator, left, right)


def told_in(template: jinja2.Template, names: Iterable[tuple[str, Any]]) -> str:
    """A template told with these names; its loops have turns enough for any page, and no more."""
    _turns.set(0)
    return template.render(dict(names))


def _counted(*ends: int) -> Iterator[int]:
    """range, whose turns are counted over the whole page."""
    for number in range(*ends):
        turns = _turns.get() + 1
        if turns > MOST_TURNS:
            raise SecurityError(f"the loops of this story take more than {MOST_TURNS:,} turns")
        _turns.set(turns)
        yield number
