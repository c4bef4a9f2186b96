"""Personal exercises: the same for the same seed and student, as easy and as telling, and everybody's key is right."""

from __future__ import annotations

import csv
import sys
import tomllib
import warnings
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracer.check.checking import check_sheets
from tracer.check.given_slots import choices, drawn, plain_keys, slots, with_numbers
from tracer.check.grades import Verdict
from tracer.check.sheets import sheets_of
from tracer.check.variants import Original, Variant, problem_of, variant
from tracer.check.worksheet import asked_digits
from tracer.errors import TracerError
from tracer.explain.names import names_of
from tracer.publish import variants as publishing
from tracer.publish.homework import course_for
from tracer.publish.own_exercises import OwnExercises, exercises_at
from tracer.publish.report_folder import Pages, grade
from tracer.publish.variants import variants_to
from tracer.publish.worksheet import Worksheet, worksheet
from tracer.read.answers import Sheet, read_sheet
from tracer.read.resolved import Vocabulary, resolved
from tracer.read.roster import read_roster, roster
from tracer.read.variants import read_exercises
from tracer.run.loading import built_in, load, parse
from tracer.run.problem_text import problem_text, text_value

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # typer 0.24 imports names that click 8.5 is going to drop
    from tracer.cli import main

CLASS = ("Anna", "Ben", '=HYPERLINK("http://x")', "../../etc/passwd", "Łukasz | *M* $x$ <b>")
SEED = "a seed"


@lru_cache(maxsize=1)
def source() -> Worksheet:
    """A linear network: quick, and everything in it can be worked out in a line."""
    return worksheet("hmkcode", ["E", "delta", "w2_new"], "4")


@lru_cache(maxsize=1)
def quick() -> Worksheet:
    """Two lines without a name for any mistake: nothing to try out."""
    return worksheet({"title": "quick", "values": {"u": 0.35, "v": 1.25}, "equations": ["y = u*v", "s = y*y + u"]})


@lru_cache(maxsize=2)
def original(name: str, digits: str) -> Original:
    made = worksheet(name, None, digits)
    return Original(made.trace.problem, tuple(one.address for one in made.checked.asked), asked_digits(digits))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("class") / "made"
    variants_to(made, source(), CLASS, seed=SEED, format="html")
    return made


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refusal(act) -> str:
    with pytest.raises(TracerError) as caught:
        act()
    return str(caught.value)


# -- the same, and others


def test_the_same_seed_and_student_give_the_same_bytes_whoever_is_added(folder: Path, tmp_path: Path) -> None:
    variants_to(tmp_path / "again", source(), CLASS[:2], seed=SEED, format="html")
    again, before = contents(tmp_path / "again"), contents(folder)
    assert len([name for name in again if "/" in name]) == 8
    assert all(before[name] == content for name, content in again.items() if "/" in name)
    for name, students in (("one", CLASS), ("other", CLASS), ("more", (*CLASS[1:], CLASS[0], "Zoë"))):
        variants_to(tmp_path / name, quick(), students, seed=SEED)
    one, more = contents(tmp_path / "one"), contents(tmp_path / "more")
    assert one == contents(tmp_path / "other")
    assert all(more[name] == content for name, content in one.items() if "/" in name)
    assert more.keys() - one.keys() == {"problems/Zoe.toml", "worksheets/Zoe.md", "keys/Zoe.md", "keys/Zoe.csv"}


def test_without_a_seed_nobody_can_make_the_key(tmp_path: Path) -> None:
    seeds = set()
    for name in ("one", "other"):
        variants_to(tmp_path / name, quick(), ("Anna",))
        seeds.add(tomllib.loads((tmp_path / name / "variants.toml").read_text())["seed"])
    assert len(seeds) == 2
    assert all(len(bytes.fromhex(seed)) == 16 for seed in seeds)
    assert contents(tmp_path / "one")["problems/Anna.toml"] != contents(tmp_path / "other")["problems/Anna.toml"]


def test_nothing_that_students_get_tells_the_seed_or_the_key(folder: Path) -> None:
    for name, content in contents(folder).items():
        if name.startswith(("worksheets/", "problems/")):
            assert SEED.encode() not in content
    numbers = [line.split(",")[1] for line in (folder / "keys" / "Anna.csv").read_text().splitlines()[2:]]
    page = (folder / "worksheets" / "Anna.html").read_text()
    assert numbers
    assert [number for number in numbers if number in page] == []


# -- as easy


