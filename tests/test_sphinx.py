"""The Sphinx extension: small sites in Markdown and reStructuredText are built, without a network, and opened.

Figures are those of Matt Mazur's article and of hmkcode's, as they print them.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from test_browser import Opened, browser  # noqa: F401

import tracer

pytestmark = [
    pytest.mark.others,
    pytest.mark.skipif(
        importlib.util.find_spec("sphinx") is None and os.environ.get("TRACER_REQUIRE_ALL") != "1",
        reason="missing: sphinx",
    ),
]

MINE = (Path(tracer.__file__).parent / "problems" / "hmkcode.toml").read_text(encoding="utf-8")
CONF = """\
project = "Nets"
extensions = ["myst_parser", "tracer.publish.embed.sphinx"]
myst_fence_as_directive = ["trace"]
html_theme = "alabaster"
"""
INDEX = """\
# Nets

The [delta](#delta2-1) of the first output unit, and [the error](deep/rst.rst#z2-1).

```trace
problem = "mazur"
show = "weight w5"
digits = 4
```

1. In a list:

   ```trace
   problem = "mazur"
   show = "value E"
   digits = 4
   ```

```{toctree}
deep/rst
```
"""
DEEP = """\
Mine
====

It is :ref:`this delta <delta2-1>`.

.. trace::

   problem = "own.toml"
   show = "forward"
"""


def site(folder: Path, index: str = INDEX, deep: str = DEEP) -> Path:
    (folder / "deep").mkdir()
    for name, text in {"conf.py": CONF, "index.md": index, "deep/rst.rst": deep, "deep/own.toml": MINE}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "made"


def build(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    # what MyST has not put right yet for the newest Sphinx is not ours
    words = [
        sys.executable,
        "-W",
        "error",
        "-W",
        "ignore:'myst_parser",
        "-m",
        "sphinx",
        "--no-color",
        *options,
        ".",
        "made",
    ]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120)


def opened(browser: Any, page: Path, site: Path, hash: str = "") -> Opened:  # noqa: F811
    made = Opened(browser, page, hash)
    made.address = site.as_uri()
    return made


def test_a_site(browser: Any, tmp_path: Path) -> None:  # noqa: F811
    made = site(tmp_path)
    done = build(tmp_path, "-W", "-j", "2")
    assert done.returncode == 0, done.stderr
    with opened(browser, made / "index.html", made, "#delta2-1") as page:
        text = page.inner_text("body")
        # as the article prints them: the gradient of w5, its new value, its delta, the error
        assert all(figure in text for figure in ("0.0822", "0.3589", "0.1385", "0.2984"))
        boxes = page.eval_on_selector_all(
            "math", "nodes => nodes.map(node => node.getBoundingClientRect()).map(box => [box.width, box.height])"
        )
        assert len(boxes) > 20 and all(width > 3 and height > 3 for width, height in boxes)
        assert page.eval_on_selector("#delta2-1", "node => Math.abs(node.getBoundingClientRect().top - 100) < 102")
        links = page.eval_on_selector_all("a[href*='#']", "nodes => nodes.map(node => node.getAttribute('href'))")
        assert {"#delta2-1", "deep/rst.html#z2-1"} <= set(links)
        ids = page.eval_on_selector_all("[id]", "nodes => nodes.map(node => node.id)")
        assert len(ids) == len(set(ids)) and {link[1:] for link in links if link[0] == "#" and link[1:]} <= set(ids)
        page.locator("a[href='deep/rst.html#z2-1']").click()
        assert page.url.endswith("deep/rst.html#z2-1") and "0.3947" in page.inner_text("body")  # as hmkcode prints it
        page.locator("a", has_text="this delta").click()
        assert page.url.endswith("index.html#delta2-1")


BROKEN = (
    '# Nets\n\n> Before\n>\n> ```trace\n> problem = "mazur"\n>\n> shw = "all"\n> ```\n\n```{toctree}\ndeep/rst\n```\n'
)


def test_a_broken_fence_is_told_in_the_page_and_fails_a_strict_build(
    browser: Any,  # noqa: F811
    tmp_path: Path,
) -> None:
    made = site(tmp_path, BROKEN, DEEP.replace("own.toml", "own.tml"))
    done = build(tmp_path)
    said = r"index\.md:\d: WARNING: index\.md, line 8: unknown key 'shw'\.\nDid you mean 'show'\?   \[T802\]"
    assert done.returncode == 0 and re.search(said, done.stderr), done.stderr
    assert re.search(r"rst\.rst:8: WARNING: deep/rst\.rst, line 8, problem: there is no such file", done.stderr)
    with opened(browser, made / "index.html", made) as page:
        assert page.inner_text("[role=alert]") == "index.md, line 8: unknown key 'shw'.\nDid you mean 'show'? [T802]"
    assert build(tmp_path, "-W").returncode != 0  # though nothing has changed


def test_a_page_is_made_again_when_its_problem_changes(tmp_path: Path) -> None:
    made = site(tmp_path)
    assert build(tmp_path).returncode == 0
    page = made / "deep" / "rst.html"
    before = page.read_text(encoding="utf-8")
    assert "no targets are out of date" in build(tmp_path).stdout
    own = tmp_path / "deep" / "own.toml"
    own.write_text(MINE.replace("[5, 4]", "[5, 6]"), encoding="utf-8")
    os.utime(own, (2**31, 2**31))
    done = build(tmp_path)
    assert "[100%] deep/rst" in done.stdout and "index" not in done.stdout.split("reading sources")[1].split("\n")[0]
    assert page.read_text(encoding="utf-8") != before


def test_all_pages_are_read_again_by_another_version(tmp_path: Path) -> None:
    site(tmp_path)
    assert build(tmp_path).returncode == 0
    assert "config changed ('trace_version')" in build(tmp_path, "-D", "trace_version=0.0.8").stdout


def test_a_builder_without_html_says_what_it_leaves_out(tmp_path: Path) -> None:
    made = site(tmp_path)
    done = build(tmp_path, "-b", "text")
    assert "this builder takes no HTML" in done.stderr
    assert 'show = "weight w5"' in (made / "index.txt").read_text(encoding="utf-8")


FORMULAS = """\
# Formulas

In a line $`a_{1} = \\frac{1}{2}`$ and $b$.

```math
E = \\sum_{i} e_{i}
```

$$
\\begin{aligned}
a &= b \\\\
&= c
\\end{aligned}
$$

$$
f = g
$$ (here)
"""


def test_all_formulas_of_a_site(browser: Any, tmp_path: Path) -> None:  # noqa: F811
    made = site(tmp_path, FORMULAS)
    more = 'myst_enable_extensions = ["dollarmath"]\nhtml_math_renderer = "tracer"\nexclude_patterns = ["deep"]\n'
    (tmp_path / "conf.py").write_text(CONF.replace('["trace"]', '["trace", "math"]') + more)
    done = build(tmp_path, "-W")
    assert done.returncode == 0, done.stderr
    with opened(browser, made / "index.html", made) as page:
        text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", page.inner_text("body")))  # math italics
        assert "`" not in text and "a1=12" in text and "a=b=c" in text and "(1)f=g" in text
        assert page.locator("math").count() == 5 and page.locator("script[src*=mathjax]").count() == 0


def test_a_formula_that_cannot_be_read_is_a_warning(tmp_path: Path) -> None:
    made = site(tmp_path, "# Formulas\n\nIn a line $\\frac{1$.\n")
    more = 'myst_enable_extensions = ["dollarmath"]\nhtml_math_renderer = "tracer"\nexclude_patterns = ["deep"]\n'
    (tmp_path / "conf.py").write_text(CONF + more)
    done = build(tmp_path)
    assert "index.md:3: WARNING" in done.stderr and "[trace.T502]" in done.stderr
    assert "<code>\\frac{1</code>" in (made / "index.html").read_text(encoding="utf-8")


def test_a_heading_keeps_its_name(tmp_path: Path) -> None:
    """A step that has the name of a heading above it gets another one."""
    made = site(tmp_path, '# Nets\n\n(z1-1)=\n## z\n\n```trace\nproblem = "mazur"\nshow = "value net_h1"\n```\n')
    (tmp_path / "conf.py").write_text(CONF + 'exclude_patterns = ["deep"]\n')
    done = build(tmp_path, "-W")
    assert done.returncode == 0, done.stderr
    text = (made / "index.html").read_text(encoding="utf-8")
    assert text.count('id="z1-1"') == 1 and text.count('id="z1-1-no2"') == 1
