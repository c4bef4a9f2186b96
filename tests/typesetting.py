"""LaTeX articles into the log of pdflatex, and the log into what is wrong with each of them: many pages in one run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

PDFLATEX = shutil.which("pdflatex")
#: a line may stand out by so many points: about 3 mm
ALLOWED = 10.0
_WRONG = re.compile(
    r"^<<page (?P<page>.*)>>$|^Overfull \\hbox \((?P<wide>[\d.]+)pt too wide\)(?P<where>.*)"
    r"|^(?P<other>LaTeX Warning: .*(?:undefined|multiply).*|! .*|Missing character.*)",
    re.MULTILINE,
)


class Overfull(NamedTuple):
    """A line that is too wide, by how many points, and where TeX says it is."""

    page: str
    points: float
    where: str


class Typeset(NamedTuple):
    """What pdflatex said about some pages: the lines that are too wide, and everything else that is wrong."""

    overfull: list[Overfull]
    wrong: list[str]


def needs_pdflatex() -> None:
    if PDFLATEX is None:
        assert os.environ.get("TRACER_REQUIRE_ALL") != "1", "pdflatex is missing"
        pytest.skip("pdflatex is missing")


def parts_of(article: str) -> tuple[str, str]:
    """The preamble and the body of an article."""
    preamble, _, rest = article.partition(r"\begin{document}")
    return preamble, rest.rpartition(r"\end{document}")[0]


def typeset(articles: Mapping[str, str], folder: Path, timeout: int = 300, runs: int = 2) -> Typeset:
    """Articles as parts of one document; their labels get the name of their page.

    References are known in the second run; lines have their width in the first.

    Fails where pdflatex stops. Articles may differ in nothing but whether they hold pictures.
    """
    preambles = {re.sub(r"\\hypersetup\{.*?\}\}?\n", "", parts_of(article)[0]) for article in articles.values()}
    preamble = max(preambles, key=len)
    assert all(set(other.split("\n")) <= set(preamble.split("\n")) for other in preambles), "different preambles"
    parts = []
    for name, article in articles.items():
        body = re.sub(r"\\(label|ref|eqref|pageref)\{", rf"\\\1{{{name}-", parts_of(article)[1])
        body = re.sub(r"\\(hypertarget|hyperlink|hyperref)(\{|\[)", rf"\\\1\2{name}-", body)
        parts.append(f"\\typeout{{<<page {name}>>}}\n{body}\\clearpage\n")
    text = f"{preamble}\\begin{{document}}\n{''.join(parts)}\\end{{document}}\n"
    (folder / "all.tex").write_text(text, encoding="utf-8")
    for _ in range(runs):
        done = subprocess.run(
            [str(PDFLATEX), "-draftmode", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "all.tex"],
            cwd=folder,
            capture_output=True,
            timeout=timeout,
            env={**os.environ, "max_print_line": "1000"},
        )
        log = (folder / "all.log").read_text(encoding="utf-8", errors="replace")
        assert done.returncode == 0, "\n".join(re.findall(r"^!.*(?:\n.*){3}", log, re.MULTILINE)) or log[-2000:]
    return read_log(log, text)


def read_log(log: str, text: str = "") -> Typeset:
    """What a log complains about; `text` is the document, for the lines that stand out."""
    lines = text.split("\n")
    page, overfull, wrong = "", [], []
    for match in _WRONG.finditer(log):
        if match["page"]:
            page = match["page"]
        elif match["wide"]:
            numbers = [int(number) for number in re.findall(r"\d+", match["where"].partition("at line")[2])]
            first = max(1, numbers[0] - (30 if len(numbers) == 1 else 0)) if numbers else 1
            shown = " ".join(lines[first - 1 : numbers[-1]]).rpartition(r"\[")[2] if numbers and text else ""
            overfull.append(Overfull(page, float(match["wide"]), f"{match['where'].strip()}: {shown[:2000]}"))
        else:
            wrong.append(f"{page}: {match['other']}")
    return Typeset(overfull, wrong)
