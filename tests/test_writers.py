"""Story Markdown and its writers: what is read, what is written, and that it stays the same and compiles."""

from __future__ import annotations

import os
import random
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it.token import Token

from tracer.errors import TracerError
from tracer.publish import story
from tracer.publish.files import write_whole
from tracer.publish.latex import escape_latex, write_latex
from tracer.publish.markdown import write_markdown
from tracer.publish.story import escape_markdown, read_story

pytestmark = pytest.mark.filterwarnings("error")


def rewritten(text: str) -> str:
    return write_markdown(read_story(text))


def leaves(tokens: Sequence[Token]) -> Iterator[str]:
    """What a story says, token by token, without what writers may change: spaces, emphasis in emphasis, tightness."""
    for token in tokens:
        kind = token.type
        if kind in ("text", "softbreak", "hardbreak"):
            yield token.content or " "
        elif kind in ("fence", "code_block"):
            yield f"<code {token.info.strip()} {token.content.rstrip(chr(10))}>"
        elif kind == "math_inline" or kind.startswith("math_block"):
            formula = re.sub(r"\\vert|\|", "|", token.content)
            yield f"<{kind} {re.sub(r'[{}]', '', formula)} {token.info}>"
        elif kind == "code_inline":
            yield f"<code {token.content}>"
        elif kind.removesuffix("_open").removesuffix("_close") not in ("em", "strong", "link", "paragraph", "inline"):
            yield f"<{kind} {token.attrs.get('id')} {token.attrs.get('style')} {token.attrs.get('src')}>"
        yield from leaves(token.children or [])
        yield "|" if kind == "inline" else ""


def meaning(tokens: Sequence[Token]) -> str:
    return re.sub(r"\s", "", "".join(leaves(tokens)))


# ---------------------------------------------------------------------------------------------- reading


def types(text: str) -> list[str]:
    return [child.type for token in read_story(text) for child in (token.children or [token])]


def test_a_formula_first_in_a_paragraph_that_ends_in_a_digit_is_a_formula() -> None:
    assert types("$a$ is 5")[1:3] == ["math_inline", "text"]
    assert types("it costs $5 and $6")[1:2] == ["text"]
    assert "math_inline" in types("- $x$ = 1")


def test_displays_are_read_with_label_without_indentation_and_after_a_paragraph() -> None:
    tokens = read_story("text\n$$ a $$ (eq-a)\nmore\n\n1. item\n\n   $$\n   b\n   + c\n   $$ (eq b)\n\n$$ $$\n")
    found = [(token.type, token.content, token.info) for token in tokens if token.type.startswith("math")]
    assert found == [("math_block_label", "a", "eq-a"), ("math_block_label", "b\n+ c", "eq-b")]


def test_anchors_are_read_from_headings_and_from_lines() -> None:
    text = '# One {#one}\n\n<a id="two"></a>\n\n## Two\n\n<a id="t&quot;3"></a>\n\n$$ x $$\n\n<a id="four"></a>\n\ntext'
    tree = story.story_tree(read_story(text))
    assert {label: node.type for label, node in story.targets(tree).items()} == {
        "one": "heading",
        "two": "heading",
        't"3': "math_block_label",
    }
    assert story.plain_text(tree.children[0]) == "One"
    assert story.plain_text(tree.children[-1]) == "text"  # an anchor for nothing is text


def test_html_in_a_story_is_text_and_control_characters_are_visible() -> None:
    assert types("a <b>c</b> <script>x</script>")[1] == "text"
    assert "\ufffd" in read_story("a\x07b\ud800")[1].content


# ---------------------------------------------------------------------------------------------- escaping

