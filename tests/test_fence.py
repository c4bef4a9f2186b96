"""The fence: what it asks for, what stands in its place, and what is said where it is wrong.

Figures are those of Matt Mazur's article, as it prints them.
"""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from test_problem import said

import tracer
from tracer.publish.dialect import DIALECTS
from tracer.publish.embed.expand import expand, refused
from tracer.publish.embed.fence import KEYS, Fence, read_fence
from tracer.publish.embed.page import Page
from tracer.publish.embed.showing import SHOWINGS, showing_of
from tracer.publish.environment import package_folder, styles, tell_block
from tracer.publish.story import read_story

GERMAN = Path(__file__).parent.parent / "docs" / "examples" / "german"


def fence(show: str, **keys: Any) -> str:
    return "\n".join(f"{name} = {value!r}" for name, value in {"problem": "mazur", "show": show, **keys}.items())


SHARED = Page(Path("post.md"))  # it keeps the runs


def alone(text: str) -> str:
    """A fence on a page of its own."""
    SHARED.anchors.clear()
    return expand(text, page=SHARED)


@pytest.fixture(scope="module")
def shown() -> dict[str, str]:
    """What each example of the reference becomes on GitHub, all in pages of their own."""
    examples = [one.example for one in SHOWINGS.values() if one.word not in ("check", "all")]
    page = Page(images=Path("drawn"))
    made = {}
    for example in examples:
        made[example] = expand(fence(example), "github", page=page)
        page.anchors.clear()
    return made


@pytest.mark.parametrize(
    ("example", "texts"),
    [
        ("network", ["the hidden layer: 2 units", "0.45", "drawn/mazur-"]),
        ("forward", ["0.3775", "0.593269992", "0.75136507", "0.298371109", "drawn/mazur-"]),
        ("backward", ["0.138498562", "0.082167041", "0.35891648"]),
        ("update", ["0.149780716", "0.19956143", "0.35891648", "0.561370121"]),
        ("step delta2-1", ["0.138498562", "-0.038098237"]),
        ("weight w5", ["0.74136507", "0.186815602", "0.593269992", "0.082167041", "0.35891648"]),
        ("value net_h1", ["0.3775"]),
        ("table", ["0.298371109", "0.408666186", "0.511301270"]),
        ("diagram after delta2", ["](drawn/mazur-network-delta2.svg)"]),
        ("curve sigmoid", ["](drawn/mazur-curve-sigmoid.svg)"]),
        ("listing", ["```python\nimport numpy as np", "0.298371109"]),
        ("derive sigmoid", ["**Reciprocal rule.**", r"a \cdot \left(1 - a\right)"]),
    ],
)
def test_what_is_shown(shown: dict[str, str], example: str, texts: list[str]) -> None:
    assert not [text for text in texts if text not in shown[example]]


def test_a_derivation_needs_no_problem() -> None:
    assert alone('show = "derive sigmoid"') == alone(fence("derive sigmoid"))


def test_no_piece_has_a_heading_above_its_rank_or_a_link_that_leads_nowhere(shown: dict[str, str]) -> None:
    for example, text in shown.items():
        labels = set(re.findall(r'<a id="([^"]+)"></a>', text))
        assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= labels, example
        ranks = [len(marks) for marks in re.findall(r"^(#+) ", re.sub(r"```.*?```", "", text, flags=re.S), re.M)]
        assert min(ranks, default=3) == 3, (example, ranks)


@pytest.mark.parametrize("dialect", [*DIALECTS, "html"])
def test_every_dialect(dialect: str) -> None:
    text = expand(fence("weight w5", digits=4), dialect)
    assert "0.0822" in text and ("<svg" if dialect == "html" else "data:image/svg+xml") in text
    beginning = {"markdown": "Take $w_", "github": "Take $`w_", "kramdown": "Take $$w_", "island": "Take <math>"}
    assert text.startswith(beginning.get(dialect, '<div class="trace">\n<p>Take <span class="whole"><math>'))


