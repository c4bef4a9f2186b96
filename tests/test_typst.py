r"""Pages for Typst and the PDF that is made of them.

What is expected of the printer is the mathematics of Typst as its manual has it; `test_every_format.py` reads whole
pages back, and here Typst itself is asked whether it takes them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typst_back
from hypothesis import given, settings
from hypothesis import strategies as st
from test_writers import HOSTILE

import tracer
from tracer.errors import TracerError, clean_text
from tracer.publish.derivation import derive_to
from tracer.publish.pdf import compiler, pdf
from tracer.publish.render import render_to
from tracer.publish.story import escape_markdown, read_story
from tracer.publish.typst import write_typst
from tracer.publish.typst_formula import formula, rows
from tracer.publish.typst_text import _LETTERS, literal, string
from tracer.run.loading import built_in

# ---------------------------------------------------------------------------------------------- formulas


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"z_{h1} = w_1 \cdot i_1 + b", "z_(h 1) = w_(1) ⋅ i_(1) + b"),
        (r"\frac{\partial E}{\partial w}", "frac(∂ E, ∂ w)"),
        (r"a^{(1)}_{n,j}", r"a_(n \, j)^(\( 1 \))"),
        (r"y'_1", "y_(1)^(′)"),
        (r"{w_5}^{+}", "whole(w_(5))^(+)"),
        (r"\left(0.5 - \frac{1}{2}\right)^2", "(0.5 - frac(1, 2))^(2)"),
        (r"\left\lvert x \right\rvert", "lr(| x |)"),
        (r"\left\lbrace \frac{1}{2} \right.", r"lr(\{ frac(1, 2))"),
        (r"\bigl( x \bigr)", r"lr(size: #1.2em, \() x lr(size: #1.2em, \))"),
        (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", 'mat(delim: "(", 1, 2; 3, 4)'),
        (r"\begin{bmatrix} x \end{bmatrix}", 'mat(delim: "[", x)'),
        (r"\begin{array}{c} a \\ b \end{array}", "mat(delim: #none, a; b)"),
        (r"\begin{cases} 1 & \text{if } z > 0 \\ 0 & \text{otherwise} \end{cases}",
         'cases(1 & "if "z > 0, 0 & "otherwise")'),
        (r"\sum_{k} t_k \ln\left(a_k\right)", "∑_(k) t_(k) ln (a_(k))"),
        (r"\underset{(2,\,1)}{X} \overset{n}{=} x", r"limits(X)_(\( 2 \, thin 1 \)) limits(=)^(n) x"),
        (r"\underbrace{a + b}_{c}", "underbrace(a + b)_(c)"),
        (r"\tilde{\delta} \hat{y} \bar{x} \vec{v}", "tilde(δ) hat(y) macron(x) arrow(v)"),
        (r"\mathrm{net}_{o1} \mathbf{1}^{\top} \boldsymbol{w}", '"net"_(o 1) bold("1")^(⊤) bold(w)'),
        (r"\max\left(0, z\right)", r"max (0 \, z)"),
        (r"1{,}000 \times 0{,}5 \le \infty", '"1,000"×"0,5"≤ ∞'),
        (r"\sqrt{x} + \sqrt[3]{x}", "sqrt(x) + root(3, x)"),
        (r"\nabla_{w} E \approx \epsilon \varepsilon", "∇_(w) E ≈ ϵ ε"),
        (r"\role{weight}{w_5} \textcolor{#0072B2}{x} \textcolor{red}{y}",
         'role("weight", w_(5)) ink("#0072B2", x) ink("#ff0000", y)'),
        (r"50\% \text{of a\_b}", '50"%""of a_b"'),
        ("x * y / z", r"x ∗ y \/ z"),
        ("", ""),
    ],
)  # fmt: skip
def test_formulas(tex: str, expected: str) -> None:
    assert re.sub(" +", " ", formula(tex)) == expected


@pytest.mark.parametrize(
    ("tex", "found"),
    [
        (r"\nosuch", r"Typst has no '\nosuch'"),
        (r"\begin{tikzcd} a \end{tikzcd}", "environment 'tikzcd'"),
        (r"\role{colour}{x}", "role 'colour'"),
        (r"\textcolor{nosuch}{x}", "colour 'nosuch'"),
        (r"\left\alpha x \right)", r"bracket '\alpha'"),
        ("{", "a brace is not closed"),
    ],
)
def test_what_typst_has_not_is_one_clear_error(tex: str, found: str) -> None:
    with pytest.raises(TracerError, match=re.escape(found)) as error:
        formula(tex)
    assert error.value.code == "T502"


def pieces(tex: str) -> list[list[str]]:
    return [[row.left, *(f"{piece.depth or ''}{piece.typst}" for piece in row.pieces)] for row in rows(tex)]


def test_lines_may_break_before_relations_and_signs_but_not_in_a_negative_number() -> None:
    assert pieces(r"z = -1 \cdot a + b") == [["z", "= - 1", "1⋅ a", "+ b"]]
    assert pieces(r"\begin{aligned} z &= a \\ &\approx -b - c \end{aligned}") == [["z", "= a"], ["", "≈ - b", "- c"]]
    assert pieces(r"s\left(a + b\right)^2") == [["", r"s \( a", r"2+ b \)^(2)"]]
    # larger brackets are not divided, until they are long
    assert pieces(r"\left(\frac{a}{b} + c\right)") == [["", "(frac(a, b) + c)"]]
    assert pieces(rf"\left(\frac{{a}}{{b}} + {'c' * 60}\right)")[0][1:2] == [r"opening(\() frac(a, b)"]


# ---------------------------------------------------------------------------------------------- text


def page(story: str, title: str = "") -> str:
    return write_typst(read_story(story), title=title)


FRAME = "# {0}\n\n{0} *{0}* [{0}](#x) `code`\n\n- {0}\n\n1. {0}\n\n| {0} | b |\n|---|---|\n| {0} | $x$ |\n\n> {0}\n"
LITERAL = re.compile(r'"(?:[^"\\]|\\["\\nrt])*"')


@settings(max_examples=60, deadline=None)
@given(HOSTILE.filter(lambda text: clean_text(text).strip() != "" and not re.search(r"\d-\d", text)))
def test_what_people_write_never_leaves_its_string(text: str) -> None:
    """Outside of strings a page is the same, whatever is written in it."""
    escaped = escape_markdown(text)
    made, plain = page(FRAME.format(escaped), f"t{text}"), page(FRAME.format("x"), "y")
    assert LITERAL.sub("", made).replace("(true, false,)", "(false, false,)") == LITERAL.sub("", plain)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", made)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=20))
def test_words_in_a_formula_never_leave_their_string(text: str) -> None:
    text = re.sub(r"[{}\\%~]", "", clean_text(text))
    made = formula(rf"a + \text{{{text}}}")
    assert LITERAL.sub("S", made) in ("a +S", "a + S")


def test_strings() -> None:
    assert literal('#read("/etc/passwd")\\') == r'"#read(\"/etc/passwd\")\\"'
    assert string("x\u202e中\u0301é\x07") == '"x[U+4E2D]\u0301é\ufffd"'
    assert page("a\\\nb `c\"d`") .splitlines()[-2] == '#"a";#linebreak();#"b ";#raw("c\\"d");'  # fmt: skip


def test_a_story_as_a_whole() -> None:
    story = """# Title

