"""Exercises for platforms, read back as the platforms read them: the numbers are those of the trace, whatever stands in
a title comes back as text, right sheets earn every point, and what follows from a slip is judged as far as it can be.
"""

from __future__ import annotations

import ast
import json
import math
import subprocess
import sys
from dataclasses import replace
from functools import cache
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import read_platforms as read
from hypothesis import given, settings
from hypothesis import strategies as st
from read_platforms import parsed
from simulated.nets import SHAPES
from simulated_exports import class_of, cloze_of
from test_cli import Command, command  # noqa: F401  (a fixture)

from tracer.check.grading import Course
from tracer.check.habits import Asked
from tracer.errors import TracerError
from tracer.publish.exports.exercise import Exercise, exercise
from tracer.publish.exports.gift import gift
from tracer.publish.exports.moodle import moodle_cloze, moodle_numerical
from tracer.publish.exports.platforms import PLATFORMS, export_to
from tracer.publish.exports.prairielearn import FILES, prairielearn_question
from tracer.publish.exports.qti import qti_item
from tracer.publish.exports.qti_package import qti_package
from tracer.publish.exports.whole_folder import write_folder
from tracer.publish.homework import course_for
from tracer.publish.worksheet import worksheet
from tracer.run.run import run


@cache
def course(asked: str = "") -> Course:
    return course_for("mazur", asked=asked, digits=4)


@cache
def mazur(asked: str = "") -> Exercise:
    return exercise(course(asked))


@cache
def in_digits(asked: Asked) -> Exercise:
    return exercise(replace(course(), task=replace(course().task, asked=asked)))


@cache
def item(asked: str = "") -> read.Item:
    return read.Item(qti_item(mazur(asked)))


# -- the numbers


def test_all_platforms_have_the_numbers_of_the_trace() -> None:
    made, trace = mazur(), run("mazur")
    key = {field.identifier: float(trace[field.question.address]) for field in made.fields}
    for field in made.fields:
        assert float(field.text) == round(key[field.identifier], 4)
        assert abs(float(field.text) - key[field.identifier]) < float(field.tolerance) < 0.001
    texts = [float(field.text) for field in made.fields]
    assert [answers[0].value for answers in cloze_of(moodle_cloze(made))[1]] == texts
    assert [one.answers[0].value for one in read.gift(gift(made))[1][1:]] == texts
    numerical = parsed(moodle_numerical(made)).findall("question[@type='numerical']")
    assert [float(one.findtext("answer/text") or "nan") for one in numerical] == texts
    assert list(item().responses.values()) == texts
    stored = json.loads(prairielearn_question(made)["exercise.json"])
    assert list(stored["key"].values()) == texts


def test_wrong_numbers_are_what_the_mistakes_give() -> None:
    """Against arithmetic by hand, from the numbers of the article."""
    net, out = 0.15 * 0.05 + 0.2 * 0.1 + 0.35, 1 / (1 + math.exp(-0.3775))
    delta = 0.13849856
    expected = {
        ("z1_1", "bias-forgotten"): net - 0.35,
        ("z1_1", "bias-twice"): net + 0.35,
        ("z1_1", "inputs-swapped"): 0.15 * 0.1 + 0.2 * 0.05 + 0.35,
        ("a1_1", "activation-skipped"): net,
        ("a1_1", "sign-in-exponent"): 1 - out,
        ("delta2_1", "slope-dropped"): 0.75136507 - 0.01,
        ("dw2_1_1", "input-forgotten"): delta,
        ("dw2_1_1", "net-input-below"): delta * net,
        ("w2_new_1_1", "rate-forgotten"): 0.4 - delta * out,
        ("w2_new_1_1", "update-adds"): 0.4 + 0.5 * delta * out,
    }
    every = [(field.identifier, wrong) for field in mazur().fields for wrong in field.wrong]
    found = {(identifier, name): wrong.value for identifier, wrong in every for name in wrong.names}
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, abs=2e-8), key


@pytest.mark.parametrize("text", [moodle_cloze, moodle_numerical, gift])
def test_a_wrong_number_is_told_its_mistake_and_a_right_one_is_right(text: Any) -> None:
    """In every static format: the key earns its mark, and each mistake's number no mark, but its own remedy."""
    made = mazur()
    for field, answers in zip(made.fields, _answers(text(made)), strict=True):
        assert read.share(answers, float(field.text)) == (1.0, "")
        for wrong in field.wrong:
            earned, feedback = read.share(answers, float(wrong.text))
            assert earned == 0
            assert all(remedy in unescape(feedback) for _, remedy in wrong.told), (field.name, wrong.names, feedback)


