"""Direct derivatives: d of / d by with everything else that `of` reads held fixed.

In f = g + x with g = x*y the value x reaches f in two ways. The derivative of f in x counts both; the factor of the way
that goes from x to f at once counts only that one, so it is printed with a mark of its own.
"""

from __future__ import annotations

from tracer.calculus.expression import names
from tracer.run.network import Network

#: the mark of a direct derivative, as TeX
DIRECT = r"_{\mathrm{direct}}"


def has_other_ways(network: Network, of: str, by: str) -> bool:
    """Whether `of` reads another value that depends on `by`."""
    kept = network.memo.setdefault("other ways", {})
    if (of, by) not in kept:
        kept[of, by] = by in _below(network, of)
    return bool(kept[of, by])


def _below(network: Network, of: str) -> set[str]:
    """What the values that `of` reads are computed from."""
    reads = {entry.name: names(entry.equation.right) for entry in network.schedule if not entry.of}
    found: set[str] = set()
    waiting = list(reads.get(of, ()))
    while waiting:
        inner = reads.get(waiting.pop(), set()) - found
        found |= inner
        waiting += inner
    return found


def has_direct(network: Network) -> bool:
    """Whether a direct derivative stands in one of the chain rules."""
    backward = network.phase("backward")
    return any(has_other_ways(network, item.left.name, entry.of) for entry in backward for item, _ in entry.ways)
