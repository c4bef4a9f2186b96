"""Runs a network: straight into the trace's arrays where steps are kept, in place where they are not."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tracer.calculus.compiling import compile_equations
from tracer.calculus.in_place_code import compiled, in_place
from tracer.errors import TracerError, shortened
from tracer.run.building import build
from tracer.run.forward_pass import forward_pass
from tracer.run.given_training import check_steps
from tracer.run.known_slopes import check_known_slopes
from tracer.run.limits import LARGEST_STEP
from tracer.run.loading import load
from tracer.run.network import Network
from tracer.run.problem import Array, Problem
from tracer.run.rounding import rules_of
from tracer.run.trace import Segment, Trace
from tracer.run.wording import shown

CHUNK = 4096  # steps between two looks at whether the run still has finite numbers, at most
FIRST_CHUNK = 16  # a run begins with short ones: how long its steps take is not known yet
PACE = 0.1  # seconds that a chunk should take, so that progress is seen and Ctrl-C loses little
LARGEST_CHUNK = 2**24  # bytes of a chunk, examples and what is kept: looked at while they are still in the cache
LARGEST_TRACE = 2**31  # bytes


#: told how many steps are done
Progress = Callable[[int], None]


class Diverged(TracerError):
    """A run whose numbers left the range of float64. `step` and `name` say where, `trace` holds everything up to the
    last finite step (None where there is none)."""

    def __init__(self, step: int, name: str, trace: Trace | None, network: Network) -> None:
        entry = network.entry(name)
        said = f" in '{shortened(entry.equation)}'" if entry else ""
        if network.declared is not None:
            remedy = (
                f"The named mistake may lead there: {', '.join(map(str, network.problem.deviations))}; leave it out."
            )
        elif step == 1 and entry and entry.phase != "update":
            remedy = "No step was taken yet: the given numbers are outside the range of this equation, or too large."
            op = network.operations.get(name)
            if op and op.kind == "loss" and op.outputs[0] > -math.inf:
                low, high = op.outputs
                remedy = f"{op.name} takes outputs between {low:g} and {high:g}, which sigmoid or softmax give."
        else:
            remedy = "The learning rate may be too large for this problem."
        if trace:
            before = f"Steps 1 to {step - 1}" if step > 2 else "Step 1"
            remedy += f"\n{before} stayed finite"
            # The forward pass after the last step is looked at, too.
            last = step - 2 if entry and entry.phase in ("forward", "loss") else step - 1
            remedy += f"; --steps {last} makes a run that can be kept and told." if last else "."
        where = f"{network.problem.where}, step {step}"
        super().__init__("T401", where, f"{name} is no longer a finite number{said}.", "", remedy)
        self.step, self.name, self.trace = step, name, trace


def run(
    problem: str | Path | Mapping[str, Any] | Problem,
    *,
    steps: int | None = None,
    keep: str | Iterable[int] | None = None,
    also: Iterable[int] = (),
    progress: Progress | None = None,
) -> Trace:
    """A problem (a `Problem`, a file, the name of a built-in one, a mapping) to its `Trace`.

    `steps` overrides the problem's; `keep` is "everything", "loss", "first-and-last" or the numbers of the steps to
    keep (range(1, 80001, 100)), by default what the problem says; steps in `also` are
    kept besides. `progress` is called with the number of steps done.
    Ctrl-C ends a run: what was recorded is returned. Raises TracerError T1xx and T2xx for the problem, T401
    (`Diverged`) with the trace so far, T402 for a run that is too large, T504 for a count that makes no sense.

    >>> round(float(run("mazur").losses[0]), 9)
    0.298371109
    """
    problem = problem if isinstance(problem, Problem) else load(problem)
    network = build(problem)
    check_known_slopes(network.declared or network)
    count = problem.steps if steps is None else check_steps(steps, "")
    if not network.updated:
        count = 1
    kept = _steps_to_keep(_wanted(problem, count) if keep is None else keep, count, problem.where)
    if not isinstance(kept, range):
        kept = tuple(sorted({*kept, *(step for step in also if 1 <= step <= count)}))
    return run_network(network, count, kept, progress)


def run_network(
    network: Network, count: int, keep: str | Iterable[int] = "everything", progress: Progress | None = None
) -> Trace:
    """`count` steps of a network to its trace; see `run`."""
    try:
        made = _Run(network, count, _steps_to_keep(keep, count), progress)
    except TracerError as error:
        raise error.at(network.problem.where) from None
    return made.trace()


def _wanted(problem: Problem, count: int) -> str | Iterable[int]:
    """What the problem says about keeping, for a run of `count` steps."""
    match problem.record:
        case int(every):
            return range(1, count + 1, every)
        case tuple(chosen):
            return [step for step in chosen if step <= count]
        case word:
            return word


def _steps_to_keep(keep: str | Iterable[int], count: int, where: str = "") -> range | tuple[int, ...]:
    """The steps to keep, from 1: a range where all of them are kept."""
    if keep == "everything" or keep == range(1, count + 1):
        return range(1, count + 1)
    if keep == "loss":
        return ()
    if keep == "first-and-last":
        return tuple(sorted({1, count}))
    expected = f"Expected 'everything', 'loss', 'first-and-last' or a list of step numbers, 1 to {count}."
    asked: list[Any] = list(keep) if isinstance(keep, Iterable) and not isinstance(keep, str) else [keep]
    for step in asked:
        if isinstance(step, bool) or not isinstance(step, int) or not 1 <= step <= count:
            raise TracerError("T504", where, f"keep is {shown(step)}.", expected)
    wanted = tuple(sorted(set(asked)))
    return range(1, count + 1) if len(wanted) == count else wanted


class _Run:
    """One run. Steps are counted from 0 here, as rows of arrays are."""

    def __init__(self, network: Network, count: int, keep: range | tuple[int, ...], progress: Progress | None) -> None:
        self.network, self.count, self.keep, self.progress = network, count, keep, progress
        equations = [entry.equation for entry in network.schedule]
        self.program = compile_equations(equations, network.extents, network.shapes, rules_of(network).carried())
        self.carried = network.carried
        self.constant = {name: value for name, value in network.parameters.items() if name not in self.carried}
        self.made = [entry.name for entry in network.schedule if network.roles[entry.name].kind != "new"]
        self.scalar = network.output if not network.shapes[network.output] else ""
        problem = network.problem
        batches = problem.batches if network.updated else None
        data = {"x": problem.inputs, "t": problem.targets} if batches else {}
        self.data: dict[str, Array] = {name: array for name, array in data.items() if array is not None}
        self.each = frozenset(self.data)
        self.check_size()
        self.rows = batches.rows(count + 1) if batches else None
        row = sum(array[0].nbytes for array in self.data.values()) * (batches.size if batches else 0)
        if isinstance(keep, range):
            row += 8 * sum(math.prod(network.shapes[name]) for name in [*self.made, *self.carried])
        self.largest_chunk = max(1, min(CHUNK, LARGEST_CHUNK // row)) if row else CHUNK
        self.chunk = min(FIRST_CHUNK, self.largest_chunk)

    def check_size(self) -> None:
        rows, shapes = len(self.keep), self.network.shapes
        kept = [*self.made, *self.carried, *(() if isinstance(self.keep, range) else self.carried.values())]
        size = 8 * rows * sum(math.prod(shapes[name]) for name in kept)
        if size > LARGEST_TRACE:
            found = f"the trace of {rows:,} step{'s' if rows > 1 else ''} would take {size / 2**30:.1f} GiB."
            limit = f"Expected at most {LARGEST_TRACE / 2**30:.0f} GiB."
            remedy = "Take fewer steps, or keep fewer: record = { every = 100 } under [training], say."
            raise TracerError("T402", "", found, limit, remedy)
        size = sum(math.prod(made.shape) for made in self.program.instructions if made.op != "view")
        if size > LARGEST_STEP:
            found, limit = f"a step would put down {size:,} numbers.", f"Expected at most {LARGEST_STEP:,}."
            raise TracerError("T402", "", found, limit, "Make the sizes smaller.")

    def function(self, kept: Iterable[str]) -> Any:
        given = {name: value.shape for name, value in {**self.network.given, **self.constant}.items()}
        return compiled(in_place(self.program, given=given, carried=self.carried, kept=frozenset(kept), each=self.each))

    def given(self) -> dict[str, Any]:
        values: dict[str, Any] = dict(self.network.given) | dict(self.constant)
        values = {name: value if value.ndim else np.float64(value) for name, value in values.items()}
        if any(self.network.shapes[name] for name in self.carried):  # 0-d arrays are faster beside arrays
            scalars = [name for name in values if not self.network.shapes[name]]
            used_by_scalars = {arg for made in self.program.instructions if not made.shape for arg in made.args}
            values |= {name: np.asarray(values[name]) for name in scalars if name not in used_by_scalars}
        return values | dict(self.program.constants)

    def trace(self) -> Trace:
        network, count = self.network, self.count
        start = {**network.parameters, **network.state}
        self.state: dict[str, Any] = {name: start[name].copy() for name in self.carried}
        self.state |= {new: np.empty(network.shapes[new]) for new in self.carried.values()}
        self.state |= {name: np.float64(self.state[name]) for name in self.carried if not network.shapes[name]}
        self.losses = np.zeros(count)
        self.done = 0
        self.values = self.given()
        self.skim = self.function([self.scalar] if self.scalar else [])
        self.segment: Segment | None = None
        interrupted = False
        with np.errstate(all="ignore"):
            try:
                if isinstance(self.keep, range):
                    self.keep_all()
                else:
                    self.keep_some(self.keep)
            except KeyboardInterrupt:
                interrupted = True
            after = self.forward()
        losses = self.losses[: self.done]
        self.check_finite({name: value[None] for name, value in after.items()}, self.done)
        rows = None if self.rows is None else sealed(self.rows[: self.done + 1])
        segments = (self.segment,) if self.segment else ()
        return Trace(
            network, segments, sealed(losses), {name: sealed(value) for name, value in after.items()},
            rows=rows, interrupted=interrupted,
        )  # fmt: skip

    def examples(self, first: int, last: int) -> dict[str, Any]:
        """The given values of a call: with mini-batches a row of examples for each of its steps."""
        if self.rows is None:
            return self.values
        return self.values | {name: array[self.rows[first:last]] for name, array in self.data.items()}

    def advanced(self, done: int) -> None:
        self.done = done
        if self.progress:
            self.progress(done)

    def chunks(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """First and last of the steps that are run at once; more of them while they are quick, fewer when slow."""
        first = start
        while first < end:
            last = min(first + self.chunk, end)
            begun = time.perf_counter()
            yield first, last
            taken = time.perf_counter() - begun
            if taken < PACE and last - first == self.chunk:
                self.chunk = min(2 * self.chunk, self.largest_chunk)
            elif taken > 2 * PACE:
                self.chunk = max(self.chunk // 2, 1)
            first = last

    # -- all steps are kept

    def keep_all(self) -> None:
        shapes, count = self.network.shapes, self.count
        arrays = {name: np.empty((count, *shapes[name])) for name in self.made}
        arrays |= {name: np.empty((count + 1, *shapes[name])) for name in self.carried}
        for name in self.carried:
            arrays[name][0] = self.state[name]
        record = self.function([*self.made, *self.carried])
        try:
            for first, last in self.chunks(0, count):
                record(first, last, self.examples(first, last), arrays, {})
                found = {name: arrays[name][first:last] for name in self.made}
                found |= {new: arrays[name][first + 1 : last + 1] for name, new in self.carried.items()}
                if self.scalar:
                    self.losses[first:last] = arrays[self.scalar][first:last]
                self.segment = self.first_of(arrays, last)
                self.check_finite(found, first, lambda done: self.first_of(arrays, done))
                self.advanced(last)
        finally:
            done = self.done
            if done < count:
                self.segment = self.first_of(arrays, done)
            for name in self.carried:
                self.state[name] = arrays[name][done].copy() if shapes[name] else arrays[name][done]

    def first_of(self, arrays: Mapping[str, Array], done: int) -> Segment:
        """The first steps of what was kept, `done` of them."""
        rows = {name: sealed(array[: done + (name in self.carried)].view()) for name, array in arrays.items()}
        return Segment(range(1, done + 1), rows)

    # -- some steps are kept, or none

    def keep_some(self, keep: tuple[int, ...]) -> None:
        shapes = self.network.shapes
        names = [*self.made, *self.carried, *self.carried.values()]
        arrays = {name: np.empty((len(keep), *shapes[name])) for name in names} if keep else {}
        self.arrays, self.noted = arrays, 0
        self.record = self.function([*self.made, *self.carried.values()]) if keep else None
        try:
            at = 0
            for row, step in enumerate(keep):
                self.advance(at, step - 1)
                self.note(row, step - 1, arrays)
                at = step
            self.advance(at, self.count)
        finally:
            if keep:
                self.segment = self.so_far()

    def note(self, row: int, step: int, arrays: Mapping[str, Array]) -> None:
        """One step, kept in a row."""
        assert self.record is not None
        for name in self.carried:
            arrays[name][row] = self.state[name]
        try:
            self.record(row, row + 1, self.examples(step, step + 1), arrays, self.state)
            if self.scalar:
                self.losses[step] = arrays[self.scalar][row]
            found = {name: arrays[name][row : row + 1] for name in [*self.made, *self.carried.values()]}
            self.check_finite(found, step, lambda _: self.so_far())
            self.noted = row + 1
            self.advanced(step + 1)
        except KeyboardInterrupt:
            if self.done <= step:  # in the middle of the step
                self.noted = row
                self.go_back({name: np.copy(arrays[name][row]) for name in self.carried})
            raise

    def so_far(self) -> Segment | None:
        """What was kept until now."""
        rows = self.noted
        return Segment(tuple(self.keep[:rows]), {name: sealed(array[:rows]) for name, array in self.arrays.items()})

    def advance(self, start: int, end: int) -> None:
        """Steps that are not kept."""
        for first, last in self.chunks(start, end):
            before = {name: np.copy(self.state[name]) for name in self.carried}
            losses = {self.scalar: self.losses} if self.scalar else {}
            try:
                self.skim(first, last, self.examples(first, last), losses, self.state)
                if not (finite(self.losses[first:last]) and all(finite(self.state[name]) for name in self.carried)):
                    self.go_back(before)
                    self.find_what_diverged(first, last)
                self.advanced(last)
            except KeyboardInterrupt:
                if self.done < last:  # in the middle of the chunk
                    self.go_back(before)
                raise

    def go_back(self, before: Mapping[str, Array]) -> None:
        """The state as it was at the beginning of a chunk."""
        for name, value in before.items():
            self.state[name] = value if self.network.shapes[name] else np.float64(value)

    def find_what_diverged(self, first: int, last: int) -> None:
        """Through a chunk again, one kept step at a time, to name the step and the quantity."""
        names = [*self.made, *self.carried, *self.carried.values()]
        row = {name: np.empty((1, *self.network.shapes[name])) for name in names}
        record = self.function([*self.made, *self.carried.values()])
        for step in range(first, last):
            record(0, 1, self.examples(step, step + 1), row, self.state)
            found = {name: row[name] for name in [*self.made, *self.carried.values()]}
            self.check_finite(found, step, lambda _: self.so_far())
        raise AssertionError("a chunk that was not finite ran finite the second time")

    def check_finite(
        self, found: Mapping[str, Array], first: int, kept: Callable[[int], Segment | None] | None = None
    ) -> None:
        """Raise Diverged at the first step, and in it the first quantity, that is not finite; `kept` gives what is kept
        of the steps before it."""
        if all(finite(array) for array in found.values()):
            return
        bad = {
            name: np.asarray(~np.isfinite(array).reshape(len(array), -1).all(axis=1)) for name, array in found.items()
        }
        row = min(int(np.argmax(rows)) for rows in bad.values() if rows.any())
        name = next(entry.name for entry in self.network.schedule if entry.name in bad and bad[entry.name][row])
        step = first + row + 1
        made = None
        if step > 1:
            segment = kept(step - 1) if kept else self.segment
            losses = sealed(self.losses[: step - 1].copy())
            rows = None if self.rows is None else sealed(self.rows[:step])
            made = Trace(self.network, (segment,) if segment else (), losses, {}, rows=rows)
        self.done = step - 1
        raise Diverged(step, name, made, self.network)

    # -- the forward pass after the last update

    def forward(self) -> dict[str, Array]:
        """Forward values and loss with the parameters as they are now; {} where nothing was updated."""
        if not self.carried or not self.done:
            return {}
        network = self.network
        entries = [*network.phase("forward"), *network.phase("loss")]
        values = {name: np.asarray(self.state[name]) for name in self.carried}
        given = {name: self.examples(self.done, self.done + 1)[name][0] for name in self.each}
        rounding = rules_of(network).carried(after=True)
        return forward_pass(network, {**given, **values}, [entry.name for entry in entries], rounding) | values


def finite(array: Array) -> bool:
    """Whether all numbers of an array are finite.

    >>> finite(np.array([1e300, 1.0])), finite(np.array([1.0, np.nan])), finite(np.array(-np.inf))
    (True, False, False)
    """
    flat = np.ravel(array)
    # Squares do not cancel, so a finite sum of them says yes, and quickly; one that is too large says nothing.
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(flat.dot(flat)) or np.isfinite(flat).all())


def sealed(array: Array) -> Array:
    """The same array, read-only."""
    array.setflags(write=False)
    return array