@pytest.mark.parametrize("name", ["mazur", "han-kamber", "eoj-softmax", "gokadin"])
def test_numbers_keep_sign_and_decimals_and_stay_near_their_kind(name: str) -> None:
    places = slots(plain_keys(load(name)))
    kinds = choices(places)
    numbers = drawn(places, kinds, b"x", 40)
    for slot, row in zip(places, numbers, strict=True):
        size = [abs(one.value) for one in places if one.kind == slot.kind and one.value]
        assert (np.sign(row) == np.sign(slot.value)).all()
        if slot.value:
            assert (np.abs(row) >= 0.5 * min(size) - 1e-12).all()
            assert (np.abs(row) <= 1.5 * max(size) + 1e-12).all()
        most = max(-Decimal(str(one.value)).as_tuple().exponent for one in places if one.kind == slot.kind)
        few = bool(size) and max(size) < 2 * min(size)  # from which too few could be chosen with so many decimals
        assert max(-Decimal(str(float(value))).as_tuple().exponent for value in row) <= max(most + few, 1)
    for kind in kinds:
        rows = np.abs(numbers[[place for place, slot in enumerate(places) if slot.kind == kind and slot.value]])
        if kinds[kind].counts and 1 < len(rows) <= len(kinds[kind].counts):  # no two weights of a layer are equal
            assert (np.diff(np.sort(rows, axis=0), axis=0) > 0).all()


def test_what_has_to_stay_stays() -> None:
    xor = slots(plain_keys(load("gokadin-xor")))
    assert not [slot for slot in xor if slot.kind[0] == "data"]  # a truth table
    trask = plain_keys(load("trask-3-4-1"))
    assert all(abs(number - round(number, 2)) < 1e-12 for row in trask["layers"][0]["weights"] for number in row)
    rates = {float(row) for row in drawn(slots(trask), choices(slots(trask)), b"x", 60)[-1]}
    assert 1.0 not in rates
    assert len(rates) > 3
    zeros = [slot for slot in slots(plain_keys(load("eoj-softmax"))) if slot.kind[-1] == "bias"]
    assert zeros
    assert (drawn(zeros, choices(zeros), b"x", 9) == 0).all()


def test_a_problem_without_numbers_of_its_own() -> None:
    keys = {"values": {"a": 0.0}, "equations": ["b = a*a + 1"]}
    made = worksheet(keys, ["b"], "4")
    assert "no number of this problem can be another one" in refusal(
        lambda: Original(made.trace.problem, ("b",), asked_digits("4"))
    )


# -- as telling


def test_variants_of_equal_weights_tell_more() -> None:
    """gokadin's weights are all equal, which hides the transposed ones; no variant's are."""
    made = original("gokadin", "5")
    for label in ("Anna", "Ben"):
        quality = variant(made, SEED, label).quality
        assert quality.told > made.own.told
        assert quality.seen > made.own.seen
        assert quality.share > made.own.share
        assert quality.blemishes == 0


def test_the_quality_is_that_of_the_problem_on_its_own() -> None:
    """Told by numbers put into the marked plan, and by a plan of the finished problem: the same."""
    made = original("gokadin", "5")
    one: Variant = variant(made, SEED, "Anna")
    own = Original(problem_of(one.keys, "Anna"), made.asked, made.digits)
    assert own.own == one.quality


def test_blemishes_are_counted() -> None:
    made = original("gokadin", "5")
    numbers = np.array([[slot.value] for slot in made.slots])
    places = {slot.path: place for place, slot in enumerate(made.slots)}
    flat = numbers.copy()
    flat[[places["layers", 0, "weights", row, 0] for row in (0, 1)]] = 4.0  # z = 8: its sigmoid is all but 1
    assert (made.flaws(flat)[1] - made.flaws(numbers)[1]).tolist() == [1]
    product = Original(parse('equations = ["y = u*v"]\n[values]\nu = 0.5\nv = 0.25'), ("y",), asked_digits("4"))
    # 0.1250, 0.12355 (half-way between two numbers of four decimals), 0.0005 (one digit)
    small, off, halfway = product.flaws(np.array([[0.5, 0.5, 0.01], [0.25, 0.2471, 0.05]]))
    assert (small.tolist(), off.tolist(), halfway.tolist()) == ([0, 0, 1], [0, 0, 0], [0, 1, 0])


# -- the key


