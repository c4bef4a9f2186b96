"""A trace to a file and back: the problem as plain data, every array it kept, and what tells that both still fit.

What can be made again is not stored: the equations follow from the problem, drawn numbers from its seed. Checksums of
both are, so that a file made by other equations is noticed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from msgspec import Meta, Struct, ValidationError, convert, to_builtins

from tracer.errors import TracerError, shortened
from tracer.run.array_file import SUFFIX, begins_as_ours, meant_as_ours, read_arrays, write_arrays
from tracer.run.building import build
from tracer.run.deviations import with_deviations
from tracer.run.files import check_writable
from tracer.run.given_problem import from_keys
from tracer.run.given_training import MOST_STEPS
from tracer.run.known_slopes import check_known_slopes
from tracer.run.loading import load
from tracer.run.long_lists import put_back, taken_out
from tracer.run.network import Network
from tracer.run.problem import Array, Problem
from tracer.run.rounding import rules_of, with_arithmetic
from tracer.run.run import run
from tracer.run.trace import Segment, Trace


class About(Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What the header of a trace file says besides its arrays."""

    where: str
    problem: dict[str, Any]
    equations: str  # a checksum of their text
    numbers: str  # a checksum of the given values and of the parameters at the start
    count: Annotated[int, Meta(ge=1, le=MOST_STEPS)]
    kept: list[tuple[int, int] | None]  # first and last of consecutive steps; None where the steps are an array
    after: bool
    interrupted: bool


# -- writing


def check_target(path: Path) -> None:
    """Refuse a file that is not named as a trace, or that holds something else. Raises T501 and T503."""
    check_writable(path)
    where = shortened(path, 200)
    if path.suffix.lower() != SUFFIX:
        found = f"a trace is not written as '{shortened(path.suffix or path.name)}'."
        remedy = f"Name it {shortened(path.stem)}{SUFFIX}, say; a page is written by tracer render."
        raise TracerError("T503", where, found, f"Expected a name that ends in {SUFFIX}.", remedy)
    if path.exists() and path.stat().st_size and not begins_as_ours(path):
        found = "this file exists already, and it is no trace file."
        raise TracerError("T501", where, found, "", "Choose another name, or remove it first.")


def save(trace: Trace, path: str | Path) -> None:
    """A trace to a file, written whole or not at all; `open_trace` reads it.

    Raises TracerError T501 and T503 as `check_target` does, T504 for a run without a finished step, T605 for a network
    that its problem file does not make.
    """
    path, problem = Path(path), trace.problem
    check_target(path)
    where = shortened(path.name or path, 200)
    if not trace.count:
        raise TracerError("T504", where, "no step of the run was finished.", "Expected at least one.")
    equations, numbers = _equations_of(trace.network), _numbers_of(trace.network)
    again = _built(problem.keys, problem.where) if problem.keys else None
    if again is None or (_equations_of(again), _numbers_of(again)) != (equations, numbers):
        found = "the network is not the one that its problem file makes."
        raise TracerError("T605", where, found, "", "Save the trace of a problem as it was read.")
    arrays: dict[str, Array] = {}
    segments = [part for part in trace.segments if part.steps]
    about = About(
        where=problem.where,
        problem=taken_out(problem.keys, arrays),
        equations=equations,
        numbers=numbers,
        count=trace.count,
        kept=[_ends(part.steps) for part in segments],
        after=bool(trace.after),
        interrupted=trace.interrupted,
    )
    arrays["losses"] = trace.losses
    if trace.rows is not None:
        arrays["rows"] = trace.rows
    for number, part in enumerate(segments, 1):
        if not isinstance(part.steps, range):
            arrays[f"{number}/steps"] = np.array(part.steps, np.int32)
        arrays |= {f"{number}/{name}": array for name, array in part.arrays.items()}
    arrays |= {f"after/{name}": array for name, array in trace.after.items()}
    write_arrays(path, to_builtins(about), arrays)