PIECES = [
    *"\\`*_{}[]()<>#+-.!|$&~^@:=%\"'/;,?",
    *[
        " ",
        "  ",
        "\t",
        "\n",
        "\r\n",
        "\n\n",
        "\x00",
        "\x07",
        "\x1b",
        "\x7f",
        "\x85",
        "\u2028",
        "\xa0",
        "\u200b",
        "\u202e",
    ],
    *["a", "Z", "5", "é", "中", "😀", "−", "α", "\u0301", "\ud800", "\ufffe"],
    *[
        "1. ",
        "- ",
        "+ ",
        "> ",
        "# ",
        " #",
        "===",
        "---",
        "***",
        "```",
        "~~~",
        "    ",
        "$$",
        "$x$",
        "(i) ",
        "a. ",
        "| - |",
    ],
    *[
        "<b>",
        "<!--",
        "</script>",
        "&amp;",
        "&#36;",
        "&lt",
        "![",
        "](x)",
        "[x]: y",
        "{#id}",
        "{{ x }}",
        "{% raw %}",
        "{{<",
    ],
    *[
        "\\end{document}",
        "\\input{/etc/passwd}",
        "\\\\",
        "\\(",
        "\\[x\\]",
        "^^M",
        "%",
        "\\",
        "~",
        "\\begin{",
        "\\x",
        "#1",
    ],
    *[
        "http://a.b",
        "www.a.b",
        "a@b.c",
        "@cite",
        "[^1]",
        ":::",
        "javascript:",
        "(q) ",
        "$$ x $$ (label)",
        '<a id="x"></a>',
    ],
]
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=20)
FRAMES = [
    "{}",
    "a {} b",
    "# {}",
    "#### {} {{#anchor}}",
    "- {}",
    "1. {}\n2. x",
    "> {}",
    "**b** {} *c*",
    "[{}](#x)",
    "![{}](x.png)",
    "{}[x](#y)",
]


def text_of(tokens: Sequence[Token]) -> str:
    return "".join(token.content if token.type == "text" else text_of(token.children or []) for token in tokens)


@settings(max_examples=250, deadline=None)
@given(HOSTILE)
def test_escaped_text_comes_out_as_that_text_everywhere(text: str) -> None:
    escaped, expected = escape_markdown(text), story.clean_text(text)
    assert "\n" not in escaped and not re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", escaped)
    assert not re.search(r"\{[{%#<]|<", escaped)  # no tag of Liquid, Jinja, Hugo or HTML
    for frame in FRAMES:
        plain = "x" if escaped else ""
        tokens = read_story(frame.format(escaped))
        assert text_of(tokens) == text_of(read_story(frame.format("QQQ"))).replace("QQQ", expected), frame
        if plain:
            assert [token.type for token in tokens] == [token.type for token in read_story(frame.format("x"))], frame
    cells = read_story(f"| {escaped} | b |\n|---|---|\n| c | {escaped} |\n")
    assert [text_of([token]) for token in cells if token.type == "inline"] == [expected, "b", "c", expected]


def test_escaped_text_is_as_people_would_write_it_where_it_can_be() -> None:
    assert escape_markdown("Backpropagation, step by step (XOR): 3-4-1") == "Backpropagation, step by step (XOR): 3-4-1"
    assert escape_markdown("1. a") == r"1\. a"
    assert escape_markdown("- a") == r"\- a"
    assert escape_markdown("-0.5 C#") == r"-0.5 C\#"
    assert escape_markdown("R & D|x_1\r\ny") == r"R & D\|x\_1 y"


# ---------------------------------------------------------------------------------------------- Markdown

DOCUMENT = r"""# A *first* look {#top}

The net input is
$$
z_1 = w_1 x_1
+ b_1
$$ (eq-z1)
as in [the sum](#eq-z1) and [below](#back).

- one $\frac{1}{2}$
- two
  - deep

## Backward {#back}

3. An item

   $$ \delta_1 = a - t $$ (eq-delta1)

   | $x$ | sum |
   |----:|:---:|
   | $\|x\|$ | `a\|b` |

   ```python
   z = x @ w  # "quoted" \end{verbatim} {α}
   ```
4. Another
   1. nested

> quoted **strong**@@
> `code`

***
![A picture](trace:diagram)
""".replace("@@", "  ")

PANDOC = r"""<a id="top"></a>

# A _first_ look

The net input is

<a id="eq-z1"></a>

$$
z_1 = w_1 x_1
{}+ b_1
$$

as in [the sum](#eq-z1) and [below](#back).

-   one $\frac{1}{2}$
-   two
    -   deep

<a id="back"></a>

## Backward

3.  An item

    <a id="eq-delta1"></a>

    $$
    \delta_1 = a - t
    $$

    | $x$ | sum |
    | --: | :-: |
    | $\vert x\vert$ | `a\|b` |

    ```python
    z = x @ w  # "quoted" \end{verbatim} {α}
    ```

4.  Another

    1.  nested

> quoted **strong**@@
> `code`

___

![A picture](trace:diagram)
""".replace("@@", "  ")


