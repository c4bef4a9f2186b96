"""Reports of students and of classes: what they say, that it is true as printed, and how a class becomes a folder."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import tomllib
import warnings
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reread import check_page
from simulated import sheets as simulated
from simulated.nets import SHAPES
from simulated.sheet import Sheet as Simulated
from test_writers import HOSTILE

import tracer
from tracer.check.asking import addresses
from tracer.check.checking import check_sheets
from tracer.check.class_report import class_report, rows_of
from tracer.check.grading import Course, Results, results_of
from tracer.check.marks import Scheme, marks_text, read_scheme, scheme
from tracer.check.marks_csv import cell, number
from tracer.check.outcomes import NAMES, Outcome
from tracer.check.plain_report import plain_report
from tracer.check.report import Report
from tracer.check.report_json import gradescope_json, report_json
from tracer.check.sheet_report import report_of
from tracer.errors import TracerError
from tracer.explain.lesson import lesson
from tracer.explain.names import names_of
from tracer.explain.notation import NOTATIONS
from tracer.publish.dialect import DIALECTS
from tracer.publish.exports.exercise import exercise
from tracer.publish.exports.gift import gift
from tracer.publish.formats import WRITERS
from tracer.publish.homework import checked_sheet, course_for
from tracer.publish.markdown import write_markdown
from tracer.publish.repeated_markdown import repeated_markdown
from tracer.publish.report_folder import Pages, grade, page_names
from tracer.publish.report_page import class_page, student_page, student_story
from tracer.publish.story import read_story
from tracer.publish.worksheet import worksheet
from tracer.read.answers import Sheet, sheets_in
from tracer.read.resolved import Vocabulary
from tracer.run.loading import load
from tracer.run.trace_file import trace_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # typer 0.24 imports names that click 8.5 is going to drop
    from tracer.cli import main

#: Mazur's forward pass, error and output deltas as he printed them (published/figures.json has his page)
MAZUR = {
    "net_h1": "0.3775", "out_h1": "0.593269992", "out_h2": "0.596884378", "net_o1": "1.105905967",
    "out_o1": "0.75136507", "out_o2": "0.772928465", "E_total": "0.298371109",
    "delta_o1": "0.138498562", "w5+": "0.35891648", "w6+": "0.408666186", "w7+": "0.511301270", "w8+": "0.561370121",
    "w1+": "0.149780716", "w2+": "0.19956143", "w3+": "0.24975114", "w4+": "0.29950229",
}  # fmt: skip
COUNT = 30


@lru_cache(maxsize=8)
def course(asked: str = "", coloured: bool = False) -> Course:
    return course_for("mazur", asked=asked, coloured=coloured)


def sheet(answers: dict[str, str], student: str = "anna") -> Sheet:
    lines = [f'"{name}","{text}"' for name, text in answers.items()]
    (read,) = sheets_in(f"{student}.csv", "\n".join(["name,value", *lines]).encode(), student)
    assert isinstance(read, Sheet)
    return read


OUT_O1, OUT_O2 = Decimal("0.851365070"), Decimal(MAZUR["out_o2"])
ERROR = ((OUT_O1 - Decimal("0.01")) ** 2 + (OUT_O2 - Decimal("0.99")) ** 2) / 2
FORWARD = {name: text for name, text in MAZUR.items() if not name.startswith("w")}
#: sheets that are told about below; all are judged together, as a class is
BY_HAND = {
    "published": MAZUR,
    "wrong output": {name: MAZUR[name] for name in ("net_h1", "out_h1", "out_h2", "net_o1", "out_o2")}
    | {"out_o1": f"{OUT_O1}", "E_total": f"{ERROR:.9f}"},
    "all but the error": {
        "net_h1": "0.3775", "net_h2": "0.3925", "out_h1": "0.593269992", "out_h2": "0.596884378",
        "net_o1": "1.105905967", "net_o2": "1.224921404", "out_o1": "0.751365070", "out_o2": "0.772928465",
        "E_total": "0.300000000",
    },
    # Mazur's weights without the learning rate
    "no rate": FORWARD
    | {"dw5": "0.082167041", "dw6": "0.082667628", "dw7": "-0.022602540", "dw8": "-0.022740242"}
    | {"w5+": "0.317832959", "w6+": "0.367332371", "w7+": "0.522602540", "w8+": "0.572740242"},
    "turned": {name: text for name, text in FORWARD.items() if name not in ("E_total", "delta_o1")}
    | {"delta_o1": "-0.138498562", "delta_o2": "0.038098236", "dw5": "-0.082167041", "dw6": "-0.082667628"},
    "unreadable": {"out_h1": "0.1-0.9", "net_h1": "0.3775", "w99": "1", "i1": "0.05", "E_total": "(out_o1 - 1)/2"},
    "two wrong": {"out_h1": "0.7000", "out_h2": "0.9000", "net_h1": "0.3775", "net_h2": "0.3925"},
    "alone": {"out_h1": "0.7000"},
}  # fmt: skip


@lru_cache(maxsize=1)
def results() -> Results:
    simulated_ones = [sheet(one.answers(), one.id) for one in made()]
    return results_of(course(), simulated_ones + [sheet(answers, name) for name, answers in BY_HAND.items()])


def report(name: str, **how: Any) -> Report:
    return report_of(results(), COUNT + list(BY_HAND).index(name), **how)


@lru_cache(maxsize=1)
def made() -> tuple[Simulated, ...]:
    """A simulated class; its network is Mazur's."""
    return tuple(simulated("mazur", COUNT, 7))