def _answers(text: str) -> list[list[read.Answer]]:
    if not text.startswith("<"):
        return [one.answers for one in read.gift(text)[1] if one.answers]
    numerical = parsed(text).findall("question[@type='numerical']")
    if not numerical:
        return cloze_of(text)[1]
    return [
        [
            read.Answer(
                float(one.attrib["fraction"]) / 100,
                float(one.findtext("text") or "nan"),
                float(one.findtext("tolerance") or "nan"),
                one.findtext("feedback/text") or "",
            )
            for one in question.findall("answer")
        ]
        for question in numerical
    ]


def test_zero_is_warned_of() -> None:
    """With three decimals the gradients below are 0.000 or 0.001; without a wish there are as many as they need."""
    assert set(in_digits(Asked(3)).zeros) == {"dw1", "dw2", "dw3", "dw4"}
    assert in_digits(Asked()).zeros == ()
    assert in_digits(Asked(figures=4)).zeros == ()


def test_an_answer_that_is_the_old_weight_is_warned_of() -> None:
    """Mazur's w1+ is 0.149780716 and his w3+ 0.24975114: within three units of the fourth decimal of w1 and w3."""
    assert in_digits(Asked(4)).unchanged == ("w1_new", "w3_new")
    assert in_digits(Asked(5)).unchanged == ()


def test_every_platform_asks_for_the_digits_of_the_worksheet() -> None:
    """Five decimals for Mazur's numbers, as the prototype measured; more where an answer would be 0."""
    assert in_digits(Asked()).asked == Asked(5)
    assert exercise(course_for("mazur", asked="z1")).asked == worksheet("mazur", ["z1"]).asked


# -- right sheets, and sheets with a slip


def _earns_everything(net: str, digits: str, count: int) -> None:
    for _, numbers, (made, fields, qti) in class_of(net, digits, "none", count):
        given_ = [numbers[field.question.address] for field in made.fields]
        assert [read.share(field, one)[0] for field, one in zip(fields, given_, strict=True)] == [1.0] * len(fields)
        responses = {f"R_{field.identifier}": one for field, one in zip(made.fields, given_, strict=True)}
        outcomes = qti.outcomes(dict(responses))
        assert outcomes["SCORE"] == outcomes["MAXSCORE"] == len(fields)
        assert outcomes["FEEDBACK"] is None


@pytest.mark.parametrize(("net", "digits"), [("relu-2-2-1", "3sf")])
def test_right_sheets_earn_every_point(net: str, digits: str) -> None:
    """Rounded or cut off, carried on or not, also inside a step: by the simulator, which shares nothing with us."""
    _earns_everything(net, digits, 8)


@pytest.mark.others
@pytest.mark.sampled(2)
@pytest.mark.parametrize("digits", ["4dp", "3sf"])
@pytest.mark.parametrize("net", SHAPES)
def test_right_sheets_of_every_network_earn_every_point(net: str, digits: str) -> None:
    _earns_everything(net, digits, 5)


def responses(**changed: float | None) -> dict[str, float | None]:
    return {f"R_{field.identifier}": changed.get(field.identifier, float(field.text)) for field in mazur().fields}


def points(**changed: float | None) -> float:
    score = item().outcomes(responses(**changed))["SCORE"]
    assert isinstance(score, float)
    return score


