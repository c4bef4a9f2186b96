"""Which numbers on a page have a name that a problem knows, and of which step of training each of them is.

A name that comes twice with two numbers is taken for two steps where the trace has both: pages call the updated weight
and the error after the update as they were called before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tracer.calculus.expression import Ref
from tracer.check.audit import Audit
from tracer.check.whole_runs import agrees, value_at
from tracer.errors import TracerError
from tracer.explain.names import canonical, whole_number
from tracer.read.number import Written, read_number
from tracer.read.passage import Kind, Page
from tracer.read.resolved import Quantity, Vocabulary
from tracer.read.unread_relation import of_numbers
from tracer.run.trace import Trace

_SCRIPTS = re.compile(r"_\{([^{}]*)\}\^\{([^{}]*)\}")
_SLOPE = re.compile(r"(?:\\partial|∂|(?<![A-Za-z\\])d(?=[A-Z\\{])) ?((?:[^/{}∂]|\{[^{}]{0,40}\}){1,60}?)\}? ?(?:/|\{)")
_ERRORS = ("e", "l", "c", "j", "error", "loss", "cost", "etotal", "ltotal", "etot", "totalerror", "mse")


@dataclass(frozen=True)
class Named:
    """A number that the page prints under a name: the name, the number, its line, and what it means."""

    typed: str
    printed: str
    line: int
    quantity: Quantity
    sign: int = 1


def named_on(page: Page, audit: Audit, vocabulary: Vocabulary) -> tuple[list[Named], int]:
    """The numbers with a name that means something, in the order of the page, and how many names mean nothing."""
    found: list[Named] = []
    unknown: set[str] = set()
    pairs = [
        (chain.sides[0].printed, chain.sides[-1].literal, line + (chain.rows[-1] if chain.rows else 0))
        for chain, line in audit.chains
        if chain.sides[0].printed
        and not of_numbers(chain.sides[0])
        and chain.sides[-1].literal
        and not {"", "!="} & {*chain.signs}
    ]
    for typed, printed, line in sorted([*pairs, *_in_tables(page)], key=lambda one: one[2]):
        meant = _meant(typed, vocabulary)
        if meant is None:
            unknown.add(typed)
        else:
            found.append(Named(typed, printed, line, *meant))
    return found, len(unknown)


def _meant(typed: str, vocabulary: Vocabulary) -> tuple[Quantity, int] | None:
    """What a name on a page means, however its scripts are ordered; None for nothing, and for a slope of anything but
    the whole error: a factor of the chain rule is no gradient."""
    slope = _SLOPE.search(typed)
    if slope is not None and re.sub(r"\\[a-z]+|[^A-Za-z]", "", slope[1]).lower() not in _ERRORS:
        return None
    for name in (typed, _SCRIPTS.sub(r"^{\2}_{\1}", typed)):
        try:
            return vocabulary.quantity(name)
        except TracerError:
            continue
    return None


def _in_tables(page: Page) -> Iterator[tuple[str, str, int]]:
    """Rows of a table that begin with a name and have one number."""
    for passage in page.passages:
        if passage.kind is Kind.ROW:
            name, *rest = (_bare(cell) for cell in passage.text.split("\t"))
            numbers = [cell for cell in rest if isinstance(read_number(cell), Written)]
            if len(numbers) == 1 and name and not isinstance(read_number(name), Written):
                text = numbers[0].replace("\u2212", "-").replace("{,}", ".")
                if text.lstrip("-").replace(".", "", 1).isdigit():
                    yield name, text, passage.line


def _bare(cell: str) -> str:
    return cell.strip().strip("`*").removeprefix("\\(").removesuffix("\\)").strip("$` ")


def placed_in(named: Sequence[Named], trace: Trace) -> tuple[dict[str, Named], tuple[tuple[Named, Named], ...], int]:
    """Each figure at the address of its step. The same name with another number is of another step, if it can be; what
    the problem gives, and the page once as the problem does, is then of another example: these are counted."""
    elsewhere = 0
    placed: dict[str, Named] = {}
    twice: list[tuple[Named, Named]] = []
    for one in named:
        steps = [one.quantity.step] if one.quantity.step else list(range(1, trace.count + 1))
        addresses = [_address(one.quantity._replace(step=step), trace) for step in steps]
        free = [address for address in addresses if address not in placed]
        same = [address for address in addresses if address in placed and _one_number(placed[address], one)]
        fits = [address for address in free if agrees(one.sign * value_at(trace, address), one.printed)]
        if same and (not fits or agrees(one.sign * value_at(trace, same[0]), one.printed)):
            if len(one.printed) > len(placed[same[0]].printed):
                placed[same[0]] = one
            continue
        if not fits:
            fits = _first_update(one, addresses, free, trace)
        if not fits:
            fits = [address for address in free if _is_near(one, address, addresses[0], trace)]
        if fits:
            placed[fits[0]] = one
        elif addresses[0] in free:
            placed[addresses[0]] = one
        elif one.quantity.name in trace.network.given and _is_right(placed[addresses[0]], addresses[0], trace):
            elsewhere += 1
        else:  # of no other step either: which of the two the page means, nobody can tell
            twice.append((placed[addresses[0]], one))
    return placed, tuple(twice), elsewhere


def _is_right(one: Named, address: str, trace: Trace) -> bool:
    return agrees(one.sign * value_at(trace, address), one.printed)


def _address(quantity: Quantity, trace: Trace) -> str:
    """The address of a quantity, that of a parameter after an update as what the update before has made of it."""
    new = f"{quantity.name}_new"
    if quantity.step and quantity.step > 1 and quantity.name in trace.network.parameters and _is_made(new, trace):
        return address_of(quantity._replace(name=new, step=quantity.step - 1), trace)
    return address_of(quantity, trace)


def _is_made(name: str, trace: Trace) -> bool:
    return any(entry.name == name for entry in trace.network.schedule)


def _first_update(one: Named, addresses: Sequence[str], free: Sequence[str], trace: Trace) -> list[str]:
    """Where a new value of a parameter stands that no step of training gives: it is of the first step that the page has
    not told of, however near to that of another one a mistake has brought it."""
    name = one.quantity.name
    if name.endswith("_new"):
        return list(free[:1])
    told = addresses[0] not in free  # the page has said before with what it begins
    return list(free[:1]) if told and name in trace.network.parameters and _is_made(f"{name}_new", trace) else []


def _is_near(one: Named, address: str, first: str, trace: Trace) -> bool:
    """Whether a number is much nearer to the value at an address than to that of the first step."""
    number, value = float(one.printed), one.sign * value_at(trace, address)
    return abs(number - value) < min(abs(number - one.sign * value_at(trace, first)) / 4, abs(value) / 20)


def _one_number(first: Named, second: Named) -> bool:
    """Whether two printed numbers are one, once with more digits."""
    longer, shorter = sorted((first, second), key=lambda one: len(one.printed.partition(".")[2]), reverse=True)
    if first.sign != second.sign or len(shorter.printed.partition(".")[2]) < 2:
        return first.sign == second.sign and float(first.printed) == float(second.printed)
    return agrees(float(longer.printed), shorter.printed)


def address_of(quantity: Quantity, trace: Trace) -> str:
    """A quantity into its address with the step: 1:w2_new[1,2]."""
    ref = Ref(quantity.name, tuple(map(whole_number, quantity.indices)))
    return f"{quantity.step or 1}:{canonical(ref, trace.network)}"
