"""The tests bite: one thing at a time is broken, and the test that should see it is seen to fail.

Each break names the test it is for. The tests called here are the ones of the suite, not copies of them.
"""

from __future__ import annotations

import importlib
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
import test_diagrams
import test_fence
import test_golden
import test_jupyter
import test_laws
import test_listing
import test_markdown_it
import test_pages
import test_pandoc
import test_problem
import test_published
import test_python_markdown
import test_running
import test_torch
import test_trace_file
import test_true_as_printed as true
import test_weave

import tracer.calculus.derivation
import tracer.calculus.rounding
import tracer.explain.diagram_content
import tracer.explain.instantiate
import tracer.explain.lesson
import tracer.explain.listing
import tracer.explain.matrices
import tracer.explain.names
import tracer.explain.numbers
import tracer.explain.part
import tracer.explain.reading
import tracer.explain.skeleton
import tracer.explain.worked
import tracer.publish.environment
import tracer.publish.html
import tracer.publish.mathml
import tracer.run.rounding
from tracer.calculus.equation import equation
from tracer.calculus.expression import Add, Mul, Neg, Number, Ref
from tracer.explain.drawn_text import drawn
from tracer.explain.names import Names
from tracer.explain.numbers import Printed
from tracer.explain.reading import Reading
from tracer.ops import ACTIVATIONS


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """Nothing computed before a break serves after it, and nothing computed with it serves later."""

    def clear() -> None:
        true.trace_of.cache_clear()
        true._RECORDED.clear()
        test_published.trace_of.cache_clear()
        tracer.explain.numbers._printed.cache_clear()

    clear()
    yield
    clear()


TWO = equation("two = 2").right


class Break(NamedTuple):
    """One thing that is broken, and the test that has to fail."""

    name: str
    breaks: Callable[[pytest.MonkeyPatch], object]
    test: Callable[[], object]


def page(problem: str, style: str, notation: str, digits: int | str, format: str = "markdown") -> Callable[[], object]:
    return lambda: true.test_pages_are_true_as_printed(true.Case(problem, style, notation, digits, format))


# -- what is broken


def drops_a_path(patch: pytest.MonkeyPatch) -> None:
    gradient = tracer.calculus.derivation.gradient
    patch.setattr("tracer.calculus.derivation.gradient", lambda items, target: gradient(items[:1], target))


def doubles(patch: pytest.MonkeyPatch) -> None:
    gradient = tracer.calculus.derivation.gradient

    def twice(items: Any, target: Any) -> Any:
        return Mul((TWO, gradient(items, target)))

    patch.setattr("tracer.calculus.derivation.gradient", twice)


def truncates(patch: pytest.MonkeyPatch) -> None:
    def wrong(value: float, count: int, significant: bool, enough: int, most: int) -> Printed:
        text = f"{abs(value):.{count + 3}f}"[:-3]
        return Printed("-" * (value < 0) + text, True) if float(text) else Printed("0", False)

    wrong.cache_clear = lambda: None  # type: ignore[attr-defined]
    patch.setattr("tracer.explain.numbers._printed", wrong)


def prints_zeros(patch: pytest.MonkeyPatch) -> None:
    right = tracer.explain.numbers._printed.__wrapped__

    def wrong(value: float, count: int, significant: bool, enough: int, most: int) -> Printed:
        return Printed("0", False) if abs(value) < 10.0**-count / 2 else right(value, count, significant, enough, most)

    wrong.cache_clear = lambda: None  # type: ignore[attr-defined]
    patch.setattr("tracer.explain.numbers._printed", wrong)


def in_mathml(change: Callable[[str], str]) -> Callable[[pytest.MonkeyPatch], None]:
    """What the HTML writer makes of a formula is changed."""

    def breaks(patch: pytest.MonkeyPatch) -> None:
        mathml = tracer.publish.mathml.mathml
        patch.setattr(tracer.publish.html, "mathml", lambda *taken, **how: change(mathml(*taken, **how)))

    return breaks


def without_signs(mathml: str) -> str:
    return mathml.replace('<mo lspace="0" rspace="0">−</mo><mn>', "<mn>")


def first_numbers_swapped(mathml: str) -> str:
    return re.sub(r"<mn>(\d+\.\d+)</mn>(.*?)<mn>(\d+\.\d+)</mn>", r"<mn>\3</mn>\2<mn>\1</mn>", mathml, count=1)


def indices_swapped(mathml: str) -> str:
    return re.sub(r"<mn>(\d)(\d)</mn>", r"<mn>\2\1</mn>", mathml)


