"""Worksheets: they ask for enough digits, tell what they cannot show, and come back filled in as they were meant."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
import warnings
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from simulated.formulas import Plan as Way
from simulated.misconceptions import ALL, UNKNOWN
from simulated.nets import exercise, mistakes
from simulated.student import worked_in_full
from typesetting import ALLOWED, needs_pdflatex, typeset

from tracer.check.checking import Checked, check_sheets
from tracer.check.grades import Verdict
from tracer.check.habits import Asked
from tracer.check.sheets import sheets_of
from tracer.check.telling import computed, written
from tracer.check.worksheet import asked_digits, number_text, words_of
from tracer.errors import TracerError
from tracer.explain.names import names_of
from tracer.publish.blanks import LINE
from tracer.publish.dialect import DIALECTS
from tracer.publish.pdf import pdf
from tracer.publish.worksheet import Worksheet, worksheet, worksheet_to
from tracer.read.answers import BadSheet, Sheet, sheets_in
from tracer.read.resolved import Vocabulary, resolved
from tracer.run.loading import parse

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # typer 0.24 imports names that click 8.5 is going to drop
    from tracer.cli import main

#: what Mazur's article prints, and what follows for the deltas from its outputs
PUBLISHED = {
    "net_h1": "0.3775", "out_h1": "0.593269992", "out_h2": "0.596884378", "net_o1": "1.105905967",
    "out_o1": "0.75136507", "out_o2": "0.772928465", "E_total": "0.298371109", "delta_o1": "0.138498562",
    "dw5": "0.082167041", "w5_new": "0.35891648", "w6_new": "0.408666186", "w7_new": "0.511301270",
    "w8_new": "0.561370121", "dw1": "0.000438568", "w1_new": "0.149780716", "w2_new": "0.19956143",
    "w3_new": "0.24975114", "w4_new": "0.29950229",
}  # fmt: skip


@lru_cache(maxsize=8)
def sheet(name: str = "mazur", ask: str = "", digits: str = "") -> Worksheet:
    return worksheet(name, words_of(ask) if ask else None, digits)


def refusal(act) -> str:
    with pytest.raises(TracerError) as caught:
        act()
    return str(caught.value)


# -- how many digits


def test_mazurs_numbers_need_five_decimals_or_four_figures() -> None:
    """The figures that the prototype measured: three decimals are too few for gradients of 0.0004."""
    made = sheet()
    assert made.asked == Asked(5)
    levels = {level.digits: level for level in made.table.levels}
    assert [name for name, level in levels.items() if level.told == made.table.possible] == [
        "5 decimals", "6 decimals", "4 significant figures", "5 significant figures", "6 significant figures"
    ]  # fmt: skip
    assert levels["3 decimals"].zeros == 2  # 0.0004 for the two weights of the first input
    assert [level.digits for level in made.table.levels if level.chosen] == ["5 decimals"]


def test_what_the_key_says_of_mistakes_is_so_on_sheets_of_others() -> None:
    """The same mistakes made by the simulator, which shares no formula with Tracer."""
    made, own = sheet(), exercise("mazur", "1")
    plan = made.checked.in_own()
    names = [name for name in mistakes("mazur") if name in ALL and name not in UNKNOWN]
    known = {one.record.name for one in plan.mistakes_in(plan.conventions[0])}
    assert len(set(names) & known) > 15
    sheets = [worked_in_full(own, Way("house", frozenset({name}))) for name in names]
    numbers = np.array([[float(values[one.address]) for values in sheets] for one in made.checked.asked])
    told = {}
    for digits in (Asked(4), Asked(5)):
        checked = check_sheets(plan, written(numbers, digits), digits)
        told[digits] = [
            name for name, found in zip(names, checked.causes, strict=True) if [one.names for one in found] == [(name,)]
        ]
        wrong = (checked.verdicts == Verdict.WRONG).sum(axis=0)
        few = {name for name, count in zip(names, wrong, strict=True) if count < 2}
        rounded = {one.name for one in sheet(digits="4" if digits == Asked(4) else "").table.rounded}
        once = {one.name for one in made.table.mistakes if one.wrong == 1}
        assert few - once == rounded & set(names), digits
    assert set(told[Asked(5)]) == set(names) & known


def test_rounding_that_hides_a_mistake_is_said_with_the_digits_it_needs() -> None:
    (one,) = sheet(digits="4").table.rounded
    assert (one.name, one.wrong, one.needs) == ("transpose-forgotten", 1, "5 decimals or 4 significant figures")
    assert sheet(digits="4").table.why_digits.startswith("This number of digits was asked for")


HIDING = """
[data]
inputs = [0.1, 0.1]
targets = [0.01]
[[layers]]
activation = "sigmoid"
weights = [[0.15, 0.25], [0.25, 0.30]]
bias = 0
bias_updated = false
[[layers]]
activation = "sigmoid"
weights = [[0.40], [0.45]]
[training]
loss = "half-squared-error"
rate = 1
"""


def test_what_these_numbers_hide_is_said_with_the_reason() -> None:
    made = worksheet(parse(HIDING), ["z1", "w2_new"])
    why = {one.name: one.why for one in made.table.hidden}
    assert why == {
        "rate-forgotten": "The learning rate is 1. Another one would show it.",
        "rate-twice": "The learning rate is 1. Another one would show it.",
        "bias-forgotten": "All biases are 0. Others would show it.",
        "bias-twice": "All biases are 0. Others would show it.",
        "weights-transposed": "The square matrices of weights are symmetric. Others would show it.",
        "inputs-swapped": "The first two inputs are equal. Others would show it.",
    }
    assert "The half is missing in the error, and not in its gradient" in made.table.unasked


def test_twins_are_named_together() -> None:
    made = sheet("gokadin")
    assert {frozenset(one.titles): one.why for one in made.table.twins} == {
        frozenset({"The slope of the activation is left out of the delta",
                   "The slope of the activation is left out of the hidden deltas"}):
            "They change the same lines in the same way.",
        frozenset({"The gradient of a weight is the delta alone",
                   "The gradient of a weight reads the net input of the unit below in place of its output"}):
            "With these values both give the same numbers.",
    }  # fmt: skip


def test_a_linear_output_and_no_bias_are_told_as_what_cannot_be() -> None:
    why = {one.name: one.why for one in sheet("gokadin").table.impossible}
    assert why["bias-forgotten"] == "no layer has a bias."
    assert why["slope-twice"] == "the output layer has no activation with a slope to multiply with again."


# -- numbers


def test_the_key_has_the_published_figures() -> None:
    key = {row.name: row.number for row in sheet().rows}
    assert len(key) == 29
    for name, value in PUBLISHED.items():
        assert key[name] == str(Decimal(value).quantize(Decimal("1e-5"), ROUND_HALF_EVEN)), name


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.5, "4", "0.5000"), (2e-5, "3", "0.00002"), (0.0, "3", "0.000"), (-0.0004, "3", "-0.0004"),
     (0.5, "3sf", "0.500"), (1234.5, "3sf", "1234"), (-0.00012345, "3sf", "-0.000123"), (-1e-9, "2", "-0.000000001")],
)  # fmt: skip
def test_numbers_have_the_digits_that_are_asked_for(value: float, digits: str, text: str) -> None:
    assert number_text(value, asked_digits(digits)) == text


# -- there and back


def checked(made: Worksheet, handed_in: Sheet | BadSheet) -> Checked:
    assert isinstance(handed_in, Sheet)
    answers = resolved(handed_in, Vocabulary(names_of(made.checked.network, made.notation)))
    assert (handed_in.problems, answers.problems) == ((), ())
    return check_sheets(made.checked, sheets_of(made.checked.asked, [answers]), made.asked)


def filled(made: Worksheet, text: str, numbers: dict[str, str]) -> str:
    for row in made.rows:
        blank = f"| `{row.name}` | {LINE} |"
        assert text.count(blank) == 1, row.name
        text = text.replace(blank, f"| `{row.name}` | {numbers[row.name]} |")
    return text.replace(f"Student: {LINE}", "Student: Anna Müller")


@pytest.mark.parametrize("format", [*DIALECTS, "notebook"])
def test_a_filled_in_sheet_comes_back_all_right(format: str) -> None:
    made = sheet()
    key = {row.name: row.number for row in made.rows}
    text = made.page(format).text
    ending = ".ipynb" if format == "notebook" else ".md"
    (right,) = sheets_in(f"x{ending}", filled(made, text, key).encode())
    assert right.student == "Anna Müller"
    assert (checked(made, right).verdicts <= Verdict.TRUNCATED).all()
    (wrong,) = sheets_in(f"x{ending}", filled(made, text, key | {"dw5": "0.9"}).encode())
    verdicts = checked(made, wrong).verdicts[:, 0]
    assert [made.rows[at].name for at in np.flatnonzero(verdicts == Verdict.WRONG)] == ["dw5"]
    (empty,) = sheets_in(f"x{ending}", text.encode())
    assert (empty.student, dict(empty.answers)) == ("x", {})


def test_what_is_written_beside_a_line_is_read() -> None:
    made = sheet(ask="E", digits="5")
    for typed in (f"0.29837{LINE}", f"____0,29837 {LINE}", "__0.29837__"):
        (read,) = sheets_in("x.md", made.page("github").text.replace(f"` | {LINE}", f"` | {typed}").encode())
        assert (checked(made, read).verdicts == Verdict.EXACT).all(), typed


@pytest.mark.parametrize("name", ["gokadin", "cavar-3-1", "micrograd"])
def test_keys_are_right_in_every_notation_of_the_built_in_problems(name: str) -> None:
    made = sheet(name)
    (key,) = sheets_in("key.csv", made.key_table().encode())
    assert (checked(made, key).verdicts <= Verdict.TRUNCATED).all()


def test_a_notation_that_passes_back_the_negative_has_its_signs_on_the_key() -> None:
    made = worksheet("mazur", ["delta"], "5", notation_name="han-kamber")
    assert made.rows[0].number == "-0.13850"  # target minus output
    (key,) = sheets_in("key.csv", made.key_table().encode())
    assert (checked(made, key).verdicts == Verdict.EXACT).all()


def test_names_have_the_layers_of_their_symbols() -> None:
    """Nielsen counts the input as layer 1, so that z^2 is the canonical z1; figures are those of Mazur's article."""
    made = worksheet("mazur", ["z", "w_new"], "5", notation_name="nielsen")
    told = {row.name: (row.symbol, row.number) for row in made.rows}
    assert told["z2_1"] == ("z^{2}_{1}", "0.37750")
    assert told["z3_1"] == ("z^{3}_{1}", "1.10591")
    assert told["w3_1_2_new"] == (r"{w^{3}_{12}}^{\mathrm{new}}", "0.40867")  # his w6, from h2 to o1
    typed = "name,value\nz^2_1,0.37750\nz^{3}_{1},1.10591\nz2_2,0.39250\nw3_12_new,0.40867\n"
    (read,) = sheets_in("a.csv", typed.encode())
    names = {row.address: row.name for row in made.rows}
    exact = checked(made, read).verdicts[:, 0] == Verdict.EXACT
    right = [names[question.address] for question, one in zip(made.checked.asked, exact, strict=True) if one]
    assert right == ["z2_1", "z2_2", "z3_1", "w3_1_2_new"]