def worked_by_hand(keys: dict) -> dict[str, Decimal]:
    """hmkcode's linear 2-2-1 network in decimal arithmetic, in formulas of this test's own."""

    def exact(value):
        return [exact(item) for item in value] if isinstance(value, list) else Decimal(str(value))

    x, (t,) = exact(keys["data"]["inputs"]), exact(keys["data"]["targets"])
    lower, upper = (exact(layer["weights"]) for layer in keys["layers"])
    eta = exact(keys["training"]["rate"])
    h = [x[0] * lower[0][j] + x[1] * lower[1][j] for j in range(2)]
    delta = h[0] * upper[0][0] + h[1] * upper[1][0] - t
    found = {"E": delta * delta / 2, "delta2[1]": delta}
    for j in range(2):
        found[f"delta1[{j + 1}]"] = delta * upper[j][0]
        found[f"w2_new[{j + 1},1]"] = upper[j][0] - eta * delta * h[j]
    return found


def test_keys_are_worked_out_from_the_problem_files(folder: Path) -> None:
    exercises = read_exercises(folder)
    by_name = {row.name: row.address for row in source().rows}
    for student in CLASS:
        hand = worked_by_hand(tomllib.loads(exercises.files[student].read_text(encoding="utf-8")))
        key = read_sheet(folder / "keys" / f"{exercises.files[student].stem}.csv")
        assert key.student == student
        assert len(key.answers) == len(hand) == 6
        for name, answer in key.answers.items():
            assert abs(Decimal(str(float(answer.value))) - hand[by_name[name]]) <= Decimal("0.00005"), (student, name)


def test_everybodys_key_fits_their_own_exercise_alone(folder: Path) -> None:
    exercises = read_exercises(folder / "variants.toml")
    assert (exercises.digits, exercises.notation, tuple(exercises.files)) == ("4", "hmkcode", CLASS)
    keys = {student: read_sheet(folder / "keys" / f"{exercises.files[student].stem}.csv") for student in CLASS[:2]}
    made = worksheet(exercises.problem("Anna"), exercises.asked, exercises.digits)
    assert isinstance(keys["Anna"], Sheet)
    words = Vocabulary(names_of(made.checked.network, made.notation))
    checked = check_sheets(made.checked, sheets_of(made.checked.asked, [resolved(key, words) for key in keys.values()]),
                           made.asked)  # fmt: skip
    own, others = checked.verdicts.T
    assert set(own.tolist()) <= {Verdict.EXACT, Verdict.ROUNDED, Verdict.TRUNCATED, Verdict.MISSING}
    assert (others == Verdict.WRONG).any()