def always(relation: str) -> Callable[[pytest.MonkeyPatch], None]:
    def breaks(patch: pytest.MonkeyPatch) -> None:
        for module in ("matrices", "part", "reading", "worked"):
            for name in ("ABOUT", "EQUAL"):
                patch.setattr(f"tracer.explain.{module}.{name}", relation)

    return breaks


def no_brackets(patch: pytest.MonkeyPatch) -> None:
    fill = tracer.explain.skeleton.Row.fill

    def wrong(row: Any, numbers: Any, decimal: str) -> str:
        return fill(replace(row, slots=tuple((slot, 0.0) for slot, _ in row.slots)), numbers, decimal)

    patch.setattr(tracer.explain.skeleton.Row, "fill", wrong)


def numbers_change_places(patch: pytest.MonkeyPatch) -> None:
    fill = tracer.explain.skeleton.Row.fill

    def wrong(row: Any, numbers: Any, decimal: str) -> str:
        slots = row.slots if len(row.slots) < 2 else (row.slots[1], row.slots[0], *row.slots[2:])
        return fill(replace(row, slots=slots), numbers, decimal)

    patch.setattr(tracer.explain.skeleton.Row, "fill", wrong)


def module(name: str) -> Any:
    """A module by its name: `tracer.run` as an attribute is a function."""
    return importlib.import_module(name)


def ignores_the_order(patch: pytest.MonkeyPatch) -> None:
    load = module("tracer.run.loading").load
    patch.setattr(module("tracer.run.loading"), "load", lambda file: replace(load(file), update_order="together"))


def suggests_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(module("tracer.run.key_check"), "suggest", lambda name, known: "")


def turns_matrices(patch: pytest.MonkeyPatch) -> None:
    matrix = tracer.explain.matrices._Writer.matrix

    def wrong(writer: Any, cells: list[list[Printed]], *of: Any) -> str:
        turned = [list(row) for row in zip(*cells, strict=True)] if len(cells) == len(cells[0]) else cells
        return matrix(writer, turned, *of)

    patch.setattr(tracer.explain.matrices._Writer, "matrix", wrong)