def test_names_count_as_their_symbols_do() -> None:
    """PyTorch counts units from 0, and so do the names; the number is Mazur's w6, from h2 to o1."""
    made = worksheet("mazur", ["a1", "w2_new"], "9", notation_name="pytorch")
    assert {row.name: row.number for row in made.rows}["weight2_new[0,1]"] == PUBLISHED["w6_new"]
    (key,) = sheets_in("key.csv", made.key_table().encode())
    assert [name[:5] for name in key.answers] == ["act1[", "act1["] + ["weigh"] * 4
    assert (checked(made, key).verdicts == Verdict.EXACT).all()


def test_names_of_several_examples_say_which_one() -> None:
    keys = {"data": {"inputs": [[1, 0], [0, 1]], "targets": [[0], [1]]}, "layers": [{"weights": [[0.5], [0.25]]}],
            "training": {"loss": "half-squared-error", "rate": 0.1}}  # fmt: skip
    made = worksheet(keys, ["z", "delta"], "4", notation_name="mazur")
    assert {row.name: row.number for row in made.rows} == {
        "net_o1[1]": "0.5000", "net_o1[2]": "0.2500", "delta_o1[1]": "0.5000", "delta_o1[2]": "-0.7500"
    }  # fmt: skip
    (key,) = sheets_in("key.csv", made.key_table().encode())
    assert (checked(made, key).verdicts == Verdict.EXACT).all()