def test_the_pandoc_dialect_as_a_whole() -> None:
    assert rewritten(DOCUMENT) == PANDOC
    assert rewritten(PANDOC) == PANDOC
    assert meaning(read_story(PANDOC)) == meaning(read_story(DOCUMENT))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", "\n"),
        ("- a\n- b\n\n\n* c", "-   a\n-   b\n\n*   c\n"),
        ("* + -", "-   *   -\n"),
        ("1. a\n\n   b", "1.  a\n\n    b\n"),
        ("- a\n  2. b", "-   a\n    2\\. b\n"),
        (
            "| $a \\| b$ |\n|---|\n| $\\left\\| x \\right\\|$ |",
            "| $a \\vert  b$ |\n| --- |\n| $\\left\\vert  x \\right\\vert$ |\n",
        ),
        ("$$\n- a\n\\\\ + b\n+ c\n$$", "$$\n{}- a\n\\\\ + b\n{}+ c\n$$\n"),
        ("````\n```\n````", "````\n```\n````\n"),
        ("# C \\#", "# C \\#\n"),
        ("&#49;. a *b* &#97;_c_", "1\\. a _b_ &#97;_c_\n"),
        ("**a *b* c** *d _e_ f***g** *h*_i_", "**a _b_ c** _d e f_**g** _hi_\n"),
        ("\\\n\\\na \\\nb", "a  \nb\n"),
        ("![a ![b \\* c](y)](x)", "![a ![b \\* c](y)](x)\n"),
        ("$x$&#53; &#53;$y$", "$x$&#53; &#53;$y$\n"),
        ("[a](<b c> 'd \"e\"')", '[a](b%20c "d &#34;e&#34;")\n'),
    ],
)
def test_details_of_markdown(text: str, written: str) -> None:
    assert rewritten(text) == written
    assert rewritten(written) == written


BLOCKS: st.SearchStrategy[str] = st.deferred(
    lambda: st.one_of(
        HOSTILE.map(escape_markdown),
        st.sampled_from(
            ["$x$ is 5", "*a*_b_ **c**d", "$$ x $$", "$$\n- a\n+ b\n$$ (eq-1)", "# A {#a}", "## $z$", "---"]
        ),
        st.sampled_from(
            ["```python\n\\end{verbatim}\n\n\tx\n```", "| a | $b\\|c$ |\n|:-|-:|\n| 1 | `x\\|y` |", "[r](#eq-1)"]
        ),
        st.builds(
            indented, st.sampled_from(["- ", "* ", "1. ", "7) ", "> "]), st.lists(BLOCKS, min_size=1, max_size=3)
        ),
    )
)


def indented(marker: str, blocks: list[str]) -> str:
    lines = "\n\n".join(blocks).split("\n")
    rest = marker if marker == "> " else " " * len(marker)
    return "\n".join([marker + lines[0], *(rest + line for line in lines[1:])])


STORIES = st.lists(BLOCKS, max_size=4).map("\n\n".join) | st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


@settings(max_examples=400, deadline=None)
@given(STORIES)
def test_markdown_is_written_the_same_again_and_means_the_same(text: str) -> None:
    tokens = read_story(text)
    written = write_markdown(tokens)
    assert rewritten(written) == written
    assert meaning(read_story(written)) == meaning(tokens)
    assert written.endswith("\n") and not written.endswith("\n\n") and "\r" not in written
    displays = [token.content for token in read_story(written) if token.type.startswith("math_block")]
    assert not [line for content in displays for line in content.split("\n") if line.startswith(("+", "-"))]


# ---------------------------------------------------------------------------------------------- LaTeX


def body(text: str, title: str = "") -> str:
    return (
        write_latex(read_story(text), title=title).split("\\begin{document}\n")[1].removesuffix("\n\\end{document}\n")
    )


def test_the_title_is_printed_once() -> None:
    title = "5 % of x_1"
    assert body("# " + escape_markdown(title) + "\n\ntext", title).count(r"5 \% of x\_1") == 1
    assert r"\section[" in body("# Another\n\ntext", title)
    assert r"\section[" in body("## First\n\n### Second") and r"\subsection[" in body("## First\n\n### Second")