def test_a_class_is_graded_each_by_their_own_exercise(folder: Path, tmp_path: Path) -> None:
    exercises = read_exercises(folder)
    handed_in = tmp_path / "handed-in"
    handed_in.mkdir()
    for name in ("Anna", "ukasz-M-x-b"):  # by label, by name of the file
        (handed_in / f"{name}.csv").write_bytes((folder / "keys" / f"{name}.csv").read_bytes())
    lines = (folder / "keys" / "Ben.csv").read_text().splitlines()
    wrong = [line if not line.startswith("E") else "E,77" for line in lines]
    (handed_in / "x17.csv").write_text("\n".join(wrong))  # who it is stands on the sheet
    (handed_in / "Zed.csv").write_text("name,value\nE,1\n")

    def make(problem):
        return course_for(problem, notation_name=exercises.notation, asked=",".join(exercises.asked), digits="4")

    own = OwnExercises(exercises, make)
    made = grade(make(exercises.problem("Anna")), handed_in, tmp_path / "report", Pages("markdown"), own=own)
    marks = list(csv.reader((tmp_path / "report" / "marks.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [(row[0], row[5], row[6]) for row in marks[1:]] == [
        ("Anna", "6", "6"), ("Ben", "5", "6"), ("Łukasz | *M* $x$ <b>", "6", "6"), ("Zed", "", "6")
    ]  # fmt: skip
    assert [sheet.student for sheet in made.report.unreadable] == ["Zed"]
    assert exercises_at(str(folder)) == exercises_at(str(folder / "variants.toml")) == exercises
    assert exercises_at("mazur") is None


def test_names_stand_on_sheets_and_what_is_odd_about_a_sheet_is_said(tmp_path: Path) -> None:
    made = tmp_path / "made"
    variants_to(made, source(), roster("id;name\n17;Anna\n18;Ben\n19;Cleo\n"), seed=SEED)
    assert "Student: 17, Anna" in (made / "worksheets" / "17.md").read_text()
    exercises = read_exercises(made)
    assert [exercises.labelled(text) for text in ("17", "Anna", "17, Anna", "Zed", "")] == ["17", "17", "17", "", ""]
    handed_in = tmp_path / "handed-in"
    handed_in.mkdir()
    key = (made / "keys" / "17.csv").read_text()
    (handed_in / "17.csv").write_text(key)
    (handed_in / "anna.csv").write_text(f"student,Anna\n{key.partition(chr(10))[2]}")
    (handed_in / "18.csv").write_text(f"student,Anna\n{(made / 'keys' / '18.csv').read_text().partition(chr(10))[2]}")

    def make(problem):
        return course_for(problem, notation_name=exercises.notation, asked=",".join(exercises.asked), digits="4")

    own = OwnExercises(exercises, make)
    report = grade(make(exercises.problem("17")), handed_in, tmp_path / "report", Pages("markdown"), own=own).report
    said = [(one.name, one.marks, one.row.signed, one.row.remarks, one.row.problems) for one in report.students]
    twice = "There are 2 sheets of this student; this one is {}."
    assert said == [
        ("17, Anna", "6", "", (twice.format("17.csv"),), ()),
        ("17, Anna", "6", "", (twice.format("anna.csv"),), ()),
        ("18, Ben", "6", "Anna", ("It is signed 'Anna', and checked by the exercise of 18, Ben.",), ()),
    ]
    page = (tmp_path / "report" / "class.md").read_text()
    assert report.absent == ("19, Cleo",) and "## Who has handed in nothing\n\n19, Cleo\n" in page
    assert f"## Whose sheet it is\n\n-   17, Anna: {twice.format('17.csv')}" in page and "not read" not in page
    head, *rows = csv.reader((tmp_path / "report" / "marks.csv").read_text(encoding="utf-8-sig").splitlines())
    assert [row[:3] for row in rows] == [["17", "Anna", ""], ["17", "Anna", ""], ["18", "Ben", "Anna"]]
    assert [row[head.index("problems")] for row in rows] == [sentences[0] for *_, sentences, _ in said]
    assert (tmp_path / "report" / "students" / "18.md").read_text().splitlines()[0].endswith(": 18, Ben")


def test_a_sheet_that_cannot_be_read_bears_its_students_name(tmp_path: Path) -> None:
    made = tmp_path / "made"
    variants_to(made, source(), roster("id;name\n17;Anna\n"), seed=SEED)
    exercises = read_exercises(made)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "17.json").write_text("{")
    course = course_for(exercises.problem("17"), notation_name="hmkcode", asked=",".join(exercises.asked), digits="4")
    own = OwnExercises(exercises, lambda problem: course)
    report = grade(course, tmp_path / "in", tmp_path / "report", Pages("markdown"), own=own).report
    assert [(sheet.student, sheet.name) for sheet in report.unreadable] == [("17", "Anna")]
    assert "-   17, Anna (17.json): line 1" in (tmp_path / "report" / "class.md").read_text()
    assert '\n17,"Anna",,"17.json"' in (tmp_path / "report" / "marks.csv").read_text()


def test_what_a_teacher_sees_is_safe(folder: Path) -> None:
    table = (folder / "variants.csv").read_text(encoding="utf-8").splitlines()
    assert table[4].startswith('"\'=HYPERLINK(""http://x"")",')
    assert "Łukasz \\| \\*M\\* \\$x\\$ &lt;b>" in (folder / "variants.md").read_text(encoding="utf-8")
    assert sorted(path.name for path in (folder / "problems").iterdir()) == [
        "Anna.toml", "Ben.toml", "HYPERLINK-http-x.toml", "etc-passwd.toml", "ukasz-M-x-b.toml"
    ]  # fmt: skip
    assert "<b>" not in (folder / "worksheets" / "ukasz-M-x-b.html").read_text(encoding="utf-8")


# -- files


@pytest.mark.parametrize("name", sorted(built_in()))
def test_a_problem_as_text_is_the_same_problem(name: str) -> None:
    before = load(name)
    keys = plain_keys(before)
    after = parse(problem_text(keys, "a remark"), "x")
    assert plain_keys(after)["title"] == keys["title"]
    for one, other in zip(before.layers, after.layers, strict=True):
        for mine, theirs in ((one.weights, other.weights), (one.bias, other.bias)):
            assert (mine is None) == (theirs is None)
            if mine is not None and theirs is not None:
                assert np.allclose(mine, theirs, rtol=0, atol=0.005 if before.drawn else 0)
    assert (after.loss, after.rate, after.optimizer, after.equations) == (
        before.loss, before.rate, before.optimizer, before.equations
    )  # fmt: skip


@given(st.text())
@settings(max_examples=25, deadline=None)
def test_any_text_is_written_as_toml_reads_it(text: str) -> None:
    assert tomllib.loads(f"a = {text_value(text)}")["a"] == "".join(
        "\ufffd" if "\ud800" <= mark <= "\udfff" else mark for mark in text
    )


@pytest.mark.parametrize(
    ("text", "students"),
    [
        ("Anna\nBen\n", ("Anna", "Ben")),
        ("\ufeffname\r\nAnna\r\n\r\nBen", ("Anna", "Ben")),
        ("id,name\n17,Anna\n18,Anna\n", ("17", "18")),
        ("Last name;First name\nMüller;Anna\nMüller;Ben\n", ("Müller Anna", "Müller Ben")),
        ('"Müller, Anna"\n"=1+1"\n', ("Müller, Anna", "=1+1")),
        ("Müller, Anna\nBen\n", ("Müller, Anna", "Ben")),
        ("group,email\nA,a@x.org\n", ("a@x.org",)),
        ("a\x1b[31mb\n" + "x" * 300, ("a\ufffd[31mb", "x" * 97 + "...")),
    ],
)
def test_rosters(text: str, students: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "class.csv").write_bytes(text.encode())
    assert tuple(read_roster(tmp_path / "class.csv")) == students


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "class: there are no students in it.\nExpected a name or an id on each line.   [T706]"),
        ("\n name \n\n", "class: there are no students in it.\nExpected a name or an id on each line.   [T706]"),
        ("Anna\nBen\nAnna\n", "class, line 3: 'Anna' stands in line 1 already.\nExpected every student once.\n"
                              "Put an id beside the name.   [T706]"),
        ("id,name\n,Anna\n", "class, line 2: there is no name here.\nExpected one, or an empty line.   [T706]"),
        ("x\n" * 5_001, "class: there are 5,001 students.\nExpected at most 5,000.   [T706]"),
    ],
)  # fmt: skip
def test_rosters_that_are_none(text: str, message: str) -> None:
    assert refusal(lambda: roster(text, "class")) == message