def test_only_cells_with_blanks_are_tagged() -> None:
    cells = json.loads(sheet().page("notebook").text)["cells"]
    tagged = [cell for cell in cells if "answers" in cell["metadata"].get("tags", ())]
    assert all(LINE in "".join(cell["source"]) for cell in tagged)
    assert len(tagged) == 5  # who it is, and the four phases
    assert not any(LINE in "".join(cell["source"]) for cell in cells if cell not in tagged)


def test_every_format_has_a_place_for_every_number() -> None:
    made = sheet(ask="E,delta", digits="4")
    assert len(made.rows) == 5
    html = made.page("html").text
    assert html.count("<input ") == 6
    assert 'aria-label="delta_o1"' in html
    latex, typst = made.page("latex").text, made.page("typst").text
    assert latex.count(r"\blank{3.6cm}") == typst.count("#blank(3.6cm)") == 5
    assert r"\newcommand{\blank}" in latex


def test_formulas_stand_on_the_sheet_only_if_they_are_wanted() -> None:
    assert r"\sum" not in sheet(ask="E,delta", digits="4").page("markdown").text
    told = worksheet("mazur", ["E", "delta"], "4", formulas=True).page("markdown").text
    assert told.count(r"\sum") == 2


def test_no_number_of_the_key_stands_on_the_sheet() -> None:
    made = sheet()
    for format in ("markdown", "html", "latex", "typst", "notebook"):
        page = made.page(format).text
        assert [row.number for row in made.rows if row.number in page] == [], format


