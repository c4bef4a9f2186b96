"""A student works an exercise: seed and factors to a sheet, with the truth about every number on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import combinations
from random import Random
from typing import Any

from .arithmetic import EXACT, ZERO, ByOperation, Digits
from .formulas import USUAL, WRITTEN_OUT, Plan
from .nets import HOUSE, Exercise, Step, by_hand, exercise, label_of, problem_file, program
from .sheet import NO, Cell, Sheet
from .slips import SHAPES, miswritten
from .student import GAMING, Student, student
from .visible import UNDEFINED, Judge
from .writing import written

RIGHT, BY_ROW = "right", "weights by row"
GUARD = 2  # digits more than the sheet's that stand in the notes of one who carries more


class Done:
    """What is known of a sheet while it is worked: numbers carried on in both forms, and the truth of each cell."""

    def __init__(self, given: Mapping[str, Decimal]) -> None:
        self.rounded, self.full = dict(given), dict(given)
        self.paper: dict[str, str] = {}
        self.truth: dict[str, dict[str, Any]] = {}
        self.wrong: set[str] = set()  # steps at which a mistake was made
        self.unwritten: set[str] = set()  # cells that say another number than the one carried on


def sheets(
    net: str,
    count: int,
    seed: int | str,
    per_exercise: int = 25,
    only: Mapping[str, tuple[str, ...]] | None = None,
    start: int = 0,
) -> Iterator[Sheet]:
    """The sheets of a class; every `per_exercise` students share the numbers. Each depends on its own seed alone.

    `only` leaves some values of a factor out: {"error": ("none",)}; `student.FACTORS` lists them.
    """
    for index in range(start, count):
        yield sheet(net, f"{seed}-{index // per_exercise}", f"{seed}-{index}", only)


_last: list[tuple[tuple[str, str], tuple[Exercise, str]]] = []


def sheet(net: str, exercise_seed: str, seed: str, only: Mapping[str, tuple[str, ...]] | None = None) -> Sheet:
    """One sheet from its seeds."""
    key = (net, exercise_seed)
    if not _last or _last[0][0] != key:
        made = exercise(net, exercise_seed)
        _last[:] = [(key, (made, problem_file(made)))]
    made, text = _last[0][1]
    random = Random(f"student {net} {seed}")
    who = student(made, random, only)
    return work(made, who, random, f"{net}-{seed}", text)


def work(made: Exercise, who: Student, random: Random, name: str, text: str | None = None) -> Sheet:
    """The sheet of a student."""
    label = label_of(made)
    house = Plan(who.convention)
    if who.error == "masked pair":
        steps = program(made.net, Plan(HOUSE, frozenset({"sign-of-error", "update-adds"})), label)
    elif who.error in ("systematic", "two"):
        steps = program(made.net, Plan(who.convention, frozenset(who.causes)), label)
    else:
        steps = program(made.net, house, label)
    right_steps = program(made.net, house, label)
    done = Done(made.given)
    if who.error in GAMING:
        _gaming(made, who, steps, done, random)
    else:
        _working(made, who, steps, done, random, label)
    if who.error == "wrong cell":
        _exchange(steps, done, random)
    empty = {step.name for step in steps if who.missing and random.random() < who.missing}
    return _sheet(made, who, right_steps, done, empty, random, name, text or problem_file(made))


# Working it out


def _working(made: Exercise, who: Student, steps: tuple[Step, ...], done: Done, random: Random, label: int) -> None:
    order = by_hand(steps)
    arithmetics = {kind: _arithmetic(who, digits) for kind, digits in who.digits.items()}
    slipped = _slipped_step(made, who, order, random, label)
    victim = random.choice(order).name if who.error in (*SHAPES, "copy slip") else ""
    goes_on_with_it = random.random() < 0.5
    misreads = _misreader(order, random) if who.error == "copied wrong" else ""
    nonsense_from = random.randrange(len(order)) if who.error == "nonsense" else len(order)
    carry_full = {"rounded": False, "full": True}.get(who.carry)
    for place, step in enumerate(order):
        digits = who.digits[step.kind]
        full = random.random() < 0.5 if carry_full is None else carry_full
        values: Mapping[str, Decimal] = done.full if full else done.rounded
        way = _way(step, who.order, random)
        formula, cause = step.ways[way], "+".join(step.touched) if who.error != "masked pair" else ""
        if slipped and slipped.name == step.name:
            way, formula, cause = USUAL, slipped.ways[USUAL], who.causes[0]
        read = "carried" if full else "written"
        if step.name == misreads:
            values, changed = _misread(formula, values, done.paper, random)
            if changed:
                read = "misread"
                done.wrong.add(step.name)
        elif done.unwritten and _reads(formula, values) & done.unwritten:
            read = "unwritten"
        elif way == WRITTEN_OUT and _reads(step.ways[USUAL], values) & done.wrong:
            read = "unwritten"  # worked out anew, past a number that is wrong
        if place >= nonsense_from:
            result, cause, way = Decimal(random.randint(-20000, 20000)).scaleb(-4), "nonsense", USUAL
        else:
            try:
                result = formula(arithmetics[step.kind], values)
            except (*UNDEFINED, KeyError):  # the calculator says "error": nothing is written, here and in what follows
                done.truth[step.name] = _truth("none", way, read, None)
                continue
        shown = digits.rounded(result, who.rounding)
        done.rounded[step.name], done.full[step.name] = shown, result
        done.paper[step.name] = f"{shown:f}"
        done.truth[step.name] = _truth(cause or RIGHT, way, read, None)
        if cause:
            done.wrong.add(step.name)
        if step.name == victim:
            _slip_of_the_pen(who, step, order[:place], done, goes_on_with_it, random)


def _truth(formula: str, way: str, values: str, slip: str | None) -> dict[str, Any]:
    return {"formula": formula, "way": way, "values": values, "slip": slip}


def _arithmetic(who: Student, digits: Digits) -> Any:
    if who.inside == "none":
        return EXACT
    guard = GUARD if who.carry == "full" else 0
    return ByOperation(digits._replace(count=digits.count + guard), who.rounding)


def _way(step: Step, order: str, random: Random) -> str:
    if order == "varied":
        return random.choice(list(step.ways))
    return order if order in step.ways else USUAL


def _slipped_step(made: Exercise, who: Student, order: tuple[Step, ...], random: Random, label: int) -> Step | None:
    """The one step at which a slip makes another formula out of the right one, with that formula."""
    if who.error not in ("slip", "calculator slip"):
        return None
    wrong = {step.name: step for step in program(made.net, Plan(who.convention, frozenset(who.causes)), label)}
    found = [wrong[step.name] for step in order if wrong[step.name].touched]
    return random.choice(found)


def _reads(formula: Any, values: Mapping[str, Decimal]) -> set[str]:
    """The names that a formula reads."""
    watched = _Watched(values)
    try:
        formula(EXACT, watched)
    except (*UNDEFINED, KeyError):
        return watched.seen
    return watched.seen


class _Watched:
    """Values that keep in mind which of them were read."""

    def __init__(self, values: Mapping[str, Decimal]) -> None:
        self.values, self.seen = values, set[str]()

    def __getitem__(self, name: str) -> Decimal:
        self.seen.add(name)
        return self.values[name]


def _misreader(order: tuple[Step, ...], random: Random) -> str:
    """A step that reads another step's number, so that it can be read wrongly."""
    return random.choice([step.name for step in order if step.kind != "z" or step.layer > 1])