def test_a_folder_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    assert "this folder is not empty" in refusal(lambda: variants_to(tmp_path / "full", quick(), CLASS))
    (tmp_path / "file").write_text("")
    assert "this is a file" in refusal(lambda: variants_to(tmp_path / "file", quick(), CLASS))
    assert "does not exist" in refusal(lambda: variants_to(tmp_path / "no" / "where", quick(), CLASS))
    done = []

    def fails(*arguments: object) -> object:
        done.append(arguments)
        if len(done) == 2:
            raise KeyboardInterrupt
        return variant(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(publishing, "variant", fails)
    with pytest.raises(KeyboardInterrupt):
        variants_to(tmp_path / "new", quick(), CLASS, seed=SEED)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "full"]
    monkeypatch.undo()
    (tmp_path / "empty").mkdir()
    variants_to(tmp_path / "empty", quick(), ("Anna",), seed=SEED)
    assert (tmp_path / "empty" / "variants.toml").is_file()


@pytest.mark.parametrize(
    "text",
    ["", "version = 2", "version = 1\nstudents = 3", "version = 1\n[[students]]\nstudent = 1", "version = ",
     'version = 1\nask = 1\n[[students]]\nstudent = "a"\nproblem = "x"',
     'version = 1\n[[students]]\nstudent = "a"\nproblem = "../x.toml"',
     'version = 1\n[[students]]\nstudent = "a"\nproblem = "/etc/passwd"'],
)  # fmt: skip
def test_lists_of_exercises_that_are_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "variants.toml").write_text(text)
    assert refusal(lambda: read_exercises(tmp_path)).endswith("[T707]")


def test_a_student_without_an_exercise(folder: Path) -> None:
    assert refusal(lambda: read_exercises(folder).problem("Anne")) == (
        "variants.toml: there is no exercise of 'Anne'.\nDid you mean 'Anna'?   [T707]"
    )


def test_numbers_go_where_they_came_from() -> None:
    keys = plain_keys(load("mazur"))
    places = slots(keys)
    assert with_numbers(keys, places, [slot.value for slot in places]) == keys
    other = with_numbers(keys, places, [slot.value + 1 for slot in places])
    assert other["training"]["rate"] == 1.5
    assert keys["training"]["rate"] == 0.5


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "class.txt").write_text("Anna\n")

    def call(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["tracer", "variants", "micrograd", "--ask", "g", *words])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        return status, capsys.readouterr().err

    status, said = call("-r", "class.txt", "-o", "made")
    assert status == 0
    assert said.startswith("wrote made: 1 exercise, ")
    assert said.endswith("keep made/variants.toml to yourself: it has the seed\n")
    assert call("-r", "class.txt", "-o", "made") == (
        2, "tracer: made: this folder is not empty.\nName a folder that is not there yet.   [T501]\n"
    )  # fmt: skip
    assert call("-r", "none.txt", "-o", "other")[1].endswith("[T701]\n")
    assert not (tmp_path / "other").exists()
