"""The simulated classes: the same bytes, truths that hold by hand, every factor, and figures that count right."""

from __future__ import annotations

import ast
import doctest
import hashlib
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from random import Random
from types import ModuleType

import pytest
import simulated
from simulated import Sheet, arithmetic, from_json, sheets, slips, to_json, writing
from simulated.arithmetic import EXACT, ByOperation, Digits
from simulated.baselines import RULES, ceiling, judged
from simulated.formulas import OTHER, USUAL, WRITTEN_OUT, Plan
from simulated.measure import NO_ATTEMPT, Figures, Verdict, measure, table
from simulated.misconceptions import UNKNOWN
from simulated.nets import SHAPES, exercise, mistakes, program
from simulated.simulate import work
from simulated.slips import SHAPES as SLIPS
from simulated.slips import miswritten
from simulated.student import COLUMNS, FACTORS, Student, worked_in_full
from simulated.writing import written

FOLDER = Path(simulated.__file__).parent
PLAIN = {"habit": ("plain",), "missing": ("none",), "convention": ("house",)}


def _mazur(**changes) -> Sheet:
    """Mazur's sheet at three decimals, half up, rounded values carried on; and changes of the student."""
    digits = dict.fromkeys(COLUMNS, Digits(3))
    who = {"digits": digits, "rounding": "half-up", "carry": "rounded", "inside": "none", "order": USUAL,
           "habit": "plain", "error": "none", "causes": (), "missing": 0.0, "convention": "house",
           "digits_name": "3dp", **changes}  # fmt: skip
    return work(exercise("mazur", "1"), Student(**who), Random("by hand"), "mazur")


def _cells(sheet: Sheet) -> dict[str, simulated.Cell]:
    return {cell.name: cell for cell in sheet.cells}


# Apart from Tracer


def test_nothing_of_tracer_is_imported() -> None:
    allowed = set(sys.stdlib_module_names)
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert {alias.name.split(".")[0] for alias in node.names} <= allowed, path.name
            elif isinstance(node, ast.ImportFrom) and not node.level:
                assert (node.module or "").split(".")[0] in allowed, path.name