# -- one sheet


def test_published_figures_are_all_right() -> None:
    found = report("published")
    assert found.first is None and not found.causes and not found.problems
    assert found.right == len(MAZUR) == found.marks
    assert found.count("missing") == found.out_of - len(MAZUR)
    assert not found.all_right  # some are missing


def test_an_error_is_counted_once_where_it_was_made() -> None:
    found = report("wrong output")
    assert found.first is not None and [one.name for one in found.wrong] == ["out_o1"]
    assert found.first.before == 4
    by_name = {one.name: one for one in found.findings}
    assert by_name["E_total"].outcome == Outcome.OWN and by_name["E_total"].marks == 1
    first, last = by_name["out_o1"].accepted
    assert float(first) <= 0.751365070 <= float(last) < 0.7513651
    assert "right from your own numbers" in student_page(found, "markdown")
    assert "6 of 29 answers are right, 1 of them from your own numbers after a slip" in plain_report(found)


def test_a_step_is_worked_out_as_a_walkthrough_does_it() -> None:
    """With all of Mazur's numbers on the sheet the lines are those of `tracer show`, symbol by symbol."""
    figures = lesson("mazur", notation_name="mazur", shown=9)
    found = report("all but the error")
    assert found.first is not None
    theirs = figures.quantity("E_total")
    assert [line.tex for line in found.first.worked.lines[:2]] == [line.tex for line in theirs.lines[:2]]  # type: ignore[union-attr]
    assert found.first.worked.symbol == theirs.symbol == "E_{\\mathrm{total}}"  # type: ignore[union-attr]


def test_a_cause_is_named_with_its_remedy() -> None:
    """All new weights of the output layer without the learning rate (Mazur's weights and gradients)."""
    found = report("no rate")
    (cause,) = found.causes
    assert [one.name for one in cause.one_of] == ["rate-forgotten"] and cause.answers == 4
    page = student_page(found, "markdown")
    assert "The learning rate is left out of the update" in page and "Multiply by the learning rate." in page


def test_a_convention_is_said_and_is_no_error() -> None:
    found = report("turned")
    assert found.first is None and "target minus output" in found.convention
    assert "which is no error" in plain_report(found) and "no error" in student_page(found, "markdown")


def test_what_could_not_be_read_is_said() -> None:
    found = report("unreadable")
    reasons = {one.name: one.reason for one in found.findings if one.reason}
    assert reasons["out_h1"] == "a range or a difference; write one number"
    assert "E_total" not in reasons  # a formula is judged
    assert any("w99" in problem for problem in found.problems) and "'i1' is not asked for." in found.problems
    assert "Not read:" in plain_report(found) and "What was not read" in student_page(found, "markdown")


@pytest.mark.parametrize(
    ("text", "outcomes"), [("0.9", {"wrong"}), ("0.4", {"wrong"}), ("0.6", {"right", "few-digits"})]
)
def test_one_digit_is_no_licence(text: str, outcomes: set[str]) -> None:
    """The output is 0.593; with one digit at every operation it could be nearly anything."""
    found = checked_sheet(course("z1,a1"), sheet({"net_h1": "0.3775", "out_h1": text}))
    assert found.findings[2].outcome in {Outcome(NAMES.index(name)) for name in outcomes}


