"""Law 1 in every combination of built-in problem, style, notation and format, in several numbers of digits.

Each combination is read in one of the numbers of digits, in turn, so that all of them meet every problem, every style
and every notation; `--all` reads it in each of them. Markdown and LaTeX are read of every page, HTML of every second,
and of the others one of the dialects, the stepper or the notebook, each in its turn: `test_every_format.py` compares
all of them with Markdown.

    python tests/law1_everywhere.py [--all] [PROBLEM...]

prints what is wrong and one line of summary, and exits with 1 if anything was wrong. The suite runs a part of this
(`test_true_as_printed.py`); `.ci/run` runs this.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

import read_formats
from reread import Finding
from test_true_as_printed import FACTORS, LEAST, Case, check, lesson_of, numeric, trace_of

from tracer.publish.environment import tell
from tracer.publish.formats import WRITERS
from tracer.publish.story import read_story

PROBLEMS, STYLES, NAMES, DIGITS, FORMATS = FACTORS


def check_problem(work: tuple[str, str, bool]) -> tuple[int, Counter[str], list[tuple[Case, Finding]]]:
    """All pages of one problem in one notation: how many, what was checked, what is wrong."""
    problem, notation_name, everything = work
    trace, pages, checked, wrong = trace_of(problem), 0, Counter[str](), []
    for digits in DIGITS:
        made = lesson_of(trace, Case(problem, "", notation_name, digits))
        for style in STYLES:
            first = is_turn(problem, style, notation_name, digits)
            if not everything and not first:
                continue
            tokens = read_story(tell(made, style))
            others = also(problem, style, notation_name) if first else []
            own = FORMATS if everything or not others else FORMATS[:-1]
            for format in [*own, *others]:
                case = Case(problem, style, notation_name, digits, format)
                result = check(WRITERS[format](tokens, made.title), trace, case)
                pages += 1
                checked += result.checked
                wrong += [(case, finding) for finding in result.findings]
                if numeric(result) < LEAST:
                    wrong.append((case, Finding("empty", 0, "", f"only {numeric(result)} relations were checked")))
    return pages, checked, wrong


def is_turn(problem: str, style: str, notation_name: str, digits: int | str) -> bool:
    """Whether it is the turn of this number of digits."""
    turn = PROBLEMS.index(problem) + STYLES.index(style) + NAMES.index(notation_name)
    return digits == DIGITS[turn % len(DIGITS)]


def also(problem: str, style: str, notation_name: str) -> list[str]:
    """The further format in which the page of this turn is read, if any."""
    turn = PROBLEMS.index(problem) + 2 * STYLES.index(style) + 3 * NAMES.index(notation_name)
    others = [format for format in read_formats.FORMATS if format not in FORMATS]
    return [others[turn // 2 % len(others)]] if turn % 2 else []


def main(problems: Iterable[str], everything: bool = False) -> int:
    """Check all pages in two processes; what is wrong, once for each formula."""
    start, pages, checked, wrong = time.perf_counter(), 0, Counter[str](), []
    with ProcessPoolExecutor(2) as pool:
        for made, counted, found in pool.map(
            check_problem, [(p, name, everything) for p in problems for name in NAMES]
        ):
            pages += made
            checked += counted
            wrong += found
    shown: Counter[tuple[str, str]] = Counter()
    for case, finding in wrong:
        shown[finding.kind, finding.text] += 1
        if shown[finding.kind, finding.text] == 1:
            print(*case, f"line {finding.line}:", finding.kind, finding.text, "|", finding.why)
    relations = sum(checked.values()) - checked["symbolic"] - checked["one-sided"]
    print(
        f"law 1: {pages} pages, {relations} relations worked out again, {len(wrong)} findings"
        f" ({len(shown)} different), {time.perf_counter() - start:.0f} s"
    )
    return 1 if wrong or not pages else 0


if __name__ == "__main__":
    named = [word for word in sys.argv[1:] if word != "--all"]
    sys.exit(main(named or PROBLEMS, everything="--all" in sys.argv[1:]))