def test_the_command_runs_without_tracer() -> None:
    code = (
        "import runpy, sys; sys.argv = ['x', '--sheets', '2', '--seed', '5']; "
        "runpy.run_module('tests.simulated', run_name='__main__'); "
        "assert not {'tracer', 'numpy', 'sympy'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=FOLDER.parents[1], capture_output=True, check=True)
    lines = done.stdout.decode().splitlines()
    assert lines == [to_json(sheet) for sheet in sheets("random-2-2-2", 2, 5)]


@pytest.mark.parametrize("module", [slips, writing, arithmetic], ids=lambda module: module.__name__)
def test_examples_in_docstrings_run(module: ModuleType) -> None:
    done = doctest.testmod(module)
    assert done.attempted and not done.failed


# The same bytes


def test_the_same_bytes_on_every_machine() -> None:
    digest = hashlib.sha256()
    for net in SHAPES:
        for sheet in sheets(net, 5, "frozen", 3):
            digest.update(to_json(sheet).encode())
    assert digest.hexdigest() == "e580b12bc3d0af2e09d19caa69ee41ee312345f74e310cbed8fa3c5bc7933a1a"


def test_a_sheet_depends_on_its_own_seed_alone() -> None:
    first = list(sheets("random-2-2-2", 30, 3))
    assert list(sheets("random-2-2-2", 30, 3, start=26)) == first[26:]
    assert [from_json(to_json(sheet)) for sheet in first] == first
    assert len({sheet.exercise for sheet in first}) == 2


# Arithmetic by hand


@pytest.mark.parametrize(
    ("digits", "mode", "value", "expected"),
    [
        (Digits(2), "half-even", "0.125", "0.12"),
        (Digits(2), "half-up", "0.125", "0.13"),
        (Digits(2), "half-up", "-0.125", "-0.13"),
        (Digits(2), "truncate", "-0.129", "-0.12"),
        (Digits(2), "half-even", "-0.001", "0.00"),
        (Digits(3, "sf"), "half-even", "0.00043850", "0.000438"),
        (Digits(3, "sf"), "half-up", "0.00043850", "0.000439"),
        (Digits(3, "sf"), "half-up", "9.996", "10.0"),
        (Digits(3, "sf"), "half-up", "0.5", "0.500"),
        (Digits(3, "sf"), "half-up", "0", "0"),
    ],
)
def test_rounding(digits: Digits, mode: str, value: str, expected: str) -> None:
    assert f"{digits.rounded(Decimal(value), mode):f}" == expected


def test_orders_of_evaluation_differ_where_each_product_is_rounded() -> None:
    """(a - t) a (1 - a) with a = 0.75, t = 0.01, two decimals cut off: .74*.75 = .55, * .25 = .13; .18 * .74 = .13.
    With a = 0.6, t = 0.99: -.39 * .6 = -.23, * .4 = -.09; .6 * .4 = .24, * -.39 = -.09 (full: -.0936)."""
    step = next(one for one in program("mazur") if one.name == "delta2[1]")
    assert set(step.ways) == {USUAL, OTHER}
    cut = ByOperation(Digits(2), "truncate")
    numbers = {"a2[1]": Decimal("0.89"), "t[1]": Decimal("0.01")}
    assert step.ways[USUAL](cut, numbers) == Decimal("0.08")  # .88 * .89 = .7832, cut .78, * .11 = .0858
    assert step.ways[OTHER](cut, numbers) == Decimal("0.07")  # .89 * .11 = .0979, cut .09, * .88 = .0792
    assert step.ways[USUAL](EXACT, numbers) == Decimal("0.086152")
    assert WRITTEN_OUT in next(one for one in program("mazur") if one.name == "dw1[1,1]").ways


# Truths by hand


def test_a_right_sheet() -> None:
    """Mazur's numbers with three decimals carried on; worked out with a pocket calculator."""
    cells = _cells(_mazur())
    expected = {"z1[1]": "0.378", "a1[1]": "0.593", "a1[2]": "0.597", "z2[1]": "1.106", "a2[1]": "0.751",
                "a2[2]": "0.773", "E": "0.298", "delta2[1]": "0.139", "delta2[2]": "-0.038", "dw2[1,1]": "0.082",
                "delta1[1]": "0.009", "dw1[1,1]": "0.000", "w2_new[1,1]": "0.359", "w1_new[1,1]": "0.150"}  # fmt: skip
    assert {name: cells[name].written for name in expected} == expected
    assert all(cell.right and cell.visible is None and cell.formula == "right" for cell in cells.values())


def test_a_misconception_and_what_follows_from_it() -> None:
    """Without the slope delta2 is a - t = .751 - .01 = .741; what follows from it is right."""
    sheet = _mazur(error="systematic", causes=("slope-dropped",))
    cells = _cells(sheet)
    assert cells["delta2[1]"].written == "0.741" and cells["dw2[1,1]"].written == "0.439"  # .741 * .593 = .439413
    wrong = [name for name, cell in cells.items() if cell.went_wrong]
    assert wrong == ["delta2[1]", "delta2[2]", "delta1[1]", "delta1[2]"]
    assert all(cells[name].formula == "slope-dropped" and cells[name].visible == "yes" for name in wrong)
    assert cells["dw2[1,1]"].right and sheet.first_error == sheet.first_visible == "delta2[1]"


def test_a_mistake_that_rounding_hides() -> None:
    """At three decimals each dw1 is 0.000 or 0.001 and rate-twice moves w1 by less than a digit: nothing to be seen."""
    cells = _cells(_mazur(error="systematic", causes=("rate-twice",)))
    assert cells["w1_new[1,1]"].written == "0.150" and cells["w1_new[1,1]"].visible == "no"
    assert cells["w1_new[1,1]"].right and cells["w1_new[1,1]"].went_wrong
    assert cells["w2_new[1,1]"].written == "0.380" and cells["w2_new[1,1]"].visible == "yes"  # .4 - .25 * .082


def test_a_neighbouring_digit_may_be_right() -> None:
    """delta2[1] = 0.138 could come from a2 = 0.7514, written 0.751; 0.141 from no number that is written so."""
    sheet = _mazur()
    paper = {name: Decimal(cell.number) for name, cell in _cells(sheet).items()}
    from simulated.nets import by_hand
    from simulated.visible import Judge

    steps = program("mazur")
    judge = Judge(steps, by_hand(steps), exercise("mazur", "1").given, paper, {}, dict.fromkeys(COLUMNS, Digits(3)))
    said = [judge("delta2[1]", Decimal(value)) for value in ("0.139", "0.138", "0.140", "0.141", "0.136")]
    assert said == ["no", "no", "maybe", "yes", "yes"]


@pytest.mark.parametrize("kind", [*SLIPS, "copy slip"])
def test_slips_of_the_pen(kind: str) -> None:
    """The cell is wrong; what was worked out with the right number behind it is right, and said to be so."""
    met = Counter()
    for sheet in sheets("random-2-2-2", 40, kind, only={**PLAIN, "error": (kind,), "digits": ("4dp",)}):
        (slip,) = (cell for cell in sheet.cells if cell.slip)
        wrong = [cell for cell in sheet.cells if cell.went_wrong]
        assert slip in wrong and slip.formula == "right"
        assert {cell.name for cell in wrong} == {slip.name} and sheet.first_error == slip.name
        went_on = slip.slip.endswith("went on with it")
        met[went_on] += 1
        hidden = [cell for cell in sheet.cells if cell.values == "unwritten" and cell.way != WRITTEN_OUT]
        assert not (went_on and hidden)
        if not went_on and slip.name.startswith(("delta", "dw2", "z2")):
            assert hidden
    assert min(met.values()) > 5


def test_a_number_read_wrongly_and_cells_exchanged() -> None:
    for sheet in sheets("random-2-2-2", 30, 1, only={**PLAIN, "error": ("copied wrong",)}):
        wrong = [cell for cell in sheet.cells if cell.went_wrong]
        assert len(wrong) <= 1 and all(cell.values == "misread" for cell in wrong)
    for sheet in sheets("random-2-2-2", 30, 1, only={**PLAIN, "error": ("wrong cell",)}):
        wrong = [cell for cell in sheet.cells if cell.went_wrong]
        assert len(wrong) == 2 and {cell.slip for cell in wrong} == {"wrong cell"}


def test_two_signs_turned_are_a_convention() -> None:
    """The masked pair is the sheet of one who works with t - o and adds: all of it is right."""
    pair, convention = _mazur(error="masked pair", convention="t - o, plus"), _mazur(convention="t - o, plus")
    assert pair.answers() == convention.answers()
    assert pair.first_error is None and all(cell.right for cell in pair.cells)
    assert _cells(pair)["delta2[1]"].written == "-0.139" and _cells(pair)["w2_new[1,1]"].written == "0.359"


def test_conventions_by_hand() -> None:
    """delta2[1] is .1387 in full; twice that without the half, half of it as a mean over two outputs."""
    without, mean, rows = (_cells(_mazur(convention=one)) for one in ("E without the half", "mean", "weights by row"))
    assert (without["E"].written, without["delta2[1]"].written) == ("0.596", "0.277")
    assert (mean["E"].written, mean["delta2[1]"].written) == ("0.149", "0.069")
    assert rows["dw2[2,1]"].written == _cells(_mazur())["dw2[1,2]"].written != rows["dw2[1,2]"].written


def test_what_is_missing_shows_where_it_is_used() -> None:
    """If no wrong delta stands on the sheet, its dw are the first wrong numbers."""
    found = 0
    for sheet in sheets("random-2-2-2", 60, 2, only={"error": ("systematic",), "cause": ("sign-of-error",),
                                                     "missing": ("some",), "convention": ("house",)}):  # fmt: skip
        cells = _cells(sheet)
        for k in "12":
            if cells[f"delta2[{k}]"].written is None and cells[f"dw2[1,{k}]"].written is not None:
                found += 1
                assert cells[f"dw2[1,{k}]"].went_wrong and cells[f"dw2[1,{k}]"].formula == "right"
    assert found > 10


def test_sheets_that_are_no_attempt() -> None:
    for kind in NO_ATTEMPT:
        for sheet in sheets("random-2-2-2", 3, 1, only={**PLAIN, "error": (kind,)}):
            cells = _cells(sheet)
            assert cells["w1_new[1,1]"].number == f"{sheet.given().given['w1[1,1]']:f}"
            assert cells["z1[1]"].right is (True if kind == "gaming" else None)
            assert kind == "givens copied" or Decimal(cells["delta1[1]"].number) == 0
            assert sheet.first_error is None


# No right step is outside of what digits allow


def test_digits_never_show_a_mistake_where_there_is_none() -> None:
    """Bands hold every right step of the simulator; only numbers behind the sheet may look wrong."""
    steps = 0
    for net in SHAPES:
        made = list(sheets(net, 8, "bands"))
        for sheet, verdict in zip(made, ceiling(made), strict=True):
            for cell in sheet.cells:
                if cell.name in verdict.steps and cell.right and not cell.went_wrong and cell.values != "unwritten":
                    steps += 1
                    assert verdict.steps[cell.name] == "right", (sheet.id, cell)
    assert steps > 1000


# Factors


def test_every_value_of_every_factor_is_met() -> None:
    seen: dict[str, Counter[str]] = {name: Counter() for name in FACTORS}
    for net, count in (("relu-2-2-1", 150), ("batch-2-2-2", 50)):
        for sheet in sheets(net, count, "cover"):
            who = sheet.student
            for name in ("rounding", "carry", "inside", "order", "habit", "error", "convention", "digits"):
                seen[name][who[name]] += 1
            seen["missing"]["some" if who["missing"] else "none"] += 1
    seen["cause"].update(name for net in SHAPES for name in mistakes(net, pool=FACTORS["cause"]))
    for name, values in FACTORS.items():
        assert set(values) == set(seen[name]), name
    assert 0.2 < seen["error"]["none"] / 200 < 0.4


@pytest.mark.parametrize("net", SHAPES)
def test_every_mistake_changes_a_number(net: str) -> None:
    label = 0 if SHAPES[net].squared else 1
    for name in mistakes(net):
        touched = [step for step in program(net, Plan("house", frozenset({name})), label) if step.touched]
        assert touched and all(step.touched == (name,) for step in touched)
    if net == "random-2-2-2":
        assert set(UNKNOWN) <= set(mistakes(net))


def test_what_cannot_be_asked_for_is_said() -> None:
    with pytest.raises(ValueError, match="convention"):
        next(sheets("mazur", 1, 1, only={"convention": ("biases kept",)}))


def test_habits_keep_the_number() -> None:
    texts = {habit: written("-0.050", habit, False, Random(1)) for habit in FACTORS["habit"][:10]}
    assert list(texts.values()) == [
        "-0.050", "-.050", "-0.05", "-.05", "-5.0e-2", "-0,050", "−0.050", "-0.050 units", "-0.050", "≈ -0.050"
    ]  # fmt: skip
    assert written("0.375", "fraction", True, Random(1)) == "3/8"
    assert all(miswritten("0.0400", shape, Random(n)) != "0.0400" for shape in SLIPS for n in range(30))


# Figures


def test_rules_of_others_by_hand() -> None:
    """Three decimals: dw1[1,1] = 0.000439 is written 0.000, which no share of the value allows, and 0.01 does."""
    made = [_mazur()]
    said = {rule: next(iter(judged(made, rule))).steps for rule in RULES}
    assert said["key ±1 % (PrairieLearn)"]["dw1[1,1]"] == "wrong"
    assert said["key ±0.01 (QuizGenerator)"]["dw1[1,1]"] == "right"
    assert said["key ±0.51 unit in the last place"]["dw1[1,1]"] == "right"
    assert said["own values ±5 %"]["w2_new[1,1]"] == "right"
    follows = [_mazur(error="systematic", causes=("slope-dropped",))]
    assert next(judged(follows, "own values ±0.51 unit in the last place")).steps["dw2[1,1]"] == "right"
    assert next(judged(follows, "key ±1 % (PrairieLearn)")).steps["dw2[1,1]"] == "wrong"
    assert worked_in_full(exercise("mazur", "1"))["E"] == pytest.approx(Decimal("0.298371109"), abs=Decimal("1e-9"))


def _oracle(sheet: Sheet) -> Verdict:
    steps = {cell.name: "wrong" if cell.went_wrong else "right" for cell in sheet.cells}
    causes = [sheet.causes] if sheet.error in ("systematic", "two") and not set(sheet.causes) & set(UNKNOWN) else []
    return Verdict(steps, causes, credit=0.0 if sheet.error in NO_ATTEMPT else _share(sheet))


def _share(sheet: Sheet) -> float:
    return sum(cell.right is True and not cell.went_wrong for cell in sheet.cells) / len(sheet.cells)


def test_figures_of_one_who_knows_the_truth_and_of_one_who_nods() -> None:
    made = list(sheets("random-2-2-2", 100, "figures"))
    best = measure(made, map(_oracle, made))
    assert best.f1("strict") == best.f1("shown") == 1 and best.counts["accused"] == 0
    assert best.counts["missed all"] == best.counts["pen named"] == 0 and best.mean("fairness") == 0
    assert best.share("top one", "causes one") == best.share("covered two", "causes two") == 1
    assert best.bound == 3 / best.counts["correct steps"]
    nods = measure(made, (Verdict(dict.fromkeys(sheet.answers(), "right"), credit=1) for sheet in made))
    assert nods.share("missed all", "wrong all") == 1 and nods.f1("strict") == 0
    assert nods.mean("credit all zeros") == 1 and nods.counts["accused sheets"] == 0
    shrugs = measure(made, (Verdict(dict.fromkeys(sheet.answers(), "cannot tell")) for sheet in made))
    assert shrugs.share("correct undecided", "correct steps") == 1 and shrugs.counts["missed all"] == 0
    with pytest.raises(ValueError):
        measure(made, [])


def test_the_harmonic_mean() -> None:
    """As ProcessBench: 2 * .5 * .8 / (.5 + .8)."""
    counts = Counter({"first strict": 4, "first strict found": 2, "correct sheets": 5, "clean": 4})
    assert Figures(counts).f1("strict") == pytest.approx(0.8 / 1.3)


def test_the_table_names_every_rule() -> None:
    made = list(sheets("random-2-2-2", 10, 1))
    text = table({rule: measure(made, judged(made, rule)) for rule in RULES})
    assert all(f" {rule} |" in text.splitlines()[0] for rule in RULES)
    assert len({line.count("|") for line in text.splitlines()}) == 1