def forgets_to_turn_weights(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("tracer.explain.matrices._lies_turned", lambda reading, whole: False)


def forgets_the_sign(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Reading, "flipped", lambda _, item, right: replace(item, right=right))


def forgets_an_example(patch: pytest.MonkeyPatch) -> None:
    symbol = Names.symbol

    def wrong(names: Names, ref: Ref) -> str:
        return symbol(names, Ref(ref.name, (Number(ref.indices[0].value * 0 + 1), *ref.indices[1:]))
                      if ref.name == "a1" and isinstance(ref.indices and ref.indices[0], Number) else ref)  # fmt: skip

    patch.setattr(Names, "symbol", wrong)


def drops_a_term(patch: pytest.MonkeyPatch) -> None:
    at = Reading.at

    def wrong(reading: Reading, item: Any, places: tuple[int, ...]) -> Any:
        made = at(reading, item, places)
        return Add(made.terms[:-1]) if isinstance(made, Add) and len(made.terms) > 2 else made

    patch.setattr(Reading, "at", wrong)


def adds_instead(patch: pytest.MonkeyPatch) -> None:
    at = Reading.at

    def wrong(reading: Reading, item: Any, places: tuple[int, ...]) -> Any:
        made = at(reading, item, places)
        terms = made.terms if isinstance(made, Add) else ()
        return Add(tuple(term.operand if isinstance(term, Neg) else term for term in terms)) if terms else made

    patch.setattr(Reading, "at", wrong)


def retold(old: str, new: str) -> Callable[[pytest.MonkeyPatch], None]:
    """A story in which somebody typed something by hand."""

    def breaks(patch: pytest.MonkeyPatch) -> None:
        tell = tracer.publish.environment.tell
        patch.setattr(true, "tell", lambda lesson, style: tell(lesson, style).replace(old, new))

    return breaks


def listing_forgets_the_rate(patch: pytest.MonkeyPatch) -> None:
    body = tracer.explain.listing._Writer.body
    patch.setattr(
        tracer.explain.listing._Writer,
        "body",
        lambda *some, **more: [line.replace("eta * ", "") for line in body(*some, **more)],
    )


def listing_imports_us(patch: pytest.MonkeyPatch) -> None:
    data = tracer.explain.listing._Writer.data
    patch.setattr(tracer.explain.listing._Writer, "data", lambda writer: ["import tracer", *data(writer)])


def leaves_a_slot(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Names, "_fill", lambda names, template, ref, role: template)


def one_golden_is_old(patch: pytest.MonkeyPatch) -> None:
    tell = tracer.publish.environment.tell
    patch.setattr("tracer.publish.render.tell", lambda *how: tell(*how).replace("net input", "input"))


def wrong_slope(patch: pytest.MonkeyPatch) -> None:
    """a (1 + a) for the sigmoid."""
    rows = []
    for op, item, known in test_laws.TEXTBOOK:
        wrong = equation("slope = a * (1 + a)").right if op.name == "sigmoid" else known.form
        rows.append((op, item, replace(known, form=wrong)))
    patch.setattr(test_laws, "TEXTBOOK", rows)


def slope_of_the_sigmoid() -> object:
    [row] = [row for row in test_laws.TEXTBOOK if row[0] is ACTIVATIONS["sigmoid"]]
    return test_laws.test_textbook_slope_is_the_derived_one(*row)


def rounds_another_way(patch: pytest.MonkeyPatch) -> None:
    """What is to be cut is rounded to the nearest."""
    patch.setitem(tracer.calculus.rounding.MODES, "truncate", "ROUND_HALF_UP")


def forgets_to_carry(patch: pytest.MonkeyPatch) -> None:
    """The run keeps all digits although the problem has a rule."""
    patch.setattr("tracer.run.run.rules_of", lambda network: tracer.run.rounding.FULL)


def carried_figures() -> object:
    return test_published.test_a_source_that_carries_rounded_numbers_comes_out_whole("S1-hmkcode", "hmkcode-text", 13)


def golden(name: str) -> object:
    difference = test_golden.difference(test_golden.GOLDEN / name, test_golden.page_of(name))
    assert not difference, difference


def first_listing() -> object:
    case = test_listing.case_of("mazur", "plain")
    code, promised = test_listing.listing_of(true.page_of(case))
    assert test_listing.run_alone([code])[0].strip("\n") == promised.strip("\n")


def finished() -> object:
    assert test_pages.unfinished(true.page_of(true.Case("han-kamber", "plain", "plain", 4))) == []


def one_by_one() -> object:
    published = "0.291027924"
    return test_published.test_mazur_after_one_step_tells_the_order_of_updating("mazur-one-by-one", published)


def tiny() -> object:
    return true.test_pages_of_other_problems_are_true_as_printed(true.Case("tiny", "plain", "plain", 2))


def in_a_folder(test: Callable[[Path], object]) -> Callable[[], object]:
    """A test that writes, in a folder of its own."""

    def run() -> None:
        with TemporaryDirectory() as folder:
            test(Path(folder))

    return run


def looks_at_no_array(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("tracer.run.array_file._check_bytes", lambda *_: None)


def fits_anything(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("tracer.run.trace_file._equations_of", lambda _: "the same")


def forgets_to_go_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("tracer.run.run._Run.go_back", lambda *_: None)


def moves_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("tracer.run.stability._moved", lambda network, _: network)


def edges_need_no_room(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("tracer.explain.diagram_layout._slot", lambda *_: 6.0)
    patch.setattr("tracer.explain.diagram_layout.APART", -60.0)


def cells_are_narrow(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("tracer.explain.diagram_layout._cell_width", lambda *_: 30.0)


def pictures_are_low(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("tracer.explain.diagram_legend.LINE", 2.0)
    patch.setattr("tracer.explain.diagram_layout.MARGIN", -8.0)


def pictures_have_digits_of_their_own(patch: pytest.MonkeyPatch) -> None:
    made = tracer.explain.diagram_content._Content._number
    patch.setattr(
        "tracer.explain.diagram_content._Content._number",
        lambda self, name, places: made(self, name, places) if name != "a1" else drawn("0.1234"),
    )


def everything_is_known(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("tracer.explain.moment.Moment.knows", lambda *_: True)


def nothing_is_marked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("tracer.explain.moment.Moment.computes", lambda *_: False)


def titles_are_not_escaped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("tracer.publish.picture_text._svg_environment", tracer.publish.environment.environment)


def pictures_are_numbered(patch: pytest.MonkeyPatch) -> None:
    numbers = itertools.count()
    patch.setattr("tracer.publish.picture_text.identifier", lambda _: f"x{next(numbers)}")


def fences_in_comments_count(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("tracer.publish.embed.python_markdown._COMMENT", re.compile("(?!)"))


def shorter_fences_end_longer_ones(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("tracer.publish.embed.python_markdown._OPENS", re.compile("([ ]*)(```)(trace)$"))


def leaves_html_to_the_host(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("tracer.publish.embed.python_markdown._Fences._kept", lambda _, text: text)


def allows_html_for_ever(patch: pytest.MonkeyPatch) -> None:
    def read(md: Any, text: str) -> Any:
        md.options["html"] = True
        return md.parse(text, {})

    patch.setattr("tracer.publish.embed.markdown_it._read", read)


def reads_a_step_in_its_notation(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        "tracer.publish.embed.shown._quantity",
        lambda step: tracer.explain.lesson.lesson(step.trace).quantity(step.name),
    )


def pieces_change_places(patch: pytest.MonkeyPatch) -> None:
    fences = module("tracer.publish.embed.pandoc")._fences
    patch.setattr("tracer.publish.embed.pandoc._fences", lambda node: reversed(list(fences(node))))


def shows_nothing_where_a_fence_is_wrong(patch: pytest.MonkeyPatch) -> None:
    for host in ("expand", "pandoc"):
        patch.setattr(f"tracer.publish.embed.{host}.refused", lambda error, dialect="": "")


def quotations_end_at_blank_lines(patch: pytest.MonkeyPatch) -> None:
    body = module("tracer.publish.embed.weave")._body
    patch.setattr("tracer.publish.embed.weave._body", lambda *some: re.sub(r"(?m)^>$", "", body(*some)))


def anchors_come_twice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("tracer.publish.embed.expand.labelled_apart", lambda tokens, prefix, taken: list(tokens))


def of_a_picture(test: Callable[[dict[str, Any]], object]) -> Callable[[], object]:
    """A test of pictures on a single one."""
    problem = test_diagrams.network((3, 3, 2))
    return lambda: test({"one": test_diagrams.told(problem, notation_name="mazur").diagram("end")})


BREAKS = [
    Break(
        "edges need no room",
        edges_need_no_room,
        of_a_picture(test_diagrams.test_no_two_labels_overlap_and_none_is_cut_by_our_own_measure),
    ),
    Break(
        "pictures are low",
        pictures_are_low,
        of_a_picture(test_diagrams.test_no_two_labels_overlap_and_none_is_cut_by_our_own_measure),
    ),
    Break("cells are narrow", cells_are_narrow, of_a_picture(test_diagrams.test_values_stay_inside_their_cells)),
    Break(
        "pictures have digits of their own",
        pictures_have_digits_of_their_own,
        lambda: test_diagrams.test_every_number_is_one_that_the_trace_has_as_it_is_printed("gokadin", "end"),
    ),
    Break("everything is known", everything_is_known, test_diagrams.test_numbers_appear_when_they_are_computed),
    Break(
        "nothing is marked",
        nothing_is_marked,
        test_diagrams.test_the_step_is_marked_in_colour_weight_and_dash,
    ),
    Break(
        "titles are not escaped",
        titles_are_not_escaped,
        lambda: test_diagrams.test_hostile_titles_are_escaped("<script>alert(1)</script>"),
    ),
    Break(
        "pictures are numbered",
        pictures_are_numbered,
        test_diagrams.test_a_picture_is_the_same_each_time,
    ),
    Break("the chain rule drops a path", drops_a_path, lambda: test_torch.test_gradient_check("micrograd")),
    Break("a gradient is twice too large", doubles, lambda: test_torch.test_gradient_check("mazur")),
    Break("the slope of the sigmoid is wrong", wrong_slope, slope_of_the_sigmoid),
    Break("numbers are cut off instead of rounded", truncates, page("mazur", "plain", "mazur", 4)),
    Break("what is not zero is printed as zero", prints_zeros, tiny),
    Break("every relation is an equals sign", always("="), page("mazur", "plain", "mazur", 4)),
    Break("every relation is an equals sign, in matrices", always("="), page("hmkcode", "hmkcode", "hmkcode", 3)),
    Break("negative numbers have no brackets", no_brackets, page("micrograd", "plain", "plain", 4)),
    Break("a factor that is negative has no brackets", no_brackets, finished),
    Break("two numbers change places", numbers_change_places, page("mazur", "gokadin", "plain", 9)),
    Break(
        "numbers change places in HTML", in_mathml(first_numbers_swapped), page("mazur", "plain", "plain", 9, "html")
    ),
    Break("indices change places in HTML", in_mathml(indices_swapped), page("mazur", "plain", "nielsen", 4, "html")),
    Break("a sign is lost in HTML", in_mathml(without_signs), page("micrograd", "plain", "plain", 4, "html")),
    Break("a term is missing", drops_a_term, page("mazur", "plain", "mazur", 4)),
    Break("an update adds", adds_instead, page("mazur", "plain", "mazur", 9, "latex")),
    Break("the order of updating is ignored", ignores_the_order, one_by_one),
    Break("matrices are turned", turns_matrices, page("mazur", "hmkcode", "plain", 4)),
    Break("weights lie the wrong way", forgets_to_turn_weights, page("mazur", "plain", "nielsen", 4)),
    Break("the sign of the error is forgotten", forgets_the_sign, page("han-kamber", "plain", "han-kamber", 4)),
    Break("an example has the name of another", forgets_an_example, page("gokadin-xor", "plain", "plain", 4)),
    Break(
        "a number is typed by hand", retold("error is $0.2910", "error is $0.2911"), page("mazur", "plain", "mazur", 4)
    ),
    Break("a table is wrong", retold("| $w_{5}$ | $0.4$ |", "| $w_{5}$ | $0.5$ |"), page("mazur", "mazur", "mazur", 4)),
    Break("the listing forgets the learning rate", listing_forgets_the_rate, first_listing),
    Break("the listing needs more than NumPy", listing_imports_us, first_listing),
    Break("a number is rounded instead of cut", rounds_another_way, carried_figures),
    Break("a number is rounded instead of cut, on a page", rounds_another_way, page("mazur-cut", "plain", "mazur", 6)),
    Break("rounded numbers are not carried on", forgets_to_carry, carried_figures),
    Break("a slot is not filled", leaves_a_slot, finished),
    Break("a golden is old", one_golden_is_old, lambda: golden("mazur-mazur.md")),
    Break("arrays are not checked", looks_at_no_array, in_a_folder(test_trace_file.test_every_changed_byte_is_noticed)),
    Break("equations are not compared", fits_anything, in_a_folder(test_trace_file.test_other_equations_are_noticed)),
    Break(
        "a chunk that was stopped counts",
        forgets_to_go_back,
        lambda: test_running.test_an_interrupted_run_is_the_beginning_of_a_whole_one(test_trace_file.XOR, "loss"),
    ),
    Break(
        "no parameter is moved",
        moves_nothing,
        test_running.test_a_slope_taken_at_the_activation_moves_in_the_first_digits,
    ),
    Break(
        "embed: a fence in a comment counts",
        fences_in_comments_count,
        lambda: test_python_markdown.test_a_fence_that_is_shown_is_no_fence(f"<!--\n{test_python_markdown.VALUE}\n-->"),
    ),
    Break(
        "embed: a fence in a longer one counts",
        shorter_fences_end_longer_ones,
        lambda: test_python_markdown.test_a_fence_that_is_shown_is_no_fence(
            f"````\n{test_python_markdown.VALUE}\n````"
        ),
    ),
    Break(
        "embed: a host acts on our HTML",
        leaves_html_to_the_host,
        test_python_markdown.test_a_paragraph_may_begin_with_a_formula,
    ),
    Break(
        "embed: a page may have HTML ever after",
        allows_html_for_ever,
        test_markdown_it.test_a_host_reads_the_formulas_and_tables_itself,
    ),
    Break(
        "embed: a step is shown under another name",
        reads_a_step_in_its_notation,
        lambda: test_jupyter.test_what_is_shown_of_a_record("gradient"),
    ),
    Break("embed: pieces change places", pieces_change_places, test_pandoc.test_pieces_keep_their_places),
    Break(
        "embed: a wrong fence says nothing",
        shows_nothing_where_a_fence_is_wrong,
        test_pandoc.test_pieces_keep_their_places,
    ),
    Break(
        "embed: a quotation ends in the middle",
        quotations_end_at_blank_lines,
        lambda: test_weave.test_a_piece_in_a_quotation_stays_in_it("> "),
    ),
    Break(
        "embed: a link target comes twice",
        anchors_come_twice,
        test_fence.test_anchors_are_canonical_names_and_stay_apart,
    ),
    Break("no name is suggested", suggests_nothing, lambda: test_problem.test_message("key-data")),
]


@pytest.mark.others
@pytest.mark.parametrize("one", BREAKS, ids=lambda one: one.name)
def test_a_break_is_seen(one: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    one.test()  # it passes as long as nothing is broken
    true.trace_of.cache_clear()
    true._RECORDED.clear()
    test_published.trace_of.cache_clear()
    tracer.explain.numbers._printed.cache_clear()
    one.breaks(monkeypatch)
    with pytest.raises(AssertionError):
        one.test()