def test_a_hostile_title_is_text() -> None:
    keys = {
        "title": "a | b $x$ ![z](trace:blank) <script>",
        "values": {"u": 0.5},
        "equations": ["y = u*u"],
    }
    made = worksheet(keys, ["y"], "4")
    assert made.page("html").text.count("<input ") == 2 + 0 * len(made.rows)
    assert "<script>" not in made.page("html").text.partition("<main>")[2].partition("</main>")[0]
    assert made.page("markdown").text.count(LINE) == 2


# -- errors and files


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (["dleta"], "--ask: nothing is called 'dleta'.\nDid you mean 'delta' or 'delta2'?   [T301]"),
        ([], "--ask: nothing is asked for.\nKnown: z, a, E, da, delta, dw, w_new.   [T504]"),
    ],
)
def test_what_cannot_be_asked_for(ask: list[str], message: str) -> None:
    assert refusal(lambda: worksheet("mazur", ask)) == message


def test_what_lies_behind_an_answer_need_not_be_asked_for() -> None:
    """It is written out in the answer, and what would be too long is said."""
    plan = worksheet("mazur", ["delta1"], "9").checked
    delta = computed(plan, None, plan.given)[:, 0]
    assert round(delta[0] * 0.05, 9) == float(PUBLISHED["dw1"])  # the gradient of w1 is this delta times i1
    said = refusal(lambda: sheet("trask-3-4-1", "w1_new").table)
    assert "too many numbers that are not asked for lie behind w1_new[1,1]." in said and said.endswith("[T402]")


def test_digits_that_are_none() -> None:
    for digits in ("0", "four", "adaptive", "13", "3.5"):
        assert refusal(lambda digits=digits: worksheet("mazur", ["E"], digits)).endswith("[T504]")


def test_more_blanks_than_anybody_would_fill_in() -> None:
    rows = [[0.01 * (i + j) for j in range(30)] for i in range(30)]
    keys = {"data": {"inputs": [0.1] * 30, "targets": [0.1] * 30}, "layers": [{"weights": rows}],
            "training": {"loss": "half-squared-error", "rate": 0.1}}  # fmt: skip
    assert "a sheet would have 900 blanks." in refusal(lambda: worksheet(keys, ["w_new"]))


