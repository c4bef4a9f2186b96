"""Runs a network: straight into the trace's arrays where steps are kept, in place where they are not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tracer.calculus.instructions import Program, compile_equations
from tracer.calculus.numpy_code import compiled, in_place
from tracer.errors import TracerError, shortened
from tracer.run.forward_pass import forward_pass
from tracer.run.keys import shown
from tracer.run.known_slopes import check_known_slopes
from tracer.run.limits import LARGEST_STEP
from tracer.run.network import Network, build
from tracer.run.problem import Array, Problem, check_steps, load
from tracer.run.rounding import rules_of
from tracer.run.trace import Segment, Trace

CHUNK = 4096  # steps between two looks at whether the run still has finite numbers
LARGEST_TRACE = 2**30  # bytes


class Diverged(TracerError):
    """A run whose numbers left the range of float64. `step` and `name` say where, `trace` holds everything up to the
    last finite step (None where there is none)."""

    def __init__(self, step: int, name: str, trace: Trace | None, network: Network) -> None:
        entry = network.entry(name)
        said = f" in '{shortened(entry.equation)}'" if entry else ""
        if step == 1 and entry and entry.phase != "update":
            remedy = "No step was taken yet: the given numbers are outside the range of this equation, or too large."
        else:
            remedy = "The learning rate may be too large for this problem."
        if trace:
            before = f"Steps 1 to {step - 1}" if step > 2 else "Step 1"
            remedy += f"\n{before} stayed finite; from Python, the trace of this error holds what came before."
        where = f"{network.problem.where}, step {step}"
        super().__init__("T401", where, f"{name} is no longer a finite number{said}.", "", remedy)
        self.step, self.name, self.trace = step, name, trace


def run(
    problem: str | Path | Mapping[str, Any] | Problem,
    *,
    steps: int | None = None,
    keep: str | Iterable[int] = "everything",
) -> Trace:
    """A problem (a `Problem`, a file, the name of a built-in one, a mapping) to its `Trace`.

    `steps` overrides the problem's; `keep` is "everything", "loss" or the numbers of the steps to keep.
    Raises TracerError T1xx and T2xx for the problem, T401 (`Diverged`) with the trace so far, T402 for a run that is
    too large, T504 for a count that makes no sense.

    >>> round(float(run("mazur").losses[0]), 9)
    0.298371109
    """
    problem = problem if isinstance(problem, Problem) else load(problem)
    network = build(problem)
    check_known_slopes(network)
    count = problem.steps if steps is None else check_steps(steps, "")
    if not network.updated:
        count = 1
    return run_network(network, count, keep)


def run_network(network: Network, count: int, keep: str | Iterable[int] = "everything") -> Trace:
    """`count` steps of a network to its trace; see `run`."""
    try:
        made = _Run(network, count, _steps_to_keep(keep, count))
    except TracerError as error:
        raise error.at(network.problem.where) from None
    return made.trace()


def _steps_to_keep(keep: str | Iterable[int], count: int) -> list[range]:
    """Consecutive runs of steps to keep, 0-based."""
    if keep == "everything":
        return [range(count)]
    if keep == "loss":
        return []
    expected = f"Expected 'everything', 'loss' or a list of step numbers, 1 to {count}."
    asked = list(keep) if isinstance(keep, Iterable) and not isinstance(keep, str) else [keep]
    wanted: set[int] = set()
    for step in asked:
        if isinstance(step, bool) or not isinstance(step, int) or not 1 <= step <= count:
            raise TracerError("T504", "", f"keep is {shown(step)}.", expected)
        wanted.add(step)
    parts: list[range] = []
    for step in sorted(wanted):
        if parts and parts[-1].stop == step - 1:
            parts[-1] = range(parts[-1].start, step)
        else:
            parts.append(range(step - 1, step))
    return parts


class _Run:
    def __init__(self, network: Network, count: int, keep: list[range]) -> None:
        self.network, self.count, self.keep = network, count, keep
        equations = [entry.equation for entry in network.schedule]
        self.program = compile_equations(equations, network.extents, network.shapes, rules_of(network).carried())
        self.carried = {name: f"{name}_new" for name in network.updated}
        self.constant = {name: value for name, value in network.parameters.items() if name not in self.carried}
        self.made = [entry.name for entry in network.schedule if network.roles[entry.name].kind != "new"]
        self.scalar = network.output if not network.shapes[network.output] else ""
        self.check_size()

    def check_size(self) -> None:
        rows = sum(len(part) for part in self.keep)
        shapes = self.network.shapes
        size = 8 * rows * sum(math.prod(shapes[name]) for name in [*self.made, *self.carried])
        if size > LARGEST_TRACE:
            found = f"the trace of {rows:,} step{'s' if rows > 1 else ''} would take {size / 2**30:.1f} GiB."
            limit = f"Expected at most {LARGEST_TRACE / 2**30:.0f} GiB."
            remedy = 'Take fewer steps, or keep fewer: tracer.trace(problem, keep="loss").'
            raise TracerError("T402", "", found, limit, remedy)
        size = sum(math.prod(made.shape) for made in self.program.instructions if made.op != "view")
        if size > LARGEST_STEP:
            found, limit = f"a step would put down {size:,} numbers.", f"Expected at most {LARGEST_STEP:,}."
            raise TracerError("T402", "", found, limit, "Make the sizes smaller.")

    def function(self, kept: frozenset[str], program: Program | None = None) -> Any:
        program = program or self.program
        given = {name: value.shape for name, value in {**self.network.given, **self.constant}.items()}
        carried = self.carried if program is self.program else {}
        return compiled(in_place(program, given=given, carried=carried, kept=kept))

    def given(self, program: Program | None = None) -> dict[str, Any]:
        values: dict[str, Any] = dict(self.network.given) | dict(self.constant)
        values = {name: value if value.ndim else np.float64(value) for name, value in values.items()}
        if "eta" in values:
            values["eta"] = (
                np.asarray(values["eta"]) if any(self.network.shapes[name] for name in self.carried) else values["eta"]
            )
        return values | dict((program or self.program).constants)

    def trace(self) -> Trace:
        network, count = self.network, self.count
        self.state: dict[str, Any] = {name: network.parameters[name].copy() for name in self.carried}
        self.state |= {new: np.empty(network.shapes[new]) for new in self.carried.values()}
        self.state |= {name: np.float64(self.state[name]) for name in self.carried if not network.shapes[name]}
        losses = np.zeros(count)
        self.record = self.function(frozenset([*self.made, *self.carried])) if self.keep else None
        self.skim = self.function(frozenset([self.scalar]) if self.scalar else frozenset())
        self.values = self.given()
        segments: list[Segment] = []
        at = 0
        with np.errstate(all="ignore"):
            for part in [*self.keep, range(count, count)]:
                for first in range(at, part.start, CHUNK):
                    self.advance(first, min(first + CHUNK, part.start), losses, segments)
                if len(part):
                    self.keep_part(part, losses, segments)
                at = part.stop
            after = self.forward()
        self.check_finite({name: value[None] for name, value in after.items()}, count, losses, segments)
        return Trace(network, tuple(segments), _sealed(losses), {name: _sealed(value) for name, value in after.items()})

    # -- steps that are not kept

    def advance(self, first: int, last: int, losses: Array, segments: list[Segment]) -> None:
        before = {name: np.copy(self.state[name]) for name in self.carried}
        self.skim(first, last, self.values, {self.scalar: losses} if self.scalar else {}, self.state)
        finite = np.isfinite(losses[first:last]).all() and all(
            np.isfinite(self.state[name]).all() for name in self.carried
        )
        if finite:
            return
        # Something blew up in this chunk: go through it again, one kept step at a time, to name it.
        self.state |= {
            name: value if self.network.shapes[name] else np.float64(value) for name, value in before.items()
        }
        self.record = self.record or self.function(frozenset([*self.made, *self.carried]))
        for step in range(first, last):
            self.keep_part(range(step, step + 1), losses, [], segments)
        raise AssertionError("a chunk that was not finite ran finite the second time")

    # -- steps that are kept

    def keep_part(
        self, part: range, losses: Array, segments: list[Segment], so_far: list[Segment] | None = None
    ) -> None:
        shapes, count = self.network.shapes, len(part)
        arrays = {name: np.empty((count, *shapes[name])) for name in self.made}
        arrays |= {name: np.empty((count + 1, *shapes[name])) for name in self.carried}
        for name in self.carried:
            arrays[name][0] = self.state[name]
        assert self.record is not None
        for first in range(0, count, CHUNK):
            last = min(first + CHUNK, count)
            self.record(first, last, self.values, arrays, {})
            so_far = segments if so_far is None else so_far
            found = {name: arrays[name][first:last] for name in self.made}
            found |= {f"{name}_new": arrays[name][first + 1 : last + 1] for name in self.carried}
            self.check_finite(found, part.start + first, losses, so_far, Segment(part.start + 1, count, arrays))
        for name in self.carried:
            self.state[name] = arrays[name][count].copy() if shapes[name] else arrays[name][count]
        if self.scalar:
            losses[part.start : part.stop] = arrays[self.scalar]
        segments.append(Segment(part.start + 1, count, {name: _sealed(array) for name, array in arrays.items()}))

    def check_finite(
        self,
        found: Mapping[str, Array],
        first: int,
        losses: Array,
        segments: list[Segment],
        current: Segment | None = None,
    ) -> None:
        """Raise Diverged at the first step, and in it the first quantity, that is not finite."""
        bad = {
            name: np.asarray(~np.isfinite(array).reshape(len(array), -1).all(axis=1)) for name, array in found.items()
        }
        if not any(rows.any() for rows in bad.values()):
            return
        row = min(int(np.argmax(rows)) for rows in bad.values() if rows.any())
        name = next(entry.name for entry in self.network.schedule if entry.name in bad and bad[entry.name][row])
        step = first + row + 1
        kept = list(segments)
        if current and step > current.first:
            whole = step - current.first
            arrays = {key: _sealed(array[: whole + (key in self.carried)]) for key, array in current.arrays.items()}
            if self.scalar:
                losses[current.first - 1 : step - 1] = arrays[self.scalar]
            kept.append(Segment(current.first, whole, arrays))
        raise Diverged(
            step,
            name,
            Trace(self.network, tuple(kept), _sealed(losses[: step - 1].copy()), {}) if step > 1 else None,
            self.network,
        )

    # -- the forward pass after the last update

    def forward(self) -> dict[str, Array]:
        """Forward values and loss with the parameters as they are now; {} where nothing was updated."""
        if not self.carried:
            return {}
        network = self.network
        entries = [*network.phase("forward"), *network.phase("loss")]
        values = {name: np.asarray(self.state[name]) for name in self.carried}
        carried = rules_of(network).carried(after=True)
        return forward_pass(network, values, [entry.name for entry in entries], carried) | values


def _sealed(array: Array) -> Array:
    array.setflags(write=False)
    return array