@pytest.mark.parametrize(("text", "outcome"), [("0.30", "right"), ("0.45", "cannot-tell"), ("0.900", "wrong")])
def test_rounded_to_pieces_all_the_way_is_not_told_right(text: str, outcome: str) -> None:
    """Whoever writes two decimals of the error alone may have rounded everything before it to as many."""
    found = checked_sheet(course("E"), sheet({"E_total": text}))
    assert found.findings[0].outcome == Outcome(NAMES.index(outcome))


@pytest.mark.parametrize("hidden", [False, True])
def test_of_a_long_step_only_its_result_is_told(hidden: bool) -> None:
    """From the inputs to the error in one formula: nobody would read a line of it."""
    made = checked_sheet(course("E"), sheet({"E_total": "0.9000"}), hidden=hidden)
    assert made.first is not None and len(made.first.worked.lines) == (0 if hidden else 1)
    assert "0.2984" in student_page(made, "markdown") or hidden


def test_after_two_answers_were_exchanged_the_others_are_right() -> None:
    """What stands in the key is no less right because a number before it is wrong."""
    gradients = {"dw5": "0.082167041", "dw6": "0.082667628", "dw7": "-0.022602540", "dw8": "-0.022740242"}
    turned = FORWARD | gradients | {"delta_o1": "-0.038098236", "delta_o2": MAZUR["delta_o1"]}
    found = checked_sheet(course(), sheet(turned))
    assert [one.name for one in found.wrong] == ["delta_o1", "delta_o2"]
    assert found.count("own-numbers") == 0 and found.right == len(turned) - 2


def test_fewer_digits_than_asked_are_said_everywhere() -> None:
    """Mazur's figures to three decimals where five were asked for; of the net inputs nothing is known to be missing."""
    short = {name: f"{Decimal(text):.3f}" for name, text in FORWARD.items()}
    found = checked_sheet(course_for("mazur", digits=5), sheet(short))
    assert not found.wrong and found.count("right") <= 2
    assert found.count("few-digits") + found.count("empty") >= len(FORWARD) - 2
    asked = {one.says for one in found.findings if one.outcome == Outcome.FEW_DIGITS}
    assert asked == {"right so far, but more digits are needed: 5 decimals"}


def test_a_hint_names_no_cause_of_another_error() -> None:
    """The slope of the output is forgotten (no rate is, there), and the rate in every update."""
    wrong = sheet(BY_HAND["no rate"] | {"delta_o1": "0.741365070"})
    whole, hint = (plain_report(checked_sheet(course(), wrong, hint=hint)) for hint in (False, True))
    assert "Likely cause of other errors" in whole and "The learning rate is left out" in whole
    assert "learning rate" not in hint


def test_pages_are_true_as_printed() -> None:
    checked = Counter[str]()
    for place in range(COUNT):
        found = check_page(student_page(report_of(results(), place), "markdown"))
        assert not found.findings, made()[place].id
        checked += found.checked
    assert checked["numeric ="] > 10 and checked["numeric approx"] > 10 and not checked["unreadable"]


def test_the_first_error_of_simulated_sheets() -> None:
    """Where the digits of a sheet show its first mistake, and nothing before it looks wrong, it is the one reported."""
    shown = 0
    for place, one in enumerate(made()):
        first = next((cell.visible for cell in one.cells if cell.went_wrong), "")
        found = report_of(results(), place)
        if (
            one.error == "systematic"
            and first == "yes"
            and one.student["convention"] == "house"
            and not found.convention
        ):
            assert found.first is not None and found.first.finding.address == one.first_error, one.id
            shown += 1
    assert shown > 1


DECIMAL = re.compile(r"\d+\.\d+|\d+,\d+|\d{3,}")