def test_a_sheet_its_key_and_the_answers_are_written_together(tmp_path: Path) -> None:
    made = sheet("micrograd", "g", "5")
    files = worksheet_to(tmp_path / "a.md", made)
    assert [file.name for file in files] == ["a.md", "a-key.md", "a-key.csv"]
    assert (tmp_path / "a-key.csv").read_text() == "name,value\ng,24.70408\n"
    made = sheet("hmkcode", "E", "2")
    images = worksheet_to(tmp_path / "b.md", made, key=tmp_path / "c.html", images=tmp_path / "pictures")
    assert [file.name for file in images[:3]] == ["b.md", "c.html", "c.csv"]
    assert images[3].is_file()
    assert f"(pictures/{images[3].name})" in (tmp_path / "b.md").read_text()


def test_all_files_or_none(tmp_path: Path) -> None:
    made = sheet("micrograd", "g", "5")
    (tmp_path / "a-key.csv").mkdir()
    assert refusal(lambda: worksheet_to(tmp_path / "a.md", made)).endswith("[T501]")
    assert [path.name for path in tmp_path.iterdir()] == ["a-key.csv"]
    assert "one file" in refusal(lambda: worksheet_to(tmp_path / "b.md", made, key=tmp_path / "b.md"))
    assert refusal(lambda: worksheet_to(tmp_path / "b.xyz", made)).endswith("[T503]")
    assert [path.name for path in tmp_path.iterdir()] == ["a-key.csv"]


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["tracer", "worksheet", *words])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        return status, *capsys.readouterr()

    status, out, err = call("hmkcode", "--ask", "E", "-d", "2", "-o", "m.md")
    assert (status, out) == (0, "")
    assert err.startswith("wrote m.md, its key m-key.md and m-key.csv\n2 decimals: ")
    assert call("micrograd", "--ask", "g", "-d", "5")[1].count(LINE) == 2
    status, out, err = call("micrograd", "--ask", "F")
    assert (status, out) == (2, "")
    assert err.startswith("tracer: --ask: nothing is called 'F'.\nKnown: ")


# -- other programs


@pytest.mark.others
def test_sheets_and_keys_are_typeset(tmp_path: Path) -> None:
    needs_pdflatex()
    pages = {"sheet": sheet().page("latex").text, "batch": sheet("gokadin-xor").page("latex").text}
    found = typeset(pages, tmp_path, runs=1)
    assert (found.wrong, [line for line in found.overfull if line.points > ALLOWED]) == ([], [])
    found = typeset({"key": sheet().page("latex", key=True).text}, tmp_path, runs=1)
    assert (found.wrong, [line for line in found.overfull if line.points > ALLOWED]) == ([], [])
    for key in (False, True):
        assert pdf(sheet().page("typst", key=key).text).startswith(b"%PDF")


@pytest.mark.others
def test_answers_are_saved_by_a_browser(tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None or importlib.util.find_spec("playwright") is None:
        assert os.environ.get("TRACER_REQUIRE_ALL") != "1", "chromium or playwright is missing"
        pytest.skip("chromium or playwright is missing")
    from playwright.sync_api import sync_playwright

    made = sheet()
    (tmp_path / "sheet.html").write_text(made.page("html").text, encoding="utf-8")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(accept_downloads=True)
        page.goto((tmp_path / "sheet.html").as_uri())
        page.fill('[aria-label="Student"]', 'Anna "A", Müller')
        for row in made.rows:
            page.fill(f'[aria-label="{row.name}"]', row.number.replace(".", ","))
        with page.expect_download() as waiting:
            page.click(".save button")
        waiting.value.save_as(tmp_path / "answers.csv")
        browser.close()
    (read,) = sheets_in("answers.csv", (tmp_path / "answers.csv").read_bytes())
    assert read.student == 'Anna "A", Müller'
    assert (checked(made, read).verdicts <= Verdict.TRUNCATED).all()