def test_qti_follows_through() -> None:
    """One slip in out_h1, carried on rightly to the end, costs one point; by arithmetic of this test alone."""
    every = len(mazur().fields)
    assert points() == every

    def sigmoid(z: float) -> float:
        return 1 / (1 + math.exp(-z))

    slip, out_h2 = 0.5393, 0.5969  # two digits changed places
    z1, z2 = 0.4 * slip + 0.45 * out_h2 + 0.6, 0.5 * slip + 0.55 * out_h2 + 0.6
    out1, out2 = sigmoid(z1), sigmoid(z2)
    d1, d2 = (out1 - 0.01) * out1 * (1 - out1), (out2 - 0.99) * out2 * (1 - out2)
    h1, h2 = (d1 * 0.4 + d2 * 0.5) * slip * (1 - slip), (d1 * 0.45 + d2 * 0.55) * out_h2 * (1 - out_h2)
    own = {
        "a1_1": slip, "z2_1": z1, "z2_2": z2, "a2_1": out1, "a2_2": out2,
        "E": ((out1 - 0.01) ** 2 + (out2 - 0.99) ** 2) / 2, "delta2_1": d1, "delta2_2": d2,
        "dw2_1_1": d1 * slip, "dw2_1_2": d2 * slip, "dw2_2_1": d1 * out_h2, "dw2_2_2": d2 * out_h2,
        "delta1_1": h1, "delta1_2": h2, "dw1_1_1": h1 * 0.05, "dw1_1_2": h2 * 0.05, "dw1_2_1": h1 * 0.1,
        "dw1_2_2": h2 * 0.1, "w1_new_1_1": 0.15 - 0.5 * h1 * 0.05, "w1_new_1_2": 0.25 - 0.5 * h2 * 0.05,
        "w1_new_2_1": 0.2 - 0.5 * h1 * 0.1, "w1_new_2_2": 0.3 - 0.5 * h2 * 0.1, "w2_new_1_1": 0.4 - 0.5 * d1 * slip,
        "w2_new_1_2": 0.5 - 0.5 * d2 * slip, "w2_new_2_1": 0.45 - 0.5 * d1 * out_h2,
        "w2_new_2_2": 0.55 - 0.5 * d2 * out_h2,
    }  # fmt: skip
    rounded = {name: round(value, 4) for name, value in own.items()}
    assert points(**rounded) == every - 1
    # a fixed number cannot do that
    fields = cloze_of(moodle_cloze(mazur()))[1]
    static = sum(
        read.share(answers, rounded.get(field.identifier, float(field.text)))[0]
        for field, answers in zip(mazur().fields, fields, strict=True)
    )
    assert static < every - 5
    # read wrongly once, and all that follows by the key
    assert points(a1_1=slip) == every - 1
    assert points(a1_1=None) == every - 1


def test_qti_names_a_mistake_that_two_answers_show() -> None:
    one = item().outcomes(responses(z1_1=0.0275))
    assert one["FEEDBACK"] is None
    both = item().outcomes(responses(z1_1=0.0275, z1_2=0.0425))
    assert both["FEEDBACK"] == ["bias-forgotten"]
    feedback = item().root.findall(f"{read.QTI}modalFeedback")
    told = {one.attrib["identifier"]: "".join(one.itertext()) for one in feedback}
    assert "The bias is left out of the net input." in told["bias-forgotten"]


def test_qti_gives_nothing_for_zeros_and_copies() -> None:
    """Zeros follow from zeros; a right forward pass, zeros and the old weights would earn most of the points."""
    every = mazur().fields
    nothing = item().outcomes(dict.fromkeys(responses(), 0.0))
    assert nothing["SCORE"] == 0
    assert nothing["FEEDBACK"] is None
    old = {"w1_new_1_1": 0.15, "w1_new_1_2": 0.25, "w1_new_2_1": 0.2, "w1_new_2_2": 0.3, "w2_new_1_1": 0.4,
           "w2_new_1_2": 0.5, "w2_new_2_1": 0.45, "w2_new_2_2": 0.55}  # fmt: skip
    gaming = {one.identifier: old.get(one.identifier, 0.0) for one in every if one.number > 9}
    # nine right answers, and two weights that do not change in four decimals
    assert points(**gaming) <= 9 + 2
    assert points(**dict.fromkeys((one.identifier for one in every), None)) == 0  # type: ignore[arg-type]


def test_qti_is_as_the_specification_orders_it() -> None:
    order = ["responseDeclaration", "outcomeDeclaration", "itemBody", "responseProcessing", "modalFeedback"]
    tags = [one.tag.removeprefix(read.QTI) for one in item().root]
    assert sorted(tags, key=order.index) == tags
    assert list(dict.fromkeys(tags)) == order
    package = ZipFile(BytesIO(qti_package(mazur())))
    assert package.namelist() == ["imsmanifest.xml", "test.xml", "item.xml"]
    manifest = parsed(package.read("imsmanifest.xml").decode())
    named = {one.attrib["href"] for one in manifest.iter("{http://www.imsglobal.org/xsd/imscp_v1p1}file")}
    assert named == {"test.xml", "item.xml"}
    test = parsed(package.read("test.xml").decode())
    (ref,) = test.iter(f"{read.QTI}assessmentItemRef")
    assert (ref.attrib["href"], ref.attrib["identifier"]) == ("item.xml", item().root.attrib["identifier"])


