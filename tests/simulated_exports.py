"""Simulated classes through exercises for platforms, as the readers of `read_platforms` mark them; a table in Markdown.

python -m tests.simulated_exports --net random-2-2-2 --digits 4dp --sheets 200
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import read_platforms as read
from simulated import Sheet, sheets
from simulated.nets import HOUSE, SHAPES

from tracer.publish.exports.exercise import Exercise, exercise
from tracer.publish.exports.moodle import moodle_cloze
from tracer.publish.exports.qti import qti_item
from tracer.publish.homework import course_for

ERRORS = {
    "none": "right sheets",
    "systematic": "one mistake throughout",
    "slip": "one formula wrong once",
    "digit typo": "a digit mistyped",
    "copy slip": "the number of the cell beside it",
    "copied wrong": "read wrongly later",
}
EMPTY = {"all zeros": "zeros throughout", "gaming": "a right forward pass, zeros, the old weights",
         "givens copied": "copied givens"}  # fmt: skip

Set = tuple[Exercise, list[list[read.Answer]], read.Item]


def class_of(net: str, digits: str, error: str, count: int) -> Iterator[tuple[Sheet, dict[str, float], Set]]:
    """Simulated sheets with the answers as numbers, each with the exercise that was set."""
    only = {"digits": (digits,), "error": (error,), "habit": ("plain",), "missing": ("none",), "convention": (HOUSE,)}
    known: dict[str, Set] = {}
    for sheet in sheets(net, count, "1", 25, only):
        numbers = {cell.name: float(cell.number) for cell in sheet.cells if cell.number is not None}
        if sheet.problem not in known:
            asked, steps = ",".join(numbers), 2 if any(name.startswith("2:") for name in numbers) else 1
            made = exercise(course_for(tomllib.loads(sheet.problem), notation_name="plain", asked=asked, steps=steps,
                                       digits=digits.removesuffix("dp")))  # fmt: skip
            known = {sheet.problem: (made, cloze_of(moodle_cloze(made))[1], read.Item(qti_item(made)))}
        yield sheet, numbers, known[sheet.problem]


def cloze_of(text: str) -> tuple[str, list[list[read.Answer]]]:
    """The one cloze question of a Moodle file: its name and its fields."""
    (question,) = read.parsed(text).findall("question[@type='cloze']")
    return question.findtext("name/text") or "", read.cloze(question.findtext("questiontext/text") or "")[1]


def counted(net: str, digits: str, error: str, count: int) -> Counter[str]:
    """How steps fare: refused though right from the student's own numbers, accepted though shown to be wrong."""
    found: Counter[str] = Counter()
    for sheet, numbers, (made, fields, item) in class_of(net, digits, error, count):
        places = {field.question.address: place for place, field in enumerate(made.fields)}
        item.outcomes({f"R_{field.identifier}": numbers[field.question.address] for field in made.fields})
        for cell in sheet.cells:
            place = places[cell.name]
            earned = {
                "cloze": read.share(fields[place], numbers[cell.name])[0] == 1,
                "qti": f"R_{made.fields[place].identifier}" in item.earned,
            }
            kind = "right" if cell.right is True else "wrong" if cell.visible == "yes" else "other"
            found["all"] += 1
            found[kind] += 1
            for platform, points in earned.items():
                found[f"{platform} points"] += points
                found[f"{platform} {kind} earned"] += points
    return found


def share(part: int, whole: int) -> str:
    return "" if not whole else f"0 of {whole:,}" if not part else f"{part / whole:.1%}".replace("%", " %")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--net", choices=SHAPES, default="random-2-2-2")
    parser.add_argument("--digits", default="4dp")
    parser.add_argument("--sheets", type=int, default=200)
    options = parser.parse_args()
    rows = ["| | right from own numbers, refused: cloze | QTI | shown to be wrong, accepted: cloze | QTI |",
            "|---|---:|---:|---:|---:|"]  # fmt: skip
    for error, says in ERRORS.items():
        found = counted(options.net, options.digits, error, options.sheets)
        cells = [share(found["right"] - found[f"{one} right earned"], found["right"]) for one in ("cloze", "qti")]
        cells += [share(found[f"{one} wrong earned"], found["wrong"]) for one in ("cloze", "qti")]
        rows.append(f"| {says} | {' | '.join(cells)} |")
    rows += ["", "| | points earned: cloze | QTI |", "|---|---:|---:|"]
    for error, says in EMPTY.items():
        found = counted(options.net, options.digits, error, options.sheets)
        rows.append(f"| {says} | " + " | ".join(share(found[f"{one} points"], found["all"]) for one in ("cloze", "qti"))
                    + " |")  # fmt: skip
    sys.stdout.write("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