def test_the_outline_of_the_pdf_has_all_characters() -> None:
    assert r'\section[{\texorpdfstring{}{z\unichar{"005F}1 \unichar{"4E2D}}}]{$z_1$ {[}U+4E2D' in body("# $z_1$ 中")


def test_references() -> None:
    assert r"sum~\eqref{eq-1}" in body("[sum](#eq-1)\n\n$$ x $$ (eq-1)")
    assert r"\hyperref[part]{see}" in body("[see](#part)\n\n# Part {#part}")
    assert body("[text](#nowhere)") == "text"
    assert body("[x](#a)\n\n$$ x $$ (a)\n\n$$ y $$ (a)").count(r"\label{a}") == 1
    assert r"\label{s/3A/z/5B/1/2C/2/5D/}".replace("/3A/", ":") in body("[x](<#s:z[1,2]>)\n\n$$ x $$ (s:z[1,2])")
    assert r"\href{https://a.b/c\_d\%20?x=1\&y\#z}{t}" in body("[t](<https://a.b/c_d ?x=1&y#z>)")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (
            "\\input{x} 5% #1 $a_b^c~ &",
            r"\textbackslash{}input\{x\} 5\% \#1 \$a\_b\textasciicircum{}c\textasciitilde{} \&",
        ),
        ("[a]*", "{[}a{]}{*}"),
        ("a -- b << ''", "a -{}- b <{}< '{}'"),
        ("naïve e\u0301 ế", r"naïve é \'{\^{e}}"),
        ("‒―\xa0x", r"\textendash{}\textemdash{}~x"),
        ("α → −1", r"\ensuremath{\alpha} \ensuremath{\rightarrow} \ensuremath{-}1"),
        ("x² ½ ﬁ Ａ", r"x\textsuperscript{2} 1/2 fi A"),
        ("中😀", r"{[}U+4E2D{]}\allowbreak{}{[}U+1F600{]}\allowbreak{}"),
        ("a\x00b\nc", r"a{[}U+FFFD{]}\allowbreak{}b c"),
    ],
)
def test_text_for_latex(text: str, written: str) -> None:
    assert escape_latex(text) == written


def test_code_for_latex() -> None:
    assert body("`it's ẃ`") == r"\texttt{it\textquotesingle{}s \'{w}}"
    listing = body("```\n\tx = {'a'} \\end{verbatim}\xa0→\n```").split("\n")[1]
    assert listing == r"    x = \{'a'\} \textbackslash{}end\{verbatim\} \ensuremath{\rightarrow}"


def test_wide_tables_shrink_and_long_ones_break() -> None:
    row = "| " + " | ".join("0.123456789" for _ in range(20)) + " |\n"
    assert r"\fitted{" in body(row + "|---" * 20 + "|\n" + row)
    assert r"\begin{longtable}" in body("| a |\n|---|\n" + "| 1 |\n" * 60)


def compiled(source: str, folder: Path) -> str:
    """The log of two runs of pdflatex; skips where there is none, unless everything is required."""
    if shutil.which("pdflatex") is None:
        if os.environ.get("TRACER_REQUIRE_ALL") == "1":
            pytest.fail("pdflatex is missing, and TRACER_REQUIRE_ALL is 1")
        pytest.skip("pdflatex is missing")
    write_whole(folder / "story.tex", source)
    command = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "story.tex"]
    for _ in range(2):
        run = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=60)
        assert run.returncode == 0, run.stdout[-1500:].decode("utf-8", "replace")
    return (folder / "story.log").read_text("utf-8", "replace")


def hostile_texts(count: int) -> list[str]:
    chance = random.Random(4)
    return ["".join(chance.choices(PIECES, k=chance.randint(1, 12))) for _ in range(count)]