def test_what_qti_cannot_compute_is_compared_with_the_key() -> None:
    layers = [{"activation": "gelu", "weights": [[0.5], [0.25]], "bias": [0.1]}]
    problem = {"data": {"inputs": [0.5, 1.0], "targets": [1.0]}, "layers": layers,
               "training": {"loss": "half-squared-error", "rate": 0.5}}  # fmt: skip
    made = exercise(course_for(problem, notation_name="plain", asked="z1,a1,E"))
    text = qti_item(made)
    assert "R_a1_1: QTI cannot compute its step, so the key alone counts." in text
    found = read.Item(text).outcomes({f"R_{one.identifier}": float(one.text) for one in made.fields})
    assert found["SCORE"] == 3


# -- PrairieLearn


class Question:
    """A question folder as PrairieLearn uses it."""

    def __init__(self, folder: Path, made: Exercise) -> None:
        write_folder(folder, {name: text.encode() for name, text in prairielearn_question(made).items()})
        self.made, source = made, (folder / "server.py").read_text(encoding="utf-8")
        ast.parse(source)
        self.server: dict[str, Any] = {}
        exec(compile(source, "server.py", "exec"), self.server)  # noqa: S102  (our own file)
        self.data: dict[str, Any] = {
            "options": {"question_path": str(folder)},
            "correct_answers": {}, "submitted_answers": {}, "partial_scores": {}, "feedback": {}, "score": 0,
        }  # fmt: skip
        self.server["generate"](self.data)

    def graded(self, **changed: str) -> dict[str, Any]:
        raw = {field.identifier: changed.get(field.identifier, field.text) for field in self.made.fields}
        self.data["raw_submitted_answers"] = raw
        self.server["grade"](self.data)
        json.dumps(self.data)
        return self.data


def test_prairielearn_calls_the_checker(tmp_path: Path) -> None:
    question = Question(tmp_path / "mazur", mazur("forward,E,delta2"))
    assert sorted(path.name for path in (tmp_path / "mazur").iterdir()) == sorted(FILES)
    assert question.data["correct_answers"]["a1_1"] == 0.5933
    data = question.graded()
    assert data["score"] == 1
    assert {one["score"] for one in data["partial_scores"].values()} == {1}
    data = question.graded(a1_1="0.3775", a1_2="0.3925", a2_1="", E="\u22120,2984", delta2_1="nonsense")
    wrong = {name: one["feedback"] for name, one in data["partial_scores"].items() if one["score"] < 1}
    assert wrong == {"a1_1": "not right", "a1_2": "not right", "a2_1": "not answered",
                     "E": "not right: its sign is turned", "delta2_1": "could not be read"}  # fmt: skip
    assert data["partial_scores"]["z2_1"] == {
        "score": 1.0, "weight": 1.0, "feedback": "right, if a number before it is put right",
    }  # fmt: skip
    assert data["score"] == pytest.approx(6 / 11)
    assert any("The net input is passed on without its activation" in one for one in data["feedback"]["tracer"])


def test_prairielearn_in_a_notation_with_the_other_sign(tmp_path: Path) -> None:
    """What the notation passes back is the negative gradient; the fields and the checker mean the same."""
    made = exercise(course_for("han-kamber", digits=5, asked="delta2,w2_new"))
    assert made.sign("delta2") == -1
    delta = made.fields[0]
    (turned,) = (one for one in delta.wrong if "sign-of-error" in one.names)
    assert turned.value == pytest.approx(-delta.value, rel=1e-9)
    assert Question(tmp_path / "q", made).graded()["score"] == 1
    found = read.Item(qti_item(made)).outcomes({f"R_{one.identifier}": float(one.text) for one in made.fields})
    assert found["SCORE"] == found["MAXSCORE"]


