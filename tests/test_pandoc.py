"""The filter for Pandoc, which is Quarto's too: pages with formulas of our own and of Pandoc's, and articles.

Figures are those of Matt Mazur's article, as it prints them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hosts import BROKEN, FENCE, FIGURES, look
from test_browser import browser  # noqa: F401
from typesetting import PDFLATEX, needs_pdflatex

import tracer
from tracer.publish.embed.pandoc import filtered

pytestmark = pytest.mark.others

OWN = '2. Item\n\n    ```trace\n    problem = "own.toml"\n    show = "value prediction"\n    ```\n'
HEAD = "---\ntitle: A post\nheader-includes: |\n  \\usepackage{url}\n---\n\n"
POST = f"{HEAD}# One\n\n{FENCE}\n{OWN}\nSee [delta](#delta2-1).\n\n````\n{FENCE}````\n"


def pandoc(folder: Path, text: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A page through Pandoc with the filter as it is installed."""
    if shutil.which("pandoc") is None:
        assert os.environ.get("TRACER_REQUIRE_ALL") != "1", "missing: pandoc"
        pytest.skip("missing: pandoc")
    (folder / "post.md").write_text(text, encoding="utf-8")
    shutil.copy(Path(tracer.__file__).with_name("problems") / "hmkcode.toml", folder / "own.toml")
    program = Path(sys.executable).with_name("tracer-pandoc")
    command = ["pandoc", "--filter", str(program), "post.md", *words]
    space = os.environ | {"PYTHONWARNINGS": "error"}
    return subprocess.run(command, cwd=folder, env=space, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("how", [(), ("--mathml", "-M", "trace-dialect=markdown", "--toc")])
def test_a_page(browser: Any, tmp_path: Path, how: tuple[str, ...]) -> None:  # noqa: F811
    done = pandoc(tmp_path, POST, "-s", *how, "-o", "post.html")
    assert (done.returncode, done.stderr) == (0, "")
    text = look(browser, tmp_path / "post.html")
    assert all(figure in text for figure in (*FIGURES, "0.3947")) and text.count("show =") == 1
    html = (tmp_path / "post.html").read_text()
    assert 'id="delta2-1"' in html and html.count('id="z2-1"') == 1 and ("<svg" in html) == (not how)


def test_an_article(tmp_path: Path) -> None:
    done = pandoc(tmp_path, POST, "-s", "-o", "post.tex")
    assert (done.returncode, done.stderr) == (0, "")
    text = (tmp_path / "post.tex").read_text()
    assert (
        r"\begin{tikzpicture}" in text
        and r"\usepackage{tikz}" in text
        and r"\usepackage{url}" in text
        and "hypertarget{delta2-1}" in text
    )
    assert all(figure in text for figure in FIGURES)
    needs_pdflatex()
    command = [str(PDFLATEX), "-interaction=nonstopmode", "-halt-on-error", "post.tex"]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120)
    assert made.returncode == 0 and (tmp_path / "post.pdf").exists(), made.stdout.decode(errors="replace")[-2000:]


COLOURED = '# Colours\n\n```trace\nproblem = "mazur"\nshow = "value E"\ncolour = true\n```\n'


def test_colours(tmp_path: Path) -> None:
    """In HTML and in articles; Word's formulas know none."""
    assert pandoc(tmp_path, COLOURED, "-s", "-o", "post.html").returncode == 0
    assert 'style="color:#' in (tmp_path / "post.html").read_text()
    assert pandoc(tmp_path, COLOURED, "-s", "-o", "post.tex").returncode == 0
    text = (tmp_path / "post.tex").read_text()
    assert r"\role{activation}" in text and text.count(r"\newcommand{\role}") == 1
    done = pandoc(tmp_path, COLOURED, "-o", "post.docx")
    assert (done.returncode, done.stderr) == (0, "")
    needs_pdflatex()
    done = pandoc(tmp_path, COLOURED, "-o", "post.pdf")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_fence_that_does_not_end_is_told(tmp_path: Path) -> None:
    open_ = '# A\n\n```trace\nproblem = "mazur"\n\nAfter.\n'
    assert "a fence that begins with ```trace does not end." in pandoc(tmp_path, open_, "-o", "post.html").stderr
    assert pandoc(tmp_path, open_, "-M", "trace-strict", "-o", "post.html").returncode != 0


def test_any_other_format(tmp_path: Path) -> None:
    done = pandoc(tmp_path, POST, "-t", "plain")
    assert all(figure in done.stdout for figure in (*FIGURES, "0.3947")) and done.returncode == 0
    assert pandoc(tmp_path, POST, "-o", "post.docx").returncode == 0


def test_a_broken_fence(browser: Any, tmp_path: Path) -> None:  # noqa: F811
    text = f"{FENCE}\n{BROKEN}\n"
    said = "fence 2, line 2: unknown key 'shw'.\nDid you mean 'show'?   [T802]"
    done = pandoc(tmp_path, text, "-s", "-M", "title=x", "-o", "post.html")
    assert (done.returncode, done.stderr) == (0, f"tracer: {said}\n")
    assert "fence 2, line 2: unknown key 'shw'." in look(browser, tmp_path / "post.html")
    assert "    tracer: fence 2, line 2: unknown key 'shw'.\n" in pandoc(tmp_path, text, "-t", "plain").stdout
    (tmp_path / "post.html").unlink()
    for strict in ("---\ntrace-strict: true\n---\n\n", "---\ntrace-strict: 'yes'\n---\n\n"):
        done = pandoc(tmp_path, strict + text, "-s", "-o", "post.html")
        assert done.returncode != 0 and said in done.stderr and not (tmp_path / "post.html").exists()


def test_files_are_seen_from_the_root(tmp_path: Path) -> None:
    (tmp_path / "nets").mkdir()
    shutil.copy(Path(tracer.__file__).with_name("problems") / "hmkcode.toml", tmp_path / "nets" / "mine.toml")
    text = '---\ntrace-root: nets\n---\n\n```trace\nproblem = "mine.toml"\nshow = "value prediction"\n```\n'
    assert "0.3947" in pandoc(tmp_path, text, "-t", "plain").stdout


def test_pieces_keep_their_places() -> None:
    def fence(text: str) -> dict[str, Any]:
        return {"t": "CodeBlock", "c": [["", ["trace"], []], text]}

    inside = {"t": "BulletList", "c": [[fence('problem = "mazur"\nshw = "E"'), {"t": "HorizontalRule"}]]}
    document = {
        "pandoc-api-version": [1, 22],
        "meta": {},
        "blocks": [fence('problem = "mazur"\nshow = "value E"'), inside],
    }
    made, errors = filtered(document, "html5+smart")
    first, second = made["blocks"]
    assert first["t"] == "RawBlock" and "0.298371109" in first["c"][1]
    assert second["c"][0][1] == {"t": "HorizontalRule"} and "unknown key" in second["c"][0][0]["c"][1]
    assert errors == ["fence 2, line 2: unknown key 'shw'.\nDid you mean 'show'?   [T802]"]


def test_a_document_without_fences_stays() -> None:
    document = {"pandoc-api-version": [1, 22], "meta": {}, "blocks": [{"t": "CodeBlock", "c": [["", ["r"], []], "x"]}]}
    assert filtered(document, "html") == (document, [])