@pytest.mark.parametrize("hint", [True, False])
def test_a_hidden_key_stays_hidden(hint: bool) -> None:
    """No number stands in any form of a report that the student did not write or was not given."""
    known = {
        text.rstrip("0")
        for text in re.findall(r"\d+\.\d+", (Path(tracer.__file__).parent / "problems/mazur.toml").read_text())
    }
    shown = 0
    for place, one in enumerate(made()):
        found = report_of(results(), place, hidden=True, hint=hint)
        own = set(DECIMAL.findall(" ".join(map(str, one.answers().values())))) | set(DECIMAL.findall(one.id))
        own |= {f"{abs(cell):f}" for cell in one.numbers().values()}
        texts = [plain_report(found), student_page(found, "markdown"), report_json(found)]
        marks = {found.marks_text, "29", str(found.out_of)} | {f"{float(found.marks)}"}
        texts += [] if hint else [gradescope_json(found)]
        for text in texts:
            numbers = set(re.findall(r"(?<![\w.])\d+\.\d+", text))
            unknown = {text for text in numbers if text not in own | marks and text.rstrip("0") not in known}
            unknown -= {f"1.{place}" for place in range(100)} | {"0.5", "1.0", "0.0"}
            assert not unknown, (one.id, unknown)
        shown += found.first is not None
    assert shown > 10
    open_, closed = (student_page(report("alone", hidden=hidden), "markdown") for hidden in (False, True))
    assert "0.593" in open_ and "0.593" not in closed and "0.3775" not in closed


def test_a_hint_is_the_first_error_alone() -> None:
    found = report("two wrong", hint=True)
    text = plain_report(found)
    assert "Look again at out_h1" in text and "out_h2" not in text and "Marks" not in text
    assert "1/(1 + e^(-0.3775))" in text
    assert "answers" not in json.loads(report_json(found))
    # a net input that the student has not written would be a number of the key
    assert "0.37" not in plain_report(report("alone", hint=True))


# -- pages


@pytest.mark.parametrize("format", [format for format in WRITERS if format not in ("pdf", "stepper")])
def test_every_format(format: str) -> None:
    coloured = course("forward,E", format in ("html", "latex"))
    found = checked_sheet(coloured, sheet({"net_h1": "0.4000", "out_h1": "=1+1"}, r"<b>anna</b> \input{x} $1$"))
    page = student_page(found, format)
    assert "0.4000" in page and "first error" in page and ("<b>anna" not in page or format in ("latex", "typst"))


def test_names_and_language(tmp_path: Path) -> None:
    found = checked_sheet(course_for("mazur", notation_name="hmkcode", asked="z1"), sheet({"net_h1": "0.4000"}))
    assert r"\mathrm{net}_{h1}" in student_page(found, "markdown") and "net_h1" in plain_report(found)
    (tmp_path / "language.toml").write_text('tag = "de"\ndecimal = ","\n[sentences]\n"not right" = "falsch"\n')
    german = course_for("mazur", asked="z1", templates=tmp_path)
    with pytest.raises(TracerError) as caught:
        student_page(checked_sheet(german, sheet({"net_h1": "0,4000"})), "markdown", tmp_path)
    assert caught.value.code == "T505" and '"right" = ""' in str(caught.value)


def test_many_pages_are_written_as_one_is() -> None:
    for place in range(0, COUNT, 4):
        story = student_story(report_of(results(), place))
        for dialect in DIALECTS:
            assert repeated_markdown(story, dialect) == write_markdown(read_story(story), DIALECTS[dialect])


BLOCKS = st.sampled_from([
    "# {0}", "{0} and {1} of 3.", "| a | {0} |\n|---|---|\n| {1} | $x_{{1}}$ |", "- {0}\n- 4.5 {1}",
    "$$\nx = 0.5 \\cdot 3\n$$", "**{0}** 1e-5, -0.5", "1. {0}", "> {0}", "    {0}", "```\n{0}\n```",
    "$x$ 7000001 {0}", "[{0}](a.md)", "$$ x $$ (eq-1)",
    "| a |\n|---|\n| b | c |", "| {0} | 1 |\n|:--|--|", "- a\n\n  b {1}", "<a id=\"x\"></a>",
])  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    st.lists(BLOCKS, min_size=1, max_size=4),
    HOSTILE | st.sampled_from(["7", "-0.5", "0.25 0.5", "&#32;5"]),
    st.sampled_from(list(DIALECTS)),
)
def test_repeated_markdown_is_markdown(blocks: list[str], text: str, dialect: str) -> None:
    from tracer.publish.story import escape_markdown

    story = "\n\n".join(block.format(escape_markdown(text), "12.5") for block in blocks)
    assert repeated_markdown(story, dialect) == write_markdown(read_story(story), DIALECTS[dialect])


# -- marks