class _Inputs(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("pl-question-panel", "pl-submission-panel", "pl-number-input", "p", "ul", "li", "h4"), tag
        if tag == "pl-number-input":
            self.names.append(dict(attrs)["answers-name"] or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def test_prairielearn_question_has_the_fields_and_no_tags_of_its_own() -> None:
    page = prairielearn_question(mazur())["question.html"]
    found = _Inputs()
    found.feed(page)
    assert found.names == [field.identifier for field in mazur().fields]
    outside = page.replace("{{#feedback.tracer}}", "").replace("{{/feedback.tracer}}", "").replace("{{.}}", "")
    assert "{" not in outside
    assert r"\(\mathrm{net}_{h1} = w_{1} \cdot i_{1}" in found.text


# -- hostile text

HOSTILE = [
    "]]>", "}", "{1:NUMERICAL:=1}", "~#=%:", "<script>alert(1)</script>", "{#1}", "{{params.x}}", "&#125;", "&amp;lt;",
    "\\}", "\\(x\\)", "::", "//", "$CATEGORY: x", "<!DOCTYPE a>", "&&058;", '"quoted"', "--", "a\x00b", "\ud800", "=1",
]  # fmt: skip


def _comes_back(title: str) -> None:
    """A title, and the same as a heading, in every format: as text, and nothing else is changed by it."""
    made, clean = mazur("z1"), title.strip() or "x"
    wrong = (replace(made.fields[0].wrong[0], told=((clean, clean),)),)
    fields_ = tuple(replace(field, wrong=wrong) for field in made.fields)
    section = replace(made.sections[0], heading=clean, fields=fields_)
    made = replace(made, title=clean, sections=(section,))
    shown = clean.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")

    name, fields = cloze_of(moodle_cloze(made))
    assert name == shown
    assert [len(answers) for answers in fields] == [2, 2]
    feedback = f"A way to this number: {shown}. {shown}"
    assert _as_text(fields[0][1].feedback) == feedback
    root = parsed(moodle_cloze(made))
    text, _ = read.cloze(root.findtext("question[@type='cloze']/questiontext/text") or "")
    assert f"<h4>{shown}</h4>" in _as_text(text, "h4")

    numerical = parsed(moodle_numerical(made)).findall("question[@type='numerical']")
    assert len(numerical) == 2
    assert _as_text(numerical[0].findall("answer")[1].findtext("feedback/text") or "") == feedback
    assert shown in _as_text(numerical[0].findtext("questiontext/text") or "")

    category, questions = read.gift(gift(made))
    assert category == "$course$/top/" + shown.replace("/", "//")
    assert questions[0].name == f"00 {shown}".replace("&&0", "& &0")
    assert shown in _as_text(questions[1].text)
    assert [len(one.answers) for one in questions] == [0, 2, 2]
    assert _as_text(questions[1].answers[1].feedback) == feedback

    package = ZipFile(BytesIO(qti_package(made)))
    found = read.Item(package.read("item.xml").decode())
    assert found.root.attrib["title"] == shown
    assert "".join(found.root.find(f".//{read.QTI}h4").itertext()) == shown  # type: ignore[union-attr]
    assert found.outcomes({f"R_{field.identifier}": float(field.text) for field in made.fields})["SCORE"] == 2

    files = prairielearn_question(made)
    assert json.loads(files["info.json"])["title"] == shown
    assert shown in _as_text(files["question.html"])
    assert files["server.py"] == prairielearn_question(mazur("z1"))["server.py"]


def _as_text(html: str, mark: str = "") -> str:
    """What HTML shows; with `mark` that tag is kept."""
    found = _Inputs()
    shown = html.replace(f"<{mark}>", f"\ue100{mark}\ue101").replace(f"</{mark}>", f"\ue100/{mark}\ue101")
    found.feed(shown if mark else html)
    return found.text.replace("\ue100", "<").replace("\ue101", ">")


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles_come_back_as_text(title: str) -> None:
    _comes_back(title)


@settings(max_examples=12, deadline=None)
@given(st.text(st.sampled_from("]}>{<~#=%:/\\&;!-\"'$@n1 aé\u202e"), min_size=1, max_size=12).filter(str.strip))
def test_any_title_comes_back_as_text(title: str) -> None:
    if " ".join(title.split()) == title:
        _comes_back(title)


def test_hostile_names_in_a_problem() -> None:
    """A value of the problem that is called like an outcome of QTI is none."""
    problem = {"values": {"SCORE": 0.5, "MAXSCORE": 2.0}, "equations": ["FEEDBACK = SCORE*MAXSCORE"]}
    made = exercise(course_for(problem, notation_name="plain"))
    found = read.Item(qti_item(made))
    outcomes = found.outcomes(dict(found.responses))
    assert outcomes["SCORE"] == outcomes["MAXSCORE"] == len(found.responses)


# -- writing


@pytest.mark.others
@pytest.mark.parametrize("name", ["cs231n-circuit", "eoj-softmax", "gokadin-rounded", "han-kamber", "micrograd"])
def test_every_problem_goes_to_every_platform(name: str) -> None:
    made = exercise(course_for(name))
    every = [len(made.fields)]
    assert [len(cloze_of(moodle_cloze(made))[1])] == every
    assert [len(read.gift(gift(made))[1]) - 1] == every
    found = read.Item(qti_item(made))
    responses = dict(found.responses)
    assert [found.outcomes(responses)["SCORE"]] == every  # type: ignore[comparison-overlap]
    assert [len(json.loads(prairielearn_question(made)["exercise.json"])["answers"])] == every


@pytest.mark.others
def test_the_same_bytes_every_time(tmp_path: Path) -> None:
    """In another process, where sets and dictionaries of names have another order."""
    code = "from tracer.publish.exports.platforms import export_to; from pathlib import Path; import sys\n"
    code += "export_to(Path(sys.argv[1]), 'mazur', 'qti', ask='z1,delta', digits=4)"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.zip")], check=True, env={"PYTHONHASHSEED": "7"})
    export_to(tmp_path / "b.zip", "mazur", "qti", ask="z1,delta", digits=4)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("--to blackboard -o x.zip", "T503"),
        ("--to gift -o x.pdf", "T503"),
        ("--to moodle -o missing/x.xml", "T501"),
        ("--to prairielearn -o taken", "T501"),
        ("--to prairielearn -o file.txt", "T501"),
        ("--to gift -o x.gift --ask nothing", "T301"),
        ("--to gift -o x.gift --digits many", "T504"),
    ],
)
def test_one_clear_error_and_nothing_written(command: Command, words: str, code: str) -> None:  # noqa: F811
    Path("taken").mkdir()
    Path("taken/own.txt").write_text("mine", encoding="utf-8")
    Path("file.txt").write_text("mine", encoding="utf-8")
    done = command("export", "mazur", *words.split())
    assert done.status == 2
    assert f"[{code}]" in done.err
    assert sorted(path.name for path in Path().rglob("*")) == ["file.txt", "own.txt", "taken"]
    assert Path("file.txt").read_text(encoding="utf-8") == "mine"