class _Ids(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag not in ("br", "hr", "input", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_is_one_whole_element_that_asks_for_nothing() -> None:
    page = Page()
    text = expand(fence("weight w5", colour=1).replace("= 1", "= true"), "html", page=page)
    text += expand(fence("weight w6"), "html", page=page)
    read = _Ids()
    read.feed(text)
    assert read.open == [] and len(read.ids) == len(set(read.ids)) and "delta2-1" in read.ids
    assert all(link.startswith("#") and link[1:] in read.ids for link in read.links)
    assert "<script" not in text and "<link" not in text and '<mi class="role-' not in text
    assert not re.findall(r"(?:src|href)=\"https?:", text)


def test_anchors_are_canonical_names_and_stay_apart() -> None:
    page = Page()
    first = expand(fence("backward", style="plain", notation="nielsen"), page=page)
    for anchor in ("delta2-1", "delta2-2", "dw2-1-1", "dw1-2-2"):  # whatever the notation calls them
        assert first.count(f'<a id="{anchor}"></a>') == 1
    again = expand(fence("backward", style="plain", anchors="other"), page=page)
    assert '<a id="other-delta2-1"></a>' in again and '<a id="delta2-1"></a>' not in again
    third = expand(fence("weight w5"), page=page)
    assert '<a id="delta2-1-no2"></a>' in third and "(#dw2-1-1-no2)" in third and "(#dw2-1-1)" not in third


@pytest.mark.parametrize(("style", "format"), [("gokadin", "stepper"), ("plain", "html")])
def test_whole_pages_have_the_same_anchors(style: str, format: str) -> None:
    page = tracer.render("mazur", style=style, format=format)
    for anchor in ("z1-1", "delta2-1", "delta1-2", "w2-new-1-1", "z1-1-again"):
        assert page.count(f' id="{anchor}"') == 1, anchor


def test_a_step_by_number_and_by_name() -> None:
    stages = tracer.lesson("mazur").stages
    number = next(place for place, stage in enumerate(stages, 1) if "deltas of the output" in stage.title)
    one = alone(fence(f"step {number}"))
    assert one == alone(fence("step delta2-1")) == alone(fence("step delta2"))
    third = expand(fence("step", step=3, style="plain"))
    assert "0.298371109" not in third and "### Update" in third  # the error of the first step


def test_blocks_leave_no_trace_in_pages_and_every_style_has_the_piece_it_is_asked_for() -> None:
    made = tracer.lesson("mazur")
    assert {name for name in styles() if tell_block(made, "forward", name)} == {"plain", "mazur", "hmkcode", "cavar"}
    assert tell_block(made, "forward", "plain") in tracer.publish.environment.tell(made, "plain")  # type: ignore[attr-defined]
    assert tell_block(made, "nothing", "plain") == ""


def test_a_style_of_ones_own_tells_its_own_pieces(tmp_path: Path) -> None:
    (tmp_path / "mine" / "walkthrough").mkdir(parents=True)
    story = "# {{ lesson.title | text }}\n\n{% block forward %}\nOnly ${{ lesson.error_after }}$.\n{% endblock %}\n"
    (tmp_path / "mine" / "walkthrough" / "own.md.j2").write_text(story)
    page = Page(tmp_path / "post.md")
    assert expand(fence("forward", templates="mine", style="own"), page=page) == "Only $0.291027774$.\n"
    assert "Each parameter" in expand(fence("update", templates="mine"), page=page)


def test_another_language(tmp_path: Path) -> None:
    shutil.copytree(GERMAN, tmp_path / "deutsch")
    page = Page(tmp_path / "post.md")
    assert "Zahl" in expand(fence("table", templates="deutsch"), page=page)
    assert "Jeder Parameter macht" in expand(fence("update", templates="deutsch", style="deutsch"), page=page)
    wrong = said(lambda: expand(fence("update", templates="deutsch"), page=page))
    assert "T804" in wrong  # the stories of the package speak English


def test_files_are_found_beside_the_page(tmp_path: Path) -> None:
    (tmp_path / "posts").mkdir()
    shutil.copy(package_folder() / "problem.toml", tmp_path / "posts" / "xor.toml")
    sheet = "name,value\nnet_h1,0.3775\nout_h1,0.71\n"
    (tmp_path / "posts" / "answers.csv").write_text(sheet)
    page = Page(tmp_path / "posts" / "post.md")
    assert "numpy" in expand('problem = "xor.toml"\nshow = "listing"', page=page)
    report = expand(fence("check answers.csv", ask="z,a"), page=page)
    assert "0.71" in report and not report.startswith("#") and "first error" in report
    wrong = said(lambda: expand('\nproblem = "xor.toml"', page=Page(tmp_path / "post.md"), line=4))
    assert wrong.startswith(f"{tmp_path}/post.md, line 5, problem: there is no such file beside this page")


#: text of a fence -> what is said, of a fence that begins in line 10 of post.md
WRONG = {
    'problem = "mazur': "post.md, line 11: this is not TOML:",
    'problem = "mazur"\n\nshw = "all"': "post.md, line 13: unknown key 'shw'.\nDid you mean 'show'?",
    'problem = "mazur"\ndigits = true': "post.md, line 12: digits is true or false.\nExpected a whole number or a text",
    'problem = "mazur"\ndialect = "github"': "post.md, line 12: unknown key 'dialect'.",
    'problem = "mazur"\nground = "grey"': "post.md, line 12: ground is 'grey'.",
    'problem = "mazur"\nlevel = 7': "post.md, line 12: level is 7.",
    'problem = "mazur"\nanchors = "a b"': "post.md, line 12: anchors is 'a b'.",
    'show = "forward"': "post.md, line 11: problem is missing.",
    'problem = "mazzur"': "post.md, line 11, problem: there is no such file beside this page",
    'problem = "mazur"\nshow = "forwards"': "post.md, line 12: nothing is shown by 'forwards'.\nDid you mean 'forw",
    'problem = "mazur"\nshow = ""': "post.md, line 12: nothing is shown by ''.",
    'problem = "mazur"\nshow = "weight"': "post.md, line 12: weight of what?",
    'problem = "mazur"\nshow = "forward z1"': "post.md, line 12: 'z1' behind forward says nothing.",
    'problem = "mazur"\nshow = "diagram before z1"': "post.md, line 12: 'diagram before z1' is no picture.",
    'problem = "mazur"\nshow = "weight w99"': "post.md, line 12, 'w99'",
    'problem = "mazur"\nshow = "weight layer1.w"': "post.md, line 12, 'layer1.w': these are several weights.",
    'problem = "mazur"\nshow = "weight eta"': "post.md, line 12, 'eta': this is no weight that a layer learns.",
    'problem = "mazur"\nshow = "step 99"': "post.md, line 12, show: the story has no step '99'.",
    'problem = "mazur"\nshow = "curve nobody"': "post.md, line 12, picture",
    'problem = "mazur"\nshow = "update"\nstyle = "gokadin"': "post.md, line 13, style: the style 'gokadin' tells no",
    'problem = "mazur"\nnotation = "nobody"': "post.md, line 12, notation: there is no notation 'nobody'.",
    'problem = "mazur"\ntemplates = "nowhere"': "post.md, line 11, nowhere: there is no such folder",
    'problem = "cs231n-circuit"\nshow = "update"': "post.md, line 12: there is nothing to show as 'update' here.",
    'show = "derive sigmod"': "post.md, line 11",
    'problem = "mazr"\nshow = "derive sigmoid"': "post.md, line 11, problem: there is no such file",
    'show = "derive sigmoid"\ndigits = 4': "post.md, line 11: digits says nothing about 'derive'.",
    'problem = "mazur"\nshow = "check nobody.csv"': "post.md, line 11",
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_said_with_file_and_line(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    message = said(lambda: expand(text, page=SHARED, line=11))
    assert message.startswith(WRONG[text]), message
    assert len(message) < 700 and message.count("\n") <= 3


def test_a_host_that_goes_on_shows_the_message() -> None:
    with pytest.raises(tracer.TracerError) as caught:
        expand('problem = "<b>"')
    assert "&lt;b&gt;" in refused(caught.value, "html") and "<b>" not in refused(caught.value, "html")
    assert [token.type for token in read_story(refused(caught.value))] == ["fence"]


def test_a_picture_for_a_light_page_alone() -> None:
    both, light, dark = (
        expand(fence("diagram", **how), "html") for how in ({}, {"ground": "light"}, {"ground": "dark"})
    )
    assert both.count("prefers-color-scheme") == 1 and "prefers-color-scheme" not in light + dark
    assert "#16181c" not in light and "#16181c" in dark


def test_records_hold_together() -> None:
    assert list(KEYS) == [name for name in Fence.__dataclass_fields__ if name not in ("where", "places")]
    for showing in SHOWINGS.values():
        assert showing_of(Fence(problem="mazur" * ("problem" in showing.keys), show=showing.example))[0] is showing
        assert set(showing.keys) <= set(KEYS)
    assert read_fence('problem = "mazur"\ndeviations = "one-by-one"').deviations == ("one-by-one",)
    assert "0.291027924" in expand(fence("value 2:E", deviations="one-by-one"))  # as the article prints it
