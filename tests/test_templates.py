"""Stories of one's own: a folder stands before the package, a story sees a lesson and nothing else, and what is wrong
with it is one message with its file and line."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
import story_context

import tracer
from tracer.errors import TracerError
from tracer.explain.lesson import Lesson
from tracer.publish.environment import styles
from tracer.publish.formats import WRITERS
from tracer.publish.template_copy import copy_template


def folder_with(tmp_path: Path, story: str, name: str = "mine") -> Path:
    (tmp_path / "walkthrough").mkdir(exist_ok=True)
    (tmp_path / "walkthrough" / f"{name}.md.j2").write_text(story, encoding="utf-8")
    return tmp_path


def refused(tmp_path: Path, story: str) -> str:
    with pytest.raises(TracerError) as caught:
        tracer.render("mazur", style="mine", templates=folder_with(tmp_path, story))
    return str(caught.value).replace(str(tmp_path), "FOLDER")


def test_a_story_of_ones_own(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "# {{ lesson.title | text }}\n\n{{ lesson.layers[1].units }} units\n")
    page = tracer.render("mazur", style="mine", templates=folder)
    assert page == "# A 2-2-2 network, one step of gradient descent\n\n2 units\n"
    assert "<p>2 units</p>" in tracer.render("mazur", style="mine", templates=folder, format="html")


@pytest.mark.parametrize("style", styles())
def test_a_copy_tells_the_same_until_it_is_changed(style: str, tmp_path: Path) -> None:
    path = copy_template(style, tmp_path)
    assert tracer.render("mazur", style=style, templates=tmp_path) == tracer.render("mazur", style=style)
    path.write_text(path.read_text(encoding="utf-8") + "\nThe end.\n", encoding="utf-8")
    later = tmp_path / "later"
    (later / "walkthrough").mkdir(parents=True)
    path.rename(later / "walkthrough" / path.name)
    assert tracer.render("mazur", style=style, templates=later).endswith("\nThe end.\n")


def test_the_pieces_can_be_changed_too(tmp_path: Path) -> None:
    path = copy_template("parts", tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("It prints:", "Gedruckt wird:"), encoding="utf-8")
    assert "Gedruckt wird:" in tracer.render("mazur", style="cavar", templates=tmp_path)


def test_a_copy_overwrites_nothing(tmp_path: Path) -> None:
    path = copy_template("plain", tmp_path)
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(TracerError, match="this file exists already"):
        copy_template("plain", tmp_path)
    assert path.read_text(encoding="utf-8") == "mine"
    with pytest.raises(TracerError, match="there is no style 'plan'"):
        copy_template("plan", tmp_path)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(TracerError, match="Expected a folder"):
        copy_template("plain", tmp_path / "file" / "below")


ENDLESS = "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}"
GROW = "{% set ns = namespace(s='a') %}\n{% for i in range(100) %}"
DEEP = "more than 1,000,000 pieces are held in one list."
LARGE = "more than 10,000,000 pieces are made at once."
WRONG = {
    "# A\n\n{{ lesson.titel }}\n": "line 3: a Lesson has no attribute 'titel'.",
    "# A\n{{ nothing }}\n": "line 2: 'nothing' is undefined.",
    "# A\n\n{% if lesson %}\n": "line 3: Unexpected end of template.",
    "{% macro a() %}{{ a() }}{% endmacro %}\n{{ a() }}\n": "line 1: this story calls itself without end.",
    f"# A\n{ENDLESS}\n": "line 2: the loops of this story take more than 1,000,000 turns.",
    GROW + "{% set ns.s = ns.s ~ ns.s %}{% endfor %}": f"line 2: {LARGE}",
    GROW + "{% set ns.s = ns.s + ns.s %}{% endfor %}": f"line 2: {LARGE}",
    GROW + "{% set ns.s = [ns.s, ns.s] | join %}{% endfor %}": f"line 2: {LARGE}",
    GROW + "{% set ns.s = ns.s | replace('a', 'aa') %}{% endfor %}": f"line 2: {LARGE}",
    GROW + "{% set ns.s = ns.s.replace('a', 'aa') %}{% endfor %}": "line 2: a text has no 'replace'",
    GROW + "{% set ns.s = '{0}{0}'.format(ns.s) %}{% endfor %}": f"line 2: {LARGE}",
    GROW + "{% set ns.s = [ns.s, ns.s] %}{% endfor %}\n{{ ns.s }}": f"line 2: {DEEP}",
    GROW + "{% set ns.s = [ns.s, ns.s] %}{% endfor %}\n{{ 'a' ~ ns.s }}": f"line 2: {DEEP}",
    GROW + "{% set ns.s = [ns.s, ns.s] %}{% endfor %}\n{{ lesson.language.told('{a}', a=ns.s) }}": f"line 2: {DEEP}",
    "{{ 'a'.ljust(10**12) }}": "line 1: a text has no 'ljust' in a story",
    "{% set a = 'a' * 5000 %}\n{% for b in a %}{% for c in a %}{% endfor %}{% endfor %}": "line 2: the loops of this",
    "{% set a = 'a' * 9000000 %}\n{% for b in range(3) %}{{ a }}{% endfor %}": "line 2: this story prints more than",
    "{{ 'a' * 10**9 }}": "line 1: more than 10,000,000 pieces are made at once.",
    "{{ 9 ** 9 ** 9 }}": "line 1: this power is too large.",
    "{{ '%999999999d' % 1 }}": "line 1: a text cannot be formatted with %; join texts with ~.",
    "{{ '{:999999999}'.format(1) }}": "line 1: this format is too wide.",
    "{{ ('a' * 10**6) | replace('a', 'b' * 1000) }}": "line 1: more than 10,000,000 pieces are made at once.",
    "{% set l = [0] * 10**6 %}{% for a in l %}{% for b in l %}{% endfor %}{% endfor %}": (
        "line 1: the loops of this story take more than 1,000,000 turns."
    ),
    "{% set n = namespace(x='a') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}": (
        "line 1: more than 10,000,000 pieces are made at once."
    ),
    "{% set x = 'a' * 10000 %}{% for i in range(90000) %}{{ x }}{% endfor %}": (
        "line 1: this story prints more than 10,000,000 characters."
    ),
    "{{ 1 / 0 }}": "line 1: division by zero.",
    "# A\n{{ cycler() }}": "line 2: ",
    "# A\n{{ range(3) | slice(0) | list }}": "line 2: ",
    "# A\n{{ lesson.diagram(3) }}": "line 2: ",
    "# A\n{{ lesson.unit('w5') }}": "line 2: ",
    "# A\n{{ lesson.at_step(1, 2) }}": "line 2: ",
    "# A\n{{ lesson.element_at('w1', 7, 'x') }}": "line 2: ",
    "# A\n{{ lesson.curve(none) }}": "line 2: ",
    "{% include 'no.md.j2' %}": "line 1: there is no template 'no.md.j2'.",
}


@pytest.mark.parametrize("story", WRONG)
def test_what_is_wrong_is_said_with_file_and_line(story: str, tmp_path: Path) -> None:
    said = refused(tmp_path, story)
    assert said.startswith(f"FOLDER/walkthrough/mine.md.j2, {WRONG[story]}"), said
    assert said.endswith("[T502]")


HOSTILE = (
    "{{ lesson.__class__.__mro__ }}",
    "{{ ''.__class__.__subclasses__() }}",
    "{{ lesson._reading.trace }}",
    "{{ lesson.problem.inputs.tofile('stolen') }}",
    "{{ lesson.problem.inputs.dump('stolen') }}",
    "{{ lesson.problem.inputs.data }}",
    "{{ lesson.title.__init__.__globals__ }}",
    "{{ lesson.quantity.__func__.__globals__ }}",
    "{{ (lesson | attr('__class__')) }}",
    "{{ '{0.__class__}'.format(lesson) }}",
    "{{ lipsum.__globals__ }}",
    "{{ self.__init__.__globals__ }}",
    "{{ ([lesson] | map(attribute='__class__') | first).__name__ }}",
    "{% include '../../../../../../etc/passwd' %}",
    "{% include '/etc/passwd' %}",
    "{% include 'secret.md.j2' %}",
)


@pytest.mark.parametrize("story", HOSTILE)
def test_a_story_reaches_no_code_and_no_file(story: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outside = tmp_path / "outside.txt"
    outside.write_text("SECRET", encoding="utf-8")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "secret.md.j2").symlink_to(outside)
    said = refused(folder, story)
    assert "SECRET" not in said and "root:" not in said
    assert not (tmp_path / "stolen").exists()


FORMULAS = {
    r"\input{/etc/passwd}": r'Unknown command "\input"',
    r"x + \text{\input{x}}": r'Unknown command "\input"',
    r"\csname input\endcsname": r'Unknown command "\csname"',
    "^^5cinput{x}": "directly followed by",
    r"\write18{ls}": r'Unknown command "\write"',
    r"\def\frac{\alpha} x": r"\def gives a command a new meaning",
    r"\newcommand{\x}{y} \x": r"\newcommand gives a command a new meaning",
    r"a % b": r"% begins a comment; write \%",
    r"\frac{1}{2": "",
}


@pytest.mark.parametrize("tex", FORMULAS)
@pytest.mark.parametrize("format", ["markdown", "latex", "notebook"])
def test_a_formula_that_is_no_mathematics_reaches_no_page(tmp_path: Path, tex: str, format: str) -> None:
    folder = folder_with(tmp_path, f"# A\n\n$$\n{tex}\n$$\n")
    with pytest.raises(TracerError) as caught:
        tracer.render("mazur", style="mine", templates=folder, format=format)
    assert "mine.md.j2, line 4" in str(caught.value) and FORMULAS[tex] in str(caught.value)
    assert caught.value.code == "T502"


def test_mathematics_of_ones_own_is_left_alone(tmp_path: Path) -> None:
    tex = r"\boxed{\hat{y}} = 50\%"
    assert tex in tracer.render("mazur", style="mine", templates=folder_with(tmp_path, f"# A\n\n$$ {tex} $$\n"))


def test_a_picture_that_there_is_not_is_said_with_its_line(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "# A\n\n![a](trace:diagram/nope)\n")
    with pytest.raises(TracerError, match=r"mine\.md\.j2, line 3, picture"):
        tracer.render("mazur", style="mine", templates=folder, format="html")


def test_a_story_that_was_changed_is_told_as_it_is_now(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "# {{ lesson }}\n\nold\n")
    assert "old" in tracer.render("mazur", style="mine", templates=folder)
    page = tracer.render("mazur", style="mine", templates=folder_with(tmp_path, "# {{ lesson }}\n\nnew\n"))
    assert page == "# A 2-2-2 network, one step of gradient descent\n\nnew\n"


def test_a_folder_that_is_none() -> None:
    with pytest.raises(TracerError, match="there is no such folder of templates"):
        tracer.render("mazur", templates="nowhere")


# ------------------------------------------------------------------------------------------- the public context


def test_the_reference_of_the_context_is_current() -> None:
    assert story_context.PAGE.read_text(encoding="utf-8") == story_context.page(), "python tests/story_context.py"
    assert story_context.GUIDE.read_text(encoding="utf-8") == story_context.guide(), "python tests/story_context.py"


def test_everything_a_story_can_use_says_what_it_is() -> None:
    for of in story_context.reached(Lesson):
        assert story_context.first(of.__doc__), of
        fields = dataclasses.fields(of) if dataclasses.is_dataclass(of) else ()
        told = {item.name for item in fields}
        assert not [name for name, *_, text in story_context.members(of) if not text and name not in told], of


def test_what_shipped_stories_use_is_in_the_reference() -> None:
    listed = set(re.findall(r"^\| `(\w+)", story_context.page(), re.MULTILINE))
    for path in (story_context.DOCS.parent / "templates" / "walkthrough").glob("*.j2"):
        used = set(
            re.findall(r"\b(?:lesson|part|unit|worked|path|layer|stage)\.(\w+)", path.read_text(encoding="utf-8"))
        )
        assert used - {"md"} <= listed, (path.name, used - listed)


OTHERS = ("cavar-3-4-1", "hmkcode", "eoj-softmax", "mazur-one-by-one")


@pytest.mark.parametrize("problem", ["mazur", *(pytest.param(name, marks=pytest.mark.others) for name in OTHERS)])
def test_the_example_story(problem: str) -> None:
    for format in WRITERS.keys() - {"pdf"}:  # which is no text
        page = tracer.render(problem, style="one-page", templates=story_context.EXAMPLE, format=format)
        assert "has 2 units" in page or "has 4 units" in page
        assert "undefined" not in page.partition("<script>")[0]
    assert "to blame" in page or problem == "mazur-one-by-one"
