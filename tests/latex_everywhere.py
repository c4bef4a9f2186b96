"""Every page of every style through pdflatex: no line stands out by more than 10 pt, and no reference is undefined.

    python tests/latex_everywhere.py [WORD...]

compiles the built-in problems and the zoo of the tests in every style, in few and in many digits, in every notation,
rounded by hand, with a clipping norm, with each deviation, and all derivations; with words, only the pages whose names
hold one of them. It prints what stands out and one line of summary, and exits with 1 if anything was wrong. The suite
compiles a part of this (`test_typesetting.py`).
"""

from __future__ import annotations

import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from test_true_as_printed import ROUNDED, ZOO
from typesetting import ALLOWED, Typeset, typeset

import tracer
from tracer.errors import TracerError
from tracer.explain.notation import NOTATIONS
from tracer.explain.typed_formula import KNOWN, derivations_for
from tracer.publish.derivation import derivation_page
from tracer.publish.environment import styles
from tracer.run.deviations import DEVIATIONS
from tracer.run.loading import built_in

PAGES_IN_A_DOCUMENT = 12
#: what makes lines longest
CLIPPED = {name: {"clip": 0.01, "optimizer": "adamw"} for name in ("mazur", "hmkcode", "eoj-softmax", "trask-3-4-1")}


#: a page: its name, its problem (nothing for a derivation), and how it is rendered
Page = tuple[str, Any, dict[str, Any]]


def pages() -> Iterator[Page]:
    """All pages."""
    for style in styles():
        for name in built_in():
            for digits in ("", 9, "4sf"):
                yield f"{name}/{style}/{digits}", name, {"style": style, "digits": digits}
        for name, problem in {**ZOO, **ROUNDED}.items():
            yield f"{name}/{style}", problem, {"style": style}
        for name, more in CLIPPED.items():
            yield f"clipped {name}/{style}", clipped(name, more), {"style": style}
        for notation in NOTATIONS:
            for name in ("mazur", "cavar-3-4-1", "eoj-softmax"):
                yield f"{name}/{style}/{notation}", name, {"style": style, "notation_name": notation}
    for place, deviation in enumerate(DEVIATIONS):
        for name in ("mazur", "eoj-softmax", "han-kamber"):
            style = styles()[place % len(styles())]
            yield f"{name}/{style}/{deviation}", name, {"style": style, "deviations": [deviation]}
    for name in KNOWN:
        yield f"derive {name}", None, {"formula": name}


def clipped(name: str, more: dict[str, Any]) -> dict[str, Any]:
    """A built-in problem with more in its training."""
    problem = tomllib.loads(built_in()[name].read_text(encoding="utf-8"))
    return problem | {"training": problem["training"] | more}


def article(problem: Any, how: dict[str, Any]) -> str:
    """A page; nothing where a problem has no such page."""
    try:
        if problem is None:
            return derivation_page(derivations_for(how["formula"]), "latex")
        steps = 2 if not isinstance(problem, dict) else None
        return tracer.render(problem, format="latex", steps=steps, **how)
    except TracerError as refused:
        if refused.code != "T108":  # a deviation that says nothing about this problem
            raise
        return ""


def typeset_some(made: list[Page]) -> tuple[int, Typeset]:
    """Pages through pdflatex, in one document: how many, and what is wrong with them."""
    articles = {name: text for name, problem, how in made if (text := article(problem, how))}
    if not articles:
        return 0, Typeset([], [])
    with tempfile.TemporaryDirectory() as folder:
        try:
            return len(articles), typeset(articles, Path(folder), 600)
        except AssertionError as stopped:
            return len(articles), Typeset([], [f"{sorted(articles)}: {stopped}"])


def main(words: list[str], worst: int = 30) -> int:
    """Compile all pages in two processes; the worst first."""
    start, count, overfull, wrong = time.perf_counter(), 0, [], []
    chosen = iter([page for page in pages() if not words or any(word in page[0] for word in words)])
    documents = list(iter(lambda: list(islice(chosen, PAGES_IN_A_DOCUMENT)), []))
    with ProcessPoolExecutor(2) as pool:
        for made, found in pool.map(typeset_some, documents):
            count += made
            overfull += found.overfull
            wrong += found.wrong
    overfull.sort(key=lambda line: -line.points)
    bad = [line for line in overfull if line.points > ALLOWED]
    for line in bad[:worst]:
        print(f"{line.points:8.1f} pt  {line.page}  {line.where[:700]}")
    print(*wrong, sep="\n")
    print(
        f"typeset: {count} pages, {len(overfull)} lines stand out, {len(bad)} of them by more than {ALLOWED:g} pt, the"
        f" worst by {max((line.points for line in overfull), default=0):.1f} pt; {len(wrong)} other findings,"
        f" {time.perf_counter() - start:.0f} s"
    )
    return 1 if bad or wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