def test_everything_compiles_without_an_undefined_reference(tmp_path: Path) -> None:
    title = "".join(PIECES)
    ranges = [(0x20, 0x530), (0x1E00, 0x2000), (0x2000, 0x2600), (0xFB00, 0xFB07), (0xFF01, 0xFF5F), (0x1D400, 0x1D420)]
    characters = [chr(code) for first, last in ranges for code in range(first, last)]
    everything = ["".join(characters[start : start + 50]) for start in range(0, len(characters), 50)]
    texts = [escape_markdown(text) for text in hostile_texts(60)]
    deep = "\n".join(f"{'   ' * level}{'-' if level % 3 else '1.'} level {level} $x_{{{level}}}$" for level in range(9))
    parts = [
        "# " + escape_markdown(title),
        DOCUMENT,
        *(f"{frame.format(text)}\n" for frame, text in zip(FRAMES * 6, texts, strict=False)),
        "| a | b |\n|:-|-:|\n" + "".join(f"| {text} | $x$ |\n" for text in texts[:40]),
        "| *a | b |\n|-|-|\n| [c | *d |\n| * | [1] |",
        *(escape_markdown(line) for line in everything),
        "```\n" + "\n".join(line.replace("```", "") for line in everything[:60]) + "\n```",
        "```\n\\end{verbatim}\n\\end{Verbatim}\n" + "x" * 200 + "\n```",
        deep + "\n\n" + " " * 27 + "$$ y $$ (deep)",
        "\\\n\\\na line break first",
        "> > > > > > > > quoted [deep](#deep) [gone](#gone)",
        "$$\n\\begin{aligned}\n"
        "a &= \\text{é − 中 α} − δ \\\\\n&= \\begin{bmatrix} 1 & 2 \\end{bmatrix}\n\\end{aligned}\n$$ (al)",
        "| " + " | ".join("0.123456789" for _ in range(30)) + " |\n" + "|-" * 30 + "|\n",
        "| n | what |\n|-:|-|\n" + "".join(f"| {n} | {'a long sentence ' * 9} |\n" for n in range(50)),
        "![missing](no/such.png) ![odd](a%23b.png)\n\n![alone](such.svg)",
    ]
    log = compiled(write_latex(read_story("\n\n".join(parts)), title=title, language="de"), tmp_path)
    assert not re.search(r"undefined|multiply|Rerun to|Missing character|Warning: Token", log)
    assert not re.search("Warning(?!: Difference)", log)


# ---------------------------------------------------------------------------------------------- files


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_are_utf8_with_lf(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.md", "é\r\nb\rc\n\ud800")
    assert (tmp_path / "a.md").read_bytes() == "é\nb\nc\n?".encode()
    assert left_in(tmp_path) == ["a.md"]


def test_permissions_are_kept_and_links_followed(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "a.md", tmp_path / "link.md"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_whole(link, "new")
    assert link.is_symlink() and target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert left_in(tmp_path / "there") == ["a.md"]
    old = os.umask(0o027)
    try:
        write_whole(tmp_path / "fresh.md", "x")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "fresh.md").stat().st_mode) == 0o640


@pytest.mark.parametrize("step", ["replace", "chmod", "fsync"])
def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    target = tmp_path / "a.md"
    target.write_text("old")

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"tracer.run.files.os.{step}", fails)
    with pytest.raises(TracerError) as caught:
        write_whole(target, "new")
    assert caught.value.code == "T501" and "No space left" in caught.value.found
    assert target.read_text() == "old" and left_in(tmp_path) == ["a.md"]


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    os.mkfifo(tmp_path / "pipe")
    for path, found in [
        (tmp_path / "no" / "a.md", "does not exist"),
        (tmp_path / "file" / "a.md", "does not exist"),
        (tmp_path, "is a folder"),
        (tmp_path / "pipe", "is not an ordinary file"),
        (tmp_path / "nul\0.md", "cannot be written"),
        (tmp_path / ("x" * 300), "cannot be written"),
    ]:
        with pytest.raises(TracerError) as caught:
            write_whole(path, "new")
        assert caught.value.code == "T501" and found in caught.value.found, str(caught.value)
    assert left_in(tmp_path) == ["file", "pipe"]


@pytest.mark.parametrize("refused", ["folder", "file"])
def test_what_is_read_only_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: str) -> None:
    target = tmp_path / "a.md"
    target.write_text("old")
    closed = target if refused == "file" else tmp_path
    monkeypatch.setattr(
        "tracer.run.files.os.access", lambda path, mode: Path(path) != closed
    )  # root may write everywhere
    with pytest.raises(TracerError, match="read-only" if refused == "file" else "not writable"):
        write_whole(target, "new")
    assert target.read_text() == "old" and left_in(tmp_path) == ["a.md"]