def _misread(
    formula: Any, values: Mapping[str, Decimal], paper: Mapping[str, str], random: Random
) -> tuple[Mapping[str, Decimal], bool]:
    """The values with one of those that are read copied wrongly."""
    names = sorted(name for name in _reads(formula, values) if name in paper)
    if not names:
        return values, False
    name = random.choice(names)
    return {**values, name: Decimal(miswritten(paper[name], random.choice(SHAPES), random))}, True


def _slip_of_the_pen(
    who: Student, step: Step, before: tuple[Step, ...], done: Done, goes_on_with_it: bool, random: Random
) -> None:
    plain = done.paper[step.name]
    if who.error == "copy slip":
        near = [one for one in before if one.kind == step.kind and one.name in done.paper]
        near = [one for one in near if done.paper[one.name] != plain]
        wrong = done.paper[near[-1].name] if near else miswritten(plain, "digit typo", random)
    else:
        wrong = miswritten(plain, who.error, random)
    done.paper[step.name] = wrong
    done.truth[step.name]["slip"] = who.error + (", went on with it" if goes_on_with_it else ", went on with the right")
    done.wrong.add(step.name)
    if goes_on_with_it:
        done.rounded[step.name] = done.full[step.name] = Decimal(wrong)
    else:
        done.unwritten.add(step.name)


def _exchange(steps: tuple[Step, ...], done: Done, random: Random) -> None:
    """Two numbers of the same column in each other's cells."""
    present = [step for step in steps if step.name in done.paper]
    pairs = [
        (one.name, other.name)
        for one, other in combinations(present, 2)
        if one.kind == other.kind and done.paper[one.name] != done.paper[other.name]
    ]
    if not pairs:
        return
    one, other = random.choice(pairs)
    done.paper[one], done.paper[other] = done.paper[other], done.paper[one]
    for name in (one, other):
        done.truth[name]["slip"] = "wrong cell"
        done.wrong.add(name)
        done.unwritten.add(name)
    for step in steps:
        if step.name in done.paper and done.truth[step.name]["values"] in ("written", "carried"):
            reads = _reads(step.ways[done.truth[step.name]["way"]], done.full)
            if reads & {one, other}:
                done.truth[step.name]["values"] = "unwritten"


# Sheets that are no attempt