def test_marks_by_a_scheme() -> None:
    rules = scheme({"points": 10, "weights": {"forward": 1, "other": 0, "z1[1]": "1/3"}, "credit": {"own-numbers": 0}})
    graded = course_for("mazur", asked="forward,E", scheme=rules)
    assert graded.worth.total == 10
    found = checked_sheet(graded, sheet({"net_h1": "0.3775", "net_h2": "0.3925"}))
    assert [one.marks for one in found.findings if one.marks] == [Fraction(10, 22), Fraction(30, 22)]
    assert found.marks == Fraction(20, 11) and marks_text(found.marks) == "1 9/11" and number(found.marks) == "1.818182"
    by_rows = results_of(graded, [sheet({"net_h1": "0.3775", "net_h2": "0.3925"})]).marks
    assert by_rows == (Fraction(20, 11),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("weights = 1", "weights is no table."),
        ("[weights]\nz1 = -1", "weights, z1 is -1."),
        ("[weights]\nz1 = true", "weights, z1 is True."),
        ('[weights]\nz1 = "1/0"', "weights, z1 is '1/0'."),
        ("[weights]\nz1 = 1e400", "weights, z1 is inf."),
        ("[weights]\nz1 = nan", "weights, z1 is nan."),
        ("[credit]\nright = 2", "right earns more than the whole."),
        ("[credit]\nrihgt = 1", "there is no outcome 'rihgt'."),
        ("point = 10", "there is no key 'point'."),
        ("points = [", "this is not TOML"),
        ("points = 100000000", "points is 100000000."),
    ],
)
def test_a_scheme_that_cannot_be_used(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "marks.toml").write_text(text)
    with pytest.raises(TracerError) as caught:
        read_scheme(tmp_path / "marks.toml")
    assert caught.value.code == "T705" and caught.value.where == "marks.toml" and said in caught.value.found


def test_a_scheme_that_does_not_fit() -> None:
    for rules, said in ((Scheme({"wz": Fraction(1)}), "nothing that is asked is called 'wz'."),
                        (Scheme({"other": Fraction(0)}), "nothing is worth a mark.")):  # fmt: skip
        with pytest.raises(TracerError) as caught:
            course_for("mazur", asked="z1", scheme=rules)
        assert caught.value.found == said


def test_what_is_asked() -> None:
    assert [one.address for one in course("z1,E").plan.asked] == ["z1[1]", "z1[2]", "E"]
    assert [one.address for one in course_for("mazur", asked="w5+, dw2[1,1]").plan.asked] == ["dw2[1,1]", "w2_new[1,1]"]
    network = trace_of("mazur").network
    words = Vocabulary(names_of(network, NOTATIONS["mazur"]))
    assert addresses(network, ("delta_o1", "out_h2", "2:E"), 2, words) == (
        "1:a1[2]", "1:delta2[1]", "2:a1[2]", "2:E", "2:delta2[1]"
    )  # fmt: skip
    with pytest.raises(TracerError) as caught:
        course_for("mazur", asked="dleta")
    assert caught.value.code == "T301" and "delta" in caught.value.expected
    for wrong in ("0", "13", "4 sf", "x"):
        with pytest.raises(TracerError):
            course_for("mazur", digits=wrong)


# -- a class


def hand_in(folder: Path, count: int = 12) -> Path:
    folder.mkdir()
    for one in made()[:count]:
        lines = [f'"{name}","{text}"' for name, text in one.answers().items()]
        (folder / f"{one.id}.csv").write_text("\n".join(["name,value", *lines]), encoding="utf-8")
    (folder / "zoe.csv").write_text('z1[1],"0.5', encoding="utf-8")
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_class_becomes_a_folder(tmp_path: Path) -> None:
    handed_in = hand_in(tmp_path / "class", 8)
    small = course("forward,E")
    done = grade(small, handed_in, tmp_path / "report", Pages(gradescope=True))
    files = tree(tmp_path / "report")
    names = [one.id for one in made()[:8]]
    assert set(files) == {"class.md", "marks.csv", *(f"students/{name}.md" for name in names),
                          *(f"gradescope/{name}.json" for name in names)}  # fmt: skip
    assert len(files) == done.files
    (unread,) = done.report.unreadable
    page = files["class.md"].decode()
    assert unread.student == "zoe" and "zoe (zoe.csv): line 1, the quotes" in page.replace("\\", "")
    rows = list(csv.DictReader(io.StringIO(files["marks.csv"].decode("utf-8-sig"))))
    assert [row["student"] for row in rows] == [*sorted(names), "zoe"]
    alone = results_of(small, sorted(results().handed_in[:8], key=lambda one: one.student))
    for place, (row, one) in enumerate(zip(rows[:-1], sorted(made()[:8], key=lambda one: one.id), strict=True)):
        found = report_of(alone, place)
        assert Fraction(row["marks"]) == found.marks and int(row["wrong"]) == len(found.wrong)
        assert sum(int(row[name]) for name in NAMES) == 9
        assert sum(Fraction(row[question.address]) for question in small.plan.asked) == found.marks
        assert files[f"students/{one.id}.md"].decode() == student_page(found, "markdown")
        assert files[f"gradescope/{one.id}.json"].decode() == gradescope_json(found)
    assert rows[-1]["marks"] == "" and rows[-1]["problems"].startswith("line 1: the quotes")


