"""The command: a simulated class as lines of JSON, or the table of what rules and checkers make of it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from pathlib import Path

from . import from_json, sheets, to_json
from .baselines import RULES, ceiling, judged
from .measure import Verdict, measure, table
from .nets import SHAPES
from .student import FACTORS

CHUNK = 250

EPILOG = f"""factors and their values:
{chr(10).join(f"  {name}: {', '.join(values)}" for name, values in FACTORS.items())}

examples:
  python -m tests.simulated --net random-2-2-2 --sheets 1000 --seed 1 > class.jsonl
  python -m tests.simulated --only error=none --only digits=4dp,4sf --sheets 200
  python -m tests.simulated --sheets 2000 --table
  python -m tests.simulated --read class.jsonl --verdicts mine=verdicts.jsonl --table

A line of a file of verdicts is {{"steps": {{"z1[1]": "right", ...}}, "causes": [["one-by-one"]], "credit": 0.9}}."""


def _only(values: list[str]) -> dict[str, tuple[str, ...]]:
    made = {}
    for value in values:
        name, _, wanted = value.partition("=")
        found = tuple(one.strip() for one in wanted.replace("; ", ";").split(";" if ";" in wanted else ","))
        if name not in FACTORS or not set(found) <= set(FACTORS[name]):
            known = FACTORS.get(name, tuple(FACTORS))
            raise SystemExit(f"--only {value}: expected FACTOR=VALUE,VALUE (or ; where a value has a comma); "
                             f"known here: {'; '.join(known)}")  # fmt: skip
        made[name] = found
    return made


def _chunk(net: str, start: int, stop: int, seed: str, size: int, only: dict[str, tuple[str, ...]]) -> list[str]:
    return [to_json(one) for one in sheets(net, stop, seed, size, only, start)]


def _lines(options: argparse.Namespace) -> Iterator[str]:
    if options.read:
        with Path(options.read).open(encoding="utf-8") as file:
            yield from (line.rstrip("\n") for line in file)
        return
    nets = list(SHAPES) if options.net == "all" else [options.net]
    only = _only(options.only)
    calls = [(net, start, min(start + CHUNK, options.sheets), options.seed, options.class_size, only)
             for net in nets for start in range(0, options.sheets, CHUNK)]  # fmt: skip
    if options.jobs == 1:
        yield from chain.from_iterable(_chunk(*call) for call in calls)
        return
    with ProcessPoolExecutor(options.jobs) as pool:
        yield from chain.from_iterable(pool.map(_chunk, *zip(*calls, strict=True)))


def main(arguments: list[str] | None = None) -> None:
    """Read the arguments, write to standard output."""
    parser = argparse.ArgumentParser(
        "python -m tests.simulated", description=__doc__, epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--net", choices=[*SHAPES, "all"], default="random-2-2-2")
    parser.add_argument("--sheets", type=int, default=100, help="how many, of each network")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--class-size", type=int, default=25, help="students who share the same numbers")
    parser.add_argument(
        "--only", action="append", default=[], metavar="FACTOR=VALUES", help="not all values of a factor"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes; the output is the same")
    parser.add_argument("--read", metavar="FILE", help="a class that was written before, in place of a new one")
    parser.add_argument("--table", action="store_true", help="what fixed tolerances make of it, as Markdown")
    parser.add_argument(
        "--ceiling", action="store_true", help="with --table: what the digits on the sheets allow to say"
    )
    parser.add_argument("--verdicts", action="append", default=[], metavar="NAME=FILE",
                        help="with --table: verdicts of a checker, a line for each sheet")  # fmt: skip
    options = parser.parse_args(arguments)
    lines = _lines(options)
    if not options.table:
        for line in lines:
            sys.stdout.write(line + "\n")
        return
    made = [from_json(line) for line in lines]
    found = {}
    for one in options.verdicts:
        name, _, path = one.partition("=")
        texts = Path(path).read_text(encoding="utf-8").splitlines()
        verdicts = [json.loads(text) for text in texts]
        found[name] = measure(made, (Verdict(v["steps"], [tuple(c) for c in v.get("causes", ())], v.get("credit"))
                                     for v in verdicts))  # fmt: skip
    found |= {rule: measure(made, judged(made, rule)) for rule in RULES}
    if options.ceiling:
        found["what the digits allow"] = measure(made, ceiling(made))
    sys.stdout.write(table(found))


if __name__ == "__main__":
    main()
