"""A run as the command line asks for it: watched, kept in a file or summarised, stopped by Ctrl-C without a loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tracer.errors import TracerError, shortened
from tracer.explain.numbers import digits_for
from tracer.explain.summary import summary, survives
from tracer.publish.files import readable
from tracer.publish.json_lines import json_lines
from tracer.publish.progress import progress_bar
from tracer.run.array_file import SUFFIX
from tracer.run.files import check_other_file, check_writable, write_pieces
from tracer.run.problem import Problem
from tracer.run.record import with_record
from tracer.run.run import run
from tracer.run.stability import stability
from tracer.run.trace import Trace
from tracer.run.trace_file import check_target, named, save
from tracer.run.wording import either

JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")


@dataclass(frozen=True)
class Asked:
    """What `tracer run` was asked for."""

    problem: str
    output: Path | None = None
    steps: int | None = None
    record: str = ""
    json: bool = False
    stability: bool = False
    arithmetic: str = ""
    deviations: Sequence[str] | None = None

    @property
    def as_json(self) -> bool:
        """Whether JSON is written, one step a line."""
        return self.json or (self.output is not None and self.output.suffix.lower() in JSON_SUFFIXES)


@dataclass(frozen=True)
class Done:
    """What is to be said of a run on standard error, and whether somebody stopped it."""

    said: tuple[str, ...]
    interrupted: bool


def carried_out(asked: Asked, tell: Callable[[str], object]) -> Done:
    """What was asked for, done: `tell` takes what belongs on standard output. Raises TracerError for anything wrong,
    before the run where it can be known."""
    if asked.output is not None:
        _check_output(asked.output, asked)
    source = named(asked.problem, steps=asked.steps, arithmetic=asked.arithmetic, deviations=asked.deviations)
    if isinstance(source, Trace):
        if asked.record:
            remedy = "Name the problem, not the trace file."
            raise TracerError("T107", "--record", "this run is over; what it kept is kept.", "", remedy)
        trace, wanted = source, source.count
    else:
        wanted = source.steps if asked.steps is None else asked.steps
        trace = _watched(with_record(source, asked.record, asked.steps), asked.steps, wanted)
    stopped = trace.interrupted and not isinstance(source, Trace)
    said = []
    if stopped:
        said.append(f"stopped after step {trace.count:,} of {wanted:,}" if trace.count else "stopped before step 1")
    elif trace.interrupted:
        said.append(f"this run was stopped after step {trace.count:,}, before its end")
    if trace.count:
        said += _written(trace, asked, tell)
    if asked.stability and not trace.network.parameters:
        said.append("there are no parameters that --stability could move")
    elif asked.stability:
        try:
            if stopped:
                raise KeyboardInterrupt
            with progress_bar(2 * trace.count) as progress:
                found = survives(stability(trace, progress))
        except KeyboardInterrupt:
            return Done((*said, "stopped before it was known how many digits survive"), True)
        if asked.output is None and not asked.as_json:
            tell(f"\n{found}\n")
        else:
            said.append(found)
    return Done(tuple(said), stopped)


def _check_output(output: Path, asked: Asked) -> None:
    """Refuse before the run what must not be written: over the problem, over a foreign file, under a foreign suffix."""
    check_writable(output)
    check_other_file(output, asked.problem)
    if not asked.as_json:
        check_target(output)
    elif output.suffix.lower() not in JSON_SUFFIXES:
        found = f"JSON is not written as '{shortened(output.suffix or output.name)}'."
        expected = f"Expected a name that ends in {either(list(JSON_SUFFIXES))}."
        remedy = "Leave --json out to keep a trace." if output.suffix.lower() == SUFFIX else ""
        raise TracerError("T503", shortened(output, 200), found, expected, remedy)


def _watched(problem: Problem, steps: int | None, wanted: int) -> Trace:
    with progress_bar(wanted) as progress:
        return run(problem, steps=steps, progress=progress)


def _written(trace: Trace, asked: Asked, tell: Callable[[str], object]) -> list[str]:
    """The trace to where it belongs, and what is to be said of it."""
    if asked.output is None:
        if asked.as_json:
            for line in json_lines(trace):
                tell(line)
        else:
            tell(summary(trace, digits_for(trace.problem, "")))
        return []
    if asked.as_json:
        write_pieces(asked.output, (line.encode("ascii") for line in json_lines(trace)))
    else:
        save(trace, asked.output)
    return [f"wrote {readable(asked.output)}"]