def _gaming(made: Exercise, who: Student, steps: tuple[Step, ...], done: Done, random: Random) -> None:
    """Zeros with the old weights copied, after a right forward pass or without one; or cells filled with givens."""
    forward = ("z", "a", "E") if who.error == "gaming" else ()
    givens = [f"{value:f}" for value in made.given.values()]
    zero = random.choice(("0", ""))
    for step in steps:
        digits = who.digits[step.kind]
        if step.kind in forward:
            try:
                result = step.ways[USUAL](EXACT, done.rounded)
            except UNDEFINED:
                result = ZERO
            shown = digits.rounded(result, who.rounding)
            done.rounded[step.name] = done.full[step.name] = shown
            done.paper[step.name] = f"{shown:f}"
            done.truth[step.name] = _truth(RIGHT, USUAL, "written", None)
            continue
        old = _old(step, made)
        if who.error == "givens copied" and not old:
            plain, what = random.choice(givens), "copied"
        elif old:
            plain, what = f"{made.given[old]:f}", "copied"
        else:
            plain, what = (zero or f"{digits.rounded(ZERO, who.rounding):f}"), "zero"
        done.paper[step.name] = plain
        done.rounded[step.name] = done.full[step.name] = Decimal(plain)
        done.truth[step.name] = _truth(what, USUAL, "none", None)


def _old(step: Step, made: Exercise) -> str:
    """The name of the parameter that a step replaces."""
    name = step.name.split(":")[-1].replace("_new", "")
    name = name if name in made.given else name.split("[")[0]
    return name if step.kind in ("w_new", "b_new") and name in made.given else ""


# The sheet


def _sheet(
    made: Exercise,
    who: Student,
    right_steps: tuple[Step, ...],
    done: Done,
    empty: set[str],
    random: Random,
    name: str,
    text: str,
) -> Sheet:
    paper = {step: Decimal(plain) for step, plain in done.paper.items() if step not in empty}
    attempt = who.error not in GAMING
    order = by_hand(right_steps)
    judge = None
    tainted: set[str] = set()  # empty cells that are wrong, or follow from one that is
    if done.wrong:
        judge = Judge(right_steps, order, made.given, paper, done.full if who.carry != "rounded" else done.rounded,
                      who.digits)  # fmt: skip
        if empty:
            tainted = _tainted(order, done, empty)
    if empty and done.paper.keys() - empty:
        _behind_empty_cells(order, done, empty)
    seen: dict[str, Cell] = {}
    for step in right_steps:
        truth = done.truth[step.name]
        wrote = paper.get(step.name)
        visible = None
        if judge and attempt and wrote is not None and (step.name in done.wrong or step.name in tainted):
            visible = judge(step.name, wrote)
        plain = None if wrote is None else done.paper[step.name]
        right = None
        if plain is not None and (attempt or truth["formula"] == RIGHT):
            right = visible in (None, NO)
        string = None
        if plain is not None:
            exact = done.full.get(step.name) == wrote and truth["slip"] is None
            string = written(plain, who.habit, exact, random)
        label = by_row(step) if who.convention == BY_ROW else step.name
        seen[label] = Cell(label, string, plain, **truth, right=right, visible=visible)
    cells = tuple(seen[step.name] for step in right_steps)
    wrong = [cell for cell in cells if cell.visible is not None]
    return Sheet(
        id=name,
        net=made.net,
        exercise=made.seed,
        problem=text,
        digits={kind: str(digits) for kind, digits in who.digits.items()},
        student={
            "rounding": who.rounding,
            "carry": who.carry,
            "inside": who.inside,
            "order": who.order,
            "habit": who.habit,
            "error": who.error,
            "causes": list(who.causes),
            "missing": who.missing,
            "convention": who.convention,
            "digits": who.digits_name,
        },
        cells=cells,
        first_error=next((cell.name for cell in wrong), None),
        first_visible=next((cell.name for cell in wrong if cell.visible != NO), None),
    )


def _tainted(order: tuple[Step, ...], done: Done, empty: set[str]) -> set[str]:
    """Steps whose number follows from an empty cell at which a mistake was made: there it shows first."""
    hidden: set[str] = set()
    found: set[str] = set()
    for step in order:
        if step.name not in done.truth or step.name not in done.paper:
            continue
        follows = bool(_reads(step.ways[USUAL], done.full) & hidden)
        if follows:
            found.add(step.name)
        # a cell that was miswritten, and is empty now, misled nobody if the right number was carried on
        if step.name in empty and (follows or step.name in done.wrong - done.unwritten):
            hidden.add(step.name)
    return found


def _behind_empty_cells(order: tuple[Step, ...], done: Done, empty: set[str]) -> None:
    """A number that reads an empty cell reads what that cell was made from, on the sheet or not."""
    behind: set[str] = set()
    for step in order:
        truth = done.truth[step.name]
        if behind and truth["values"] != "misread" and _reads(step.ways[USUAL], done.full) & behind:
            truth["values"] = "unwritten"
        if truth["values"] == "unwritten" and step.name in empty:
            behind.add(step.name)


def by_row(step: Step) -> str:
    """The name under which one finds a weight who writes a row for each unit that receives."""
    if step.kind not in ("dw", "w_new"):
        return step.name
    head, _, indices = step.name.rstrip("]").partition("[")
    i, j = indices.split(",")
    return f"{head}[{j},{i}]"