def _ends(steps: range | tuple[int, ...]) -> tuple[int, int] | None:
    return (steps.start, steps.stop - 1) if isinstance(steps, range) else None


# -- reading


def open_trace(path: str | Path) -> Trace:
    """A trace file to its `Trace`, whose arrays are mapped: a large file is not loaded. Every checksum is verified.

    Raises TracerError T101 for a file that cannot be read, T601 to T605 for one that is no whole, unchanged trace of
    the equations that this version has.
    """
    if not isinstance(path, str | Path):
        raise TracerError("T101", "trace file", f"this is no path: {shortened(repr(path))}.", "Expected a trace file.")
    path = Path(path)
    where = shortened(path.name or path, 200)
    said, arrays = read_arrays(path)
    try:
        about = convert(said, About)
        keys = put_back(about.problem, arrays)
    except (ValidationError, KeyError, RecursionError):
        keys = None
    if not isinstance(keys, dict):  # an array in place of all keys, say
        raise _changed(where, "its header does not say what a trace says.")
    try:
        network = _built(keys, shortened(about.where, 200))
    except TracerError as error:
        raise _unknown(where, f"its problem is refused: {error.where}: {error.found}") from None
    if _equations_of(network) != about.equations:
        raise _unknown(where, "it was made by other equations than this Tracer has.")
    if _numbers_of(network) != about.numbers:
        raise _unknown(where, "it began with other numbers than are drawn here.")
    steps = _steps(about, arrays, where)
    found = {name: (array.dtype.str, array.shape) for name, array in arrays.items() if not name.startswith("problem/")}
    if found != _expected(network, about, steps):
        raise _changed(where, "its arrays do not fit its problem.")
    rows, batches = arrays.get("rows"), network.problem.batches
    if rows is not None and batches is not None and not ((rows >= 0) & (rows < batches.examples)).all():
        raise _changed(where, "it uses examples that there are not.")
    segments = []
    for number, kept in enumerate(steps, 1):
        own = {name.partition("/")[2]: array for name, array in arrays.items() if name.startswith(f"{number}/")}
        own.pop("steps", None)
        segments.append(Segment(kept, own))
    after = {name.removeprefix("after/"): array for name, array in arrays.items() if name.startswith("after/")}
    return Trace(network, tuple(segments), arrays["losses"], after, rows=rows, interrupted=about.interrupted)


def _steps(about: About, arrays: Mapping[str, Array], where: str) -> list[range | tuple[int, ...]]:
    """The kept steps of each segment, ascending, and all of them run."""
    made: list[range | tuple[int, ...]] = []
    last = 0
    for number, ends in enumerate(about.kept, 1):
        if ends is None:
            listed = arrays.get(f"{number}/steps", np.empty((0, 0)))
            good = listed.ndim == 1 and bool((np.diff(listed, prepend=last) > 0).all())
            steps: range | tuple[int, ...] = tuple(listed.tolist())
        else:
            good = last < ends[0] <= ends[1] + 1
            steps = range(ends[0], ends[1] + 1)
        last = steps[-1] if good and steps else last
        if not good or last > about.count:
            raise _changed(where, "its steps are not in order.")
        made.append(steps)
    return made


def _expected(
    network: Network, about: About, kept: list[range | tuple[int, ...]]
) -> dict[str, tuple[str, tuple[int, ...]]]:
    """The name, the type and the shape of every array of a trace."""
    shapes, carried = network.shapes, network.carried
    expected: dict[str, tuple[str, tuple[int, ...]]] = {"losses": ("<f8", (about.count,))}
    if network.problem.batches and network.updated:
        expected["rows"] = ("<i4", (about.count + 1, network.problem.batches.size))
    for number, steps in enumerate(kept, 1):
        names = [entry.name for entry in network.schedule if network.roles[entry.name].kind != "new"]
        more = dict.fromkeys(carried, 1) if isinstance(steps, range) else {}
        if not isinstance(steps, range):
            expected[f"{number}/steps"] = ("<i4", (len(steps),))
            names += carried.values()
        for name in [*names, *carried]:
            expected[f"{number}/{name}"] = ("<f8", (len(steps) + more.get(name, 0), *shapes[name]))
    if about.after:
        names = [entry.name for entry in network.schedule if entry.phase in ("forward", "loss")]
        expected |= {f"after/{name}": ("<f8", shapes[name]) for name in [*names, *carried]}
    return expected