def test_the_command_says_what_it_wrote(command: Command) -> None:  # noqa: F811
    done = command("export", "mazur", "--to", "gift", "--ask", "z1", "--digits", "3", "-o", "mazur.gift")
    assert (done.status, done.out) == (0, "")
    assert done.err == "wrote mazur.gift: 2 fields, 3 decimals, 6 wrong numbers with a known cause\n"
    assert len(read.gift(Path("mazur.gift").read_text(encoding="utf-8"))[1]) == 3


def test_the_command_warns_of_zeros(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr("tracer.publish.exports.platforms.course_for", lambda *_, **__: course("z1"))
    monkeypatch.setattr("tracer.publish.exports.platforms.exercise", lambda *_: in_digits(Asked(3)))
    done = command("export", "mazur", "--to", "gift", "--ask", "z1", "-o", "mazur.gift")
    assert "With these digits 0 would be accepted for dw1, dw2, dw3, dw4. More digits help (--digits)." in done.err
    old = "the value before the step would be accepted for w1_new, w2_new, w3_new, w4_new."
    assert f"With these digits {old} More digits help" in done.err


def test_a_folder_is_replaced_by_a_newer_question_and_by_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "question"
    write_folder(folder, {"a": b"old", "b": b"old"})
    write_folder(folder, {"a": b"new", "b": b"new"})
    assert (folder / "a").read_bytes() == b"new"
    (folder / "own").write_bytes(b"mine")
    with pytest.raises(TracerError):
        write_folder(folder, {"a": b"newer", "b": b"newer"})
    assert (folder / "a").read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["question"]


def test_a_problem_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracer.publish.exports.exercise.MOST_FIELDS", 28)
    with pytest.raises(TracerError) as caught:
        exercise(course())
    assert caught.value.code == "T402"


@pytest.mark.others
def test_what_is_not_asked_for_is_reckoned_with_all_the_same() -> None:
    """Some mistakes lead through a delta that nobody wrote down and that is too long to be written out."""
    made = mazur("z1,dw1")
    names = {name for field in made.fields for wrong in field.wrong for name in wrong.names}
    assert {"bias-forgotten", "slope-dropped-hidden"} <= names
    found = item("z1,dw1")
    assert found.outcomes(dict(found.responses))["SCORE"] == 6


def test_help_lists_the_platforms(command: Command) -> None:  # noqa: F811
    shown = " ".join(command("export", "--help").out.split())
    assert all(name in shown for name in PLATFORMS)