## One {#one}

See [the sum](#eq-E)
[there](#one) and [nothing](#nowhere):
a 2-2-1 network.

$$ E = 1 $$ (eq-E)

$$ F = 2 $$ (eq-F)

3. item
   ```
   z = "x"
   ```

| a | b |
|---|--:|
| -1.0 | 2 |
| 2.5 | 10 |

![other](x.svg)

***
"""
    assert (
        page(story, "Title").split("#title()")[1]
        == r"""

#heading(level: 1)[#"One";]#label("one")

#lead[#"See ";#link(label("eq-E"))[#"the sum";#" ";#"(1)";];#" ";
#link(label("one"))[#"there";];#" and ";#"nothing";#":";#" ";
#"a ";#box("2-2-1");#" network.";]

#display("E = 1", label: "eq-E",
  row($E$, $= 1$),
)

#display("F = 2",
  row($F$, $= 2$),
)

#enum(tight: true, start: 3,
[#"item";

#listing("z = \"x\"")])

#ruled((right, right,), (false, false,), ([#"a";], [#"b";],),
  [#"-1.0";], [#"2";],
  [#"2.5";], [#"10";])

#"other";

#align(center, rule)

""".replace('"the sum";#" "', '"the sum";#"\xa0"')
    )


def test_what_is_short_stays_together() -> None:
    short, long = "b^{(1)}_{2} = -0.35", "a = b + c + d + e + f + g + h + k + l + m + n"
    made = page(f"- item: ${short}$,\n- ${long}$ and $x$\n")
    assert made.count("#kept(") == 1 and f'#kept("{short}"' in made and f'#tex("{long}"' in made and '#tex("x"' in made
    assert made.count("#together(list(") == 1
    assert "#together(" not in page("- $$ a = 1 $$\n") and "#together(" not in page("- item\n" * 9)


@pytest.mark.others
def test_nothing_short_is_broken_on_paper(tmp_path: Path) -> None:
    needs_typst()
    needs("pdftotext")
    weights = ", ".join(f"$w = 0.{number}$" for number in range(100, 140))
    lines = "\n".join(f"- item {number}" for number in range(6))
    story = "\n\n".join(["word", *[f"{'x ' * number}{weights}" for number in range(60)], *[f"{lines}\n\nword"] * 40])
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(write_typst(read_story(story), title="")))
    text = text_of(path, "-layout")
    assert text.count("=") == 2400
    assert not [line for line in text.splitlines() if line.rstrip().endswith("=")]
    for sheet in text.split("\f"):
        assert sheet.count("item 0") == sheet.count("item 5")


def test_the_language_of_a_page() -> None:
    for tag, shown in (
        ("de", '"de", none'),
        ("pt-BR", '"pt", "BR"'),
        ("zh-Hans-CN", '"zh", "CN"'),
        ('x"', '"en", none'),
    ):
        assert f'paper.with("", {shown})' in write_typst([], title="", language=tag)


# ---------------------------------------------------------------------------------------------- without the extra


def test_without_the_package_there_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    compiler.cache_clear()
    for make in (lambda: render_to(tmp_path / "a.pdf", "mazur"), lambda: derive_to(tmp_path / "a.pdf", "tanh")):
        with pytest.raises(TracerError) as error:
            make()
        assert str(error.value) == (
            "format pdf: the package typst, which makes PDF, is not installed.\n"
            "Install it with  pip install 'backprop-tracer[pdf]'  or write a .tex file, of which pdflatex makes a PDF."
            "   [T506]"
        )
    assert list(tmp_path.iterdir()) == []
    render_to(tmp_path / "a.typ", "micrograd")  # needs no package


def test_a_pdf_is_no_text() -> None:
    with pytest.raises(TracerError, match="a PDF is no text"):
        tracer.render("mazur", format="pdf")


# ---------------------------------------------------------------------------------------------- with Typst itself


def needs_typst() -> None:
    try:
        compiler()
    except TracerError:
        assert os.environ.get("TRACER_REQUIRE_ALL") != "1", "typst is missing"
        pytest.skip("typst is missing")


def needs(program: str) -> None:
    if shutil.which(program) is None:
        assert os.environ.get("TRACER_REQUIRE_ALL") != "1", f"{program} is missing"
        pytest.skip(f"{program} is missing")


def text_of(path: Path, *how: str) -> str:
    return subprocess.run(["pdftotext", *how, path, "-"], capture_output=True, text=True, timeout=60).stdout


MARGIN = 25 / 25.4 * 72
NUMBER = re.compile(r"(?<![\d.,])\d+\.\d+")


@pytest.mark.others
@pytest.mark.sampled(3)
@pytest.mark.parametrize("problem", built_in())
def test_every_problem_becomes_a_pdf_within_its_margins(problem: str, tmp_path: Path) -> None:
    needs_typst()
    needs("pdftotext")
    path = tmp_path / "page.pdf"
    render_to(path, problem)
    render_to(path.with_suffix(".typ"), problem)
    source = path.with_suffix(".typ").read_text(encoding="utf-8")
    # PDF/UA refuses pictures and formulas without a text; it knows no accents on Greek letters, as pictures have them
    standards = [] if "\u0303" in source else ["ua-1"]
    made, warnings = compiler().compile_with_warnings(source.encode(), format="pdf", pdf_standards=standards)
    assert made and warnings == []
    boxes = re.findall(r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">', text_of(path, "-bbox"))
    assert len(boxes) > 200
    for left, top, right, bottom in (map(float, box) for box in boxes):
        assert left > MARGIN - 0.5 and right < 595.28 - MARGIN + 0.5 and top > MARGIN - 6 and bottom < 842 - 30
    # every number that is told is on paper, and as often
    told = re.findall(NUMBER.pattern + r"(?![\d^])", typst_back.markdown_of(source))  # a power stands close to a number
    printed = NUMBER.findall(text_of(path))
    assert len(told) > 20 and not set(told) - set(printed)
    assert all(printed.count(number) >= told.count(number) for number in set(told))


@pytest.mark.others
def test_the_same_page_is_the_same_pdf_anywhere(tmp_path: Path) -> None:
    needs_typst()
    render_to(tmp_path / "a.pdf", "mazur")
    first = (tmp_path / "a.pdf").read_bytes()
    code = "import sys, pathlib; from tracer.publish.render import render_to; render_to(pathlib.Path('b.pdf'), 'mazur')"
    environment = os.environ | {"PYTHONHASHSEED": "5", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True, timeout=120)
    assert (tmp_path / "b.pdf").read_bytes() == first
    assert b"CreationDate" not in first and b"/Lang(en)" in first and b"/StructTreeRoot" in first


@pytest.mark.others
def test_hostile_text_is_text_on_paper(tmp_path: Path) -> None:
    needs_typst()
    needs("pdftotext")
    hostile = [
        '#read("/etc/passwd")',
        "]",
        "*a* _b_",
        "$x$",
        "@label",
        "// no",
        "\\ \\u{41}",
        "= b",
        "#eval(1)",
        '"; #x',
    ]
    story = "\n\n".join(f"- {escape_markdown(text)}\n\n`` {text} ``" for text in hostile)
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(write_typst(read_story(story), title=" ".join(hostile))))
    found = re.sub(r"\s", "", text_of(path))
    for text in hostile:
        assert found.count(text.replace(" ", "")) >= 3, text


@pytest.mark.others
def test_what_is_too_wide_is_broken_or_made_smaller(tmp_path: Path) -> None:
    needs_typst()
    needs("pdftotext")
    wide = " & ".join(f"{number}.123456" for number in range(30))
    story = [
        f"$$ E = {' + '.join(f'a_{{{number}}}' for number in range(60))} $$",
        f"$$ W = \\begin{{pmatrix}} {wide} \\end{{pmatrix}} $$ (eq-W)\n\n[](#eq-W)",
        f"|{' x |' * 24}\n|{'---|' * 24}\n|{' 0.12345 |' * 24}",
        f"| a | b |\n|---|---|\n| 1 | {'long words ' * 40} |",
        f"```\n{'x = 1; ' * 40}\n```",
        f"> - $$ a = s\\left({' + '.join(['b_1'] * 70)}\\right) $$",
    ]
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(write_typst(read_story("\n\n".join(story)), title="")))
    boxes = re.findall(r'<word xMin="(.*?)" .*?xMax="(.*?)"', text_of(path, "-bbox"))
    assert len(boxes) > 100
    # sums are broken, not made smaller: a display of sixty terms has several lines
    assert sum("+" in line for line in text_of(path, "-layout").split("W")[0].splitlines()) >= 4
    assert all(float(left) > MARGIN - 0.5 and float(right) < 595.28 - MARGIN + 0.5 for left, right in boxes)


@pytest.mark.others
def test_the_fonts_have_every_letter_that_is_printed_as_itself() -> None:
    needs_typst()
    known = [chr(code) for code in range(0x20, 0x2C00) if _LETTERS.fullmatch(chr(code))]
    source = "\n".join(["#set document(title: [x])", *(f"#{literal(letter)};" for letter in known)])
    assert len(known) > 3000
    compiler().compile(source.encode(), format="pdf", pdf_standards="ua-1")
    with pytest.raises(RuntimeError, match="could not be displayed"):
        compiler().compile((source + '\n#"中"').encode(), format="pdf", pdf_standards="ua-1")
