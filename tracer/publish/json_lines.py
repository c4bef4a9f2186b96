"""A trace as JSON, one step a line, for other programs."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tracer.run.trace import Trace


def json_lines(trace: Trace) -> Iterator[str]:
    """Every kept step of a trace to a line {"step": 1, "values": {"w1": [[...]], ...}}, by canonical names.

    Numbers are written so that reading them gives the same float64. Where no step was kept there is a line for each
    step, with its loss. The last line is the forward pass after the last update, as step count + 1; it has only what
    that pass computes, and the parameters.
    """
    network = trace.network
    data = [name for name in ("x", "t") if trace.rows is not None and name in network.given]
    names = [*data, *network.carried, *(entry.name for entry in network.schedule), *network.metrics]
    for step in trace.kept:
        yield _line(trace, step, names)
    if not trace.kept and not network.shapes[network.output]:
        for step in range(1, trace.count + 1):
            yield _line(trace, step, [network.output])
    if trace.after:
        yield _line(trace, trace.count + 1, [*data, *network.carried, *trace.after, *network.metrics])


def _line(trace: Trace, step: int, names: list[str]) -> str:
    values = {name: trace.value(name, step).tolist() for name in names}
    return json.dumps({"step": step, "values": values}, separators=(",", ":")) + "\n"