def test_every_executor_writes_the_same(tmp_path: Path) -> None:
    handed_in = hand_in(tmp_path / "class", 6)
    pages = Pages(gradescope=True, hidden=True)
    small = course("forward,E")
    grade(small, handed_in, tmp_path / "one", pages)
    one = tree(tmp_path / "one")
    with ThreadPoolExecutor(3) as threads:
        grade(small, handed_in, tmp_path / "threads", pages, executor=threads)
    assert tree(tmp_path / "threads") == one


@pytest.mark.others
def test_processes_write_the_same(tmp_path: Path) -> None:
    handed_in = hand_in(tmp_path / "class", 24)
    for format in ("markdown", "html"):
        grade(course(), handed_in, tmp_path / "one", Pages(format))
        grade(course(), handed_in, tmp_path / "jobs", Pages(format), jobs=2)
        with ProcessPoolExecutor(2) as pool:
            grade(course(), handed_in, tmp_path / "pool", Pages(format), executor=pool)
        assert tree(tmp_path / "jobs") == tree(tmp_path / "pool") == tree(tmp_path / "one")


@pytest.mark.others
def test_dask_writes_the_same(tmp_path: Path) -> None:
    """The program of the documentation, as it stands there."""
    pytest.importorskip("distributed")
    page = (Path(__file__).parents[1] / "docs" / "grading.md").read_text(encoding="utf-8")
    (program,) = (block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "dask" in block)
    (tmp_path / "dask.program.py").write_text(program, encoding="utf-8")
    handed_in = hand_in(tmp_path / "handed-in")
    grade(course_for("mazur", asked="forward,delta,w_new", digits=4), handed_in, tmp_path / "one", Pages("html"))
    command = [sys.executable, "dask.program.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert tree(tmp_path / "report") == tree(tmp_path / "one") != {}


def test_a_folder_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handed_in, output = hand_in(tmp_path / "class", 3), tmp_path / "report"
    small = course("z1,E")

    def refusal() -> str:
        with pytest.raises(TracerError) as caught:
            grade(small, handed_in, output)
        return f"{caught.value.code} {caught.value.found}"

    output.write_text("mine")
    assert refusal() == "T501 this is a file."
    output.unlink()
    output.mkdir()
    (output / "notes.txt").write_text("mine")
    assert refusal() == "T501 there is something else in this folder: notes.txt."
    (output / "notes.txt").unlink()
    grade(small, handed_in, output)
    before = tree(output)
    (handed_in / "new.csv").write_text("z1[1],0.3775")
    monkeypatch.setattr("tracer.publish.report_folder.marks_csv", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        grade(small, handed_in, output)
    assert tree(output) == before and {path.name for path in tmp_path.iterdir()} == {"class", "report"}
    monkeypatch.undo()
    grade(small, handed_in, output)
    assert set(tree(output)) == {*before, "students/new.md"}
    (output / "students" / "mine.docx").write_text("mine")
    assert "students/mine.docx" in refusal()
    assert {path.name for path in tmp_path.iterdir()} == {"class", "report"}


def test_names_of_pages_never_collide() -> None:
    names = page_names(["anna", "Anna", "anna", "../anna", "anna-2", "", "con", "=1+1", "a\0b", "anna\0002"])
    assert len({name.lower() for name in names}) == len(names) == 10
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", name) for name in names)


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", " =1", "＝1+1", "-1;2", '=HYPERLINK("http://x","y")',
     "=cmd|'/C calc'!A0"],
)  # fmt: skip
def test_no_cell_begins_a_formula(text: str) -> None:
    made = cell(text)
    assert made[:2] == "\"'" and next(csv.reader([made]))[0].startswith("'")
    assert next(csv.reader([cell(f"a,{text}\nb")])) == [f"a,{text} b".replace("\t", " ").replace("\r", " ")]


