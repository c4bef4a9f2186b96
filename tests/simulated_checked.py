"""Simulated classes through Tracer's checker: the strings on the sheets in, and what `simulated.measure` counts out.

    python -m tests.simulated_checked --net all --sheets 150 --class-size 150 --seed 1 --peers --ceiling
    python -m tests.simulated_checked --net all --sheets 3900 --class-size 325 --seed million --correct

The simulator shares nothing with Tracer; here is the one place where its sheets are read and checked by Tracer.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby, islice
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from simulated import Sheet, from_json, sheets
from simulated.baselines import RULES, ceiling, judged
from simulated.measure import Verdict, measure, table
from simulated.nets import SHAPES
from simulated.student import FORMATS

from tracer.check.checking import Checked, Plan, check_sheets, plan
from tracer.check.sheets import sheets_of
from tracer.check.verdicts import Asked
from tracer.check.verdicts import Verdict as Said
from tracer.explain.names import Names
from tracer.explain.notation import notation
from tracer.read.answers import Sheet as Read
from tracer.read.answers import sheets_in
from tracer.read.resolved import Resolved, Vocabulary, resolved
from tracer.run.loading import load

SAYS = {
    **dict.fromkeys((Said.EXACT, Said.ROUNDED, Said.TRUNCATED), "right"),
    Said.WRONG: "wrong",
    Said.UNSURE: "cannot tell",
    Said.FEW_DIGITS: "too few digits",
}


@lru_cache(maxsize=4)
def planned(text: str, asked: tuple[str, ...]) -> tuple[Plan, Vocabulary]:
    """What checking needs to know of a problem file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "problem.toml"
        path.write_text(text, encoding="utf-8")
        problem = load(str(path))
    steps = max((int(name.split(":")[0]) for name in asked if ":" in name), default=1)
    # updating one by one is one of the mistakes that are simulated, so that the order is that of the exercise
    made = plan(problem, asked, steps, fixed=("order",))
    return made, Vocabulary(Names(made.network, notation("plain"), {}))


def read(sheet: Sheet, vocabulary: Vocabulary) -> Resolved:
    """The strings of a sheet as Tracer reads a file of answers."""
    content = json.dumps(sheet.answers()).encode()
    (found,) = sheets_in("sheet.json", content)
    assert isinstance(found, Read), found
    return resolved(found, vocabulary)


def asked_of(group: Sequence[Sheet], names: Sequence[str]) -> Asked:
    """The digits that each student was asked for, column by column."""
    kinds = [name.split(":")[-1].split("[")[0] for name in names]
    columns = [f"{kind[0]}_new" if kind.endswith("_new") else kind.rstrip("0123456789") for kind in kinds]
    found = [[FORMATS[sheet.digits[column]] for sheet in group] for column in columns]
    return Asked(
        np.array([[one.count if one.kind == "dp" else 0 for one in row] for row in found]),
        np.array([[one.count if one.kind == "sf" else 0 for one in row] for row in found]),
    )


def checked(group: Sequence[Sheet], told: bool) -> tuple[Plan, Checked]:
    """Sheets of one problem checked; `told` says that the digits asked for are known."""
    names = tuple(cell.name for cell in group[0].cells)
    made, vocabulary = planned(group[0].problem, names)
    arrays = sheets_of(made.asked, [read(sheet, vocabulary) for sheet in group])
    asked = asked_of(group, [question.address for question in made.asked]) if told else Asked()
    return made, check_sheets(made, arrays, asked)


def verdicts(made: Iterable[Sheet], told: bool = True) -> Iterator[Verdict]:
    """What Tracer says of each sheet; sheets of one problem that stand together are checked at once."""
    for _, group in groupby(made, key=lambda sheet: sheet.problem):
        together = list(group)
        plan_, found = checked(together, told)
        at = {question.address: place for place, question in enumerate(plan_.asked)}
        for column, sheet in enumerate(together):
            said = {
                cell.name: SAYS.get(Said(int(found.verdicts[at[cell.name], column])), "unreadable")
                for cell in sheet.cells
            }
            causes = found.causes[column]
            one = tuple(sorted(cause.names[0] for cause in causes))
            sets = [one] if causes and all(len(cause.names) == 1 for cause in causes) else combined(causes)
            yield Verdict(said, sets, float(found.credited[:, column].mean()))


def combined(causes: Sequence[object]) -> list[tuple[str, ...]]:
    """Each of the explanations that fit equally well."""
    found: list[tuple[str, ...]] = [()] if causes else []
    for cause in causes:
        found = [(*before, name) for before in found for name in cause.names]  # type: ignore[attr-defined]
    return [tuple(sorted(one)) for one in found]


def correct(nets: Sequence[str], options: argparse.Namespace) -> str:
    """How many steps of correct sheets are called wrong, class by class, so that memory holds a million of them."""
    steps = accused = count = 0
    for net in nets:
        made = sheets(net, options.sheets, options.seed, options.class_size, {"error": ("none", "masked pair")})
        while group := list(islice(made, options.class_size)):
            found = measure(group, verdicts(group))
            steps, accused = steps + found.counts["correct steps"], accused + found.counts["accused"]
            count += len(group)
            sys.stderr.write(f"{net}: {accused} of {steps:,} steps\n")
    return f"{accused} of {steps:,} steps on {count:,} correct sheets called wrong\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--net", choices=[*SHAPES, "all"], default="random-2-2-2")
    parser.add_argument("--sheets", type=int, default=100, help="how many, of each network")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--class-size", type=int, default=25)
    parser.add_argument("--only", action="append", default=[], metavar="FACTOR=VALUES")
    parser.add_argument("--read", metavar="FILE", help="a class that was written before, in place of a new one")
    parser.add_argument("--peers", action="store_true", help="with columns of fixed tolerances")
    parser.add_argument("--ceiling", action="store_true", help="with a column of what the digits allow")
    parser.add_argument("--correct", action="store_true", help="correct sheets alone: how many steps are called wrong")
    options = parser.parse_args()
    nets = list(SHAPES) if options.net == "all" else [options.net]
    if options.correct:
        sys.stdout.write(correct(nets, options))
        return
    only = {name: tuple(values.split(",")) for name, values in (one.split("=", 1) for one in options.only)}
    if options.read:
        with Path(options.read).open(encoding="utf-8") as file:
            made = [from_json(line) for line in file]
    else:
        made = [one for net in nets for one in sheets(net, options.sheets, options.seed, options.class_size, only)]
    start = perf_counter()
    found = {"Tracer": measure(made, verdicts(made))}
    sys.stderr.write(f"checked {len(made)} sheets in {perf_counter() - start:.1f} s\n")
    found["Tracer, digits not told"] = measure(made, verdicts(made, told=False))
    if options.peers:
        found |= {rule: measure(made, judged(made, rule)) for rule in RULES}
    if options.ceiling:
        found["what the digits allow"] = measure(made, ceiling(made))
    sys.stdout.write(table(found))


if __name__ == "__main__":
    main()