def _built(keys: Mapping[str, Any], where: str) -> Network:
    network = build(from_keys(keys, where))
    check_known_slopes(network)
    return network


def _changed(where: str, found: str) -> TracerError:
    return TracerError("T602", where, found, "", "It was changed, or not written by Tracer.")


def _unknown(where: str, found: str) -> TracerError:
    remedy = "Open it with the version it was made with, or make it anew with tracer run."
    return TracerError("T605", where, found, "", remedy)


# -- what tells that a file still fits


def _equations_of(network: Network) -> str:
    """A checksum of what is computed, in order: the text of the schedule and its rules of rounding."""
    rules = rules_of(network)
    lines = [f"{entry.phase}: {entry.equation} {entry.equation.padded:d}" for entry in network.schedule]
    lines += [f"{name}: {rule}" for part in (rules.steps, rules.after) for name, rule in part.items()]
    lines += [f"{name} has shape {shape}" for name, shape in network.shapes.items()]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest()


def _numbers_of(network: Network) -> str:
    """A checksum of what a run starts from: given values, parameters, state, all examples and their order."""
    problem = network.problem
    data = {"inputs": problem.inputs, "targets": problem.targets}
    if problem.batches:
        data["order"] = problem.batches.rows(problem.batches.in_epoch + 1)
    made = hashlib.sha256()
    for part in (network.given, network.parameters, network.state, data):
        for name, array in part.items():
            if array is not None:
                made.update(f"{name}{array.shape}".encode())
                made.update(np.ascontiguousarray(array, "<f8").tobytes())
    return made.hexdigest()


# -- a problem or a trace, whichever is named


def named(
    problem: str | Path | Mapping[str, Any] | Problem | Trace,
    *,
    steps: int | None = None,
    arithmetic: int | str = "",
    deviations: Iterable[Any] | None = None,
) -> Problem | Trace:
    """What a person names to a checked problem that is to be run, or to a trace: of a trace file, or as it was given.

    A trace is run again where `steps`, `arithmetic` or `deviations` are given, a trace file is not. Raises TracerError
    T107 for that, and what `load` and `open_trace` raise.
    """
    if isinstance(problem, Trace):
        if steps is None and arithmetic == "" and deviations is None:
            return problem
        problem = replace(problem.problem, steps=problem.count)
    if isinstance(problem, str | Path) and meant_as_ours(problem):
        if steps is not None or arithmetic != "" or deviations is not None:
            late = "steps" if steps is not None else "arithmetic" if arithmetic != "" else "deviations"
            found = f"this run is over, so {late} cannot be chosen any more."
            remedy = "Name the problem, not the trace file; --step tells one of the steps that were kept."
            raise TracerError("T107", shortened(problem, 200), found, "", remedy)
        return open_trace(problem)
    checked = with_arithmetic(problem if isinstance(problem, Problem) else load(problem), arithmetic)
    return with_deviations(checked, deviations)


def trace_of(
    problem: str | Path | Mapping[str, Any] | Problem | Trace,
    *,
    steps: int | None = None,
    arithmetic: int | str = "",
    deviations: Iterable[Any] | None = None,
    also: Iterable[int] = (),
) -> Trace:
    """What a person names to a trace, running it where that is needed and keeping steps `also`; see `named`.

    Ctrl-C is a KeyboardInterrupt: nobody wants the page of the steps until then without a word.
    """
    found = named(problem, steps=steps, arithmetic=arithmetic, deviations=deviations)
    if isinstance(found, Trace):
        return found
    made = run(found, steps=steps, also=also)
    if made.interrupted:
        raise KeyboardInterrupt
    return made