def test_numbers_stay_numbers() -> None:
    assert [cell(text) for text in ("-0.5", "+3", "1e-5", "-12")] == ["-0.5", "+3", "1e-5", "-12"]


def test_marks_where_numbers_have_a_comma(tmp_path: Path) -> None:
    half = tmp_path / "half.toml"
    half.write_text('[weights]\nE = "1/2"\n')
    one = course_for("mazur", asked="z1,E", decimal=",", scheme=half)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "anna.csv").write_text("name;value\nstudent;An\u202ena\nnet_h1;0,3775\nE_total;0,2984\n")
    assert not grade(one, tmp_path / "in", tmp_path / "out").report.unreadable
    text = (tmp_path / "out" / "marks.csv").read_text(encoding="utf-8-sig")
    head, row = csv.reader(io.StringIO(text), delimiter=";")
    assert dict(zip(head, row, strict=True))["marks"] == "1,5" and row[2] == "An?na" and row[-3:] == ["1", "0", "0,5"]
    assert grade(one, tmp_path / "in", tmp_path / "out").files == 3  # it is known as ours, and replaced


def test_a_sheet_that_bears_the_name_of_another_one_is_said(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, signed in (("anna", "Anna"), ("ben", "Anna"), ("cem", "Cem Öz")):
        (tmp_path / "in" / f"{name}.csv").write_text(f"name;value\nstudent;{signed}\nE_total;0.2984\n")
    report = grade(course_for("mazur", asked="E"), tmp_path / "in", tmp_path / "out").report
    said = {one.name: " ".join(one.row.remarks) for one in report.students}
    signed = "It is signed 'Anna', and so there are 2 sheets of that name."
    assert said == {"anna": signed, "ben": signed, "cem": ""}
    page = (tmp_path / "out" / "class.md").read_text()
    assert f"-   ben: {signed}" in page and "cem:" not in page
    assert f'"{signed}"' in (tmp_path / "out" / "marks.csv").read_text()


def test_nothing_is_explained_where_nothing_is_wrong() -> None:
    """Mazur's step with the slope of the hidden layer left out: two decimals cannot tell it from the right one."""
    task = course_for("mazur", digits="2")
    made = tracer.trace("mazur", deviations=["slope-dropped-hidden"])
    lines = [f'"{one.address}",{made[one.address]:.2f}' for one in task.plan.asked]
    (sheet,) = sheets_in("a.csv", "\n".join(["name,value", *lines]).encode())
    found = results_of(task, [sheet])
    assert check_sheets(task.plan, found.sheets, task.task.asked).causes[0]  # two answers speak for it
    report = report_of(found, 0)
    assert not report.wrong and not report.causes and not rows_of(found)[0].causes


@pytest.mark.others
def test_one_of_a_thing_is_one() -> None:
    """No plural behind a 1, wherever a sheet asks for one number, with one decimal, and has one right answer."""
    one = course_for("mazur", asked="E,z1")
    (sheet,) = sheets_in("a.csv", b"name,value\nE_total,0.3\nnet_h1,9\nnet_h2,8\n")
    found = results_of(one, [sheet])
    report = report_of(found, 0)
    made = worksheet("mazur", ["E"], "1")
    texts = [
        plain_report(report), student_page(report, "markdown"), made.page("markdown").text,
        class_page(class_report(one, rows_of(found), (), ("a",)), "markdown"), made.page("markdown", key=True).text,
        gift(exercise(course_for("mazur", asked="E", digits="1"))),
    ]  # fmt: skip
    assert "1 of 3 answers is right" in texts[0] and "**1 decimal**" in texts[2] and "for 1 number with" in texts[4]
    for text in texts:
        assert not re.findall(r"(?<![\d.:;#x])\b1 [a-z]+s\b", text)


def test_what_a_class_page_leaves_out_is_said() -> None:
    task = course_for("mazur")
    wrong = [f"{told.name},{77 + place}" for place, told in enumerate(task.told)]
    (sheet,) = sheets_in("a.csv", "\n".join(["name,value", *wrong]).encode())
    (row,) = rows_of(results_of(task, [sheet]))
    report = class_report(task, [row], (), ("a",))
    more = row.count(Outcome.WRONG) - len(report.steps)
    assert len(report.steps) == 12 and more > 1
    assert f"And {more} more steps, each wrong on no more sheets than these." in class_page(report, "markdown")


def test_gradescope_takes_it() -> None:
    """The fields and words of https://gradescope-autograders.readthedocs.io/en/latest/specs/."""
    for place in range(0, COUNT, 5):
        found = report_of(results(), place)
        read = json.loads(gradescope_json(found), parse_constant=pytest.fail)
        summary, *tests = read["tests"]
        assert "score" not in summary and summary["status"] in ("passed", "failed")
        assert sum(test["score"] for test in tests) == pytest.approx(read["score"]) == float(found.marks)
        assert sum(test["max_score"] for test in tests) == 29 and len({test["number"] for test in tests}) == 29
        for test in tests:
            assert set(test) <= {"score", "max_score", "status", "name", "name_format", "number", "output",
                                 "output_format", "tags", "visibility", "extra_data"}  # fmt: skip
            assert (
                test["status"] in ("passed", "failed")
                and test["visibility"] == "visible"
                and "\r" not in test["output"]
            )


# -- the command line


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["tracer", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_exit_statuses(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("right.csv").write_text("net_h1,0.3775\nnet_h2,0.3925\n")
    Path("wrong.csv").write_text("net_h1,0.3775\nnet_h2,0.4925\n")
    Path("broken.csv").write_text('net_h1,"0.3775')
    how = ("--ask", "z1")
    status, out, _ = run(capsys, monkeypatch, "check", "mazur", "right.csv", *how)
    assert status == 0 and "2 of 2 answers are right. Well done. Marks: 2 of 2." in out
    status, out, _ = run(capsys, monkeypatch, "check", "mazur", "wrong.csv", *how, "--json")
    assert status == 1 and json.loads(out)["first_error"]["address"] == "z1[2]"
    status, out, err = run(capsys, monkeypatch, "check", "mazur", "wrong.csv", *how, "-o", "page.html")
    assert (status, out, err) == (1, "", "wrote page.html\n") and "0.4925" in Path("page.html").read_text()
    status, out, err = run(capsys, monkeypatch, "check", "mazur", "broken.csv", *how)
    assert status == 2 and out == "" and err.startswith("tracer: broken.csv, line 1: the quotes") and "[T702]" in err
    status, out, err = run(capsys, monkeypatch, "check", "mazur", "right.csv", "-o", "right.csv")
    assert status == 2 and "[T501]" in err
    Path("class").mkdir()
    for name in ("right", "wrong", "broken"):
        Path(f"{name}.csv").rename(f"class/{name}.csv")
    status, out, err = run(capsys, monkeypatch, "grade", "mazur", "class", "-o", "report", *how)
    assert (
        status == 1
        and "wrote report: 2 sheets, 1.5 of 2 on average" in err
        and "not read: broken (broken.csv, line 1)" in err
    )
    Path("class/broken.csv").unlink()
    assert run(capsys, monkeypatch, "grade", "mazur", "class", "-o", "report", *how)[0] == 0
    status, _, err = run(capsys, monkeypatch, "grade", "mazur", "nothing", "-o", "report", *how)
    assert (status == 2 and "[T704]" in err) or "[T701]" in err


@pytest.mark.others
@pytest.mark.sampled(2)
@pytest.mark.parametrize("net", list(SHAPES))
def test_every_network_goes_the_whole_way(net: str, tmp_path: Path) -> None:
    """Simulated sheets of every network and with every habit, from files to pages that are true as printed."""
    odd = list(SHAPES).index(net) % 2
    handed_in, report = tmp_path / "class", tmp_path / "report"
    handed_in.mkdir()
    ones = list(simulated(net, 16, 11 + odd))  # of one exercise
    for one in ones:
        lines = [f'"{name}","{text}"' for name, text in one.answers().items()]
        (handed_in / f"{one.id}.csv").write_text("\n".join(["name,value", *lines]), encoding="utf-8")
    problem = load(tomllib.loads(ones[0].problem))
    made = course_for(problem, notation_name="hmkcode" if odd else "", steps=2 if net.startswith("two") else 1)
    done = grade(made, handed_in, report, Pages(gradescope=True))
    assert len(done.report.students) == 16 and not done.report.unreadable
    for one in ones:
        page = (report / "students" / f"{one.id}.md").read_text(encoding="utf-8")
        found = check_page(page)
        assert not found.findings and not found.checked["unreadable"], one.id
        if one.error == "none" and one.student["convention"] == "house":
            assert "The first error" not in page, one.id
