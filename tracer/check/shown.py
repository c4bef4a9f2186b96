"""What a teacher is told of a sheet before anybody has filled it in: which mistakes it shows, and which it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tracer.check.checking import Plan
from tracer.check.habits import Asked
from tracer.check.hidden import NOT_ASKED, hidden, impossible, twins
from tracer.check.required_digits import Lost, lost, required, told_by_digits
from tracer.check.telling import DECIMALS, Telling
from tracer.check.worksheet import digits_told
from tracer.explain.language import ENGLISH, Language, sentence

WHY = {
    "fewest": sentence("So many decimals are the fewest with which nothing is lost that more of them would show."),
    "figures": sentence("Six decimals lose something; these are the fewest significant figures that lose nothing."),
    "least": sentence("No number of digits up to six shows all that more of them would; these lose least."),
    "stated": sentence("This number of digits was asked for; fewer or more could be enough."),
}  # fmt: skip


@dataclass(frozen=True)
class ShownMistake:
    """A mistake that can be made, on how many answers of its sheet it shows, and the name of the first of them."""

    title: str
    name: str
    wrong: int
    first: str


@dataclass(frozen=True)
class HiddenMistake:
    """A mistake that does not show, and why."""

    title: str
    name: str
    why: str


@dataclass(frozen=True)
class RoundedMistake:
    """A mistake that rounding hides, on how many answers it shows all the same, and which digits it needs ("" for more
    than a sheet may ask for)."""

    title: str
    name: str
    wrong: int
    needs: str


@dataclass(frozen=True)
class TwinMistakes:
    """Mistakes that cannot be told from each other, and why."""

    titles: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Level:
    """What one number of digits shows."""

    digits: str
    chosen: bool
    seen: int
    told: int
    zeros: int


@dataclass(frozen=True)
class Shows:
    """All of it. `possible` are the mistakes that can be made and show in more digits, `seen` those that show in the
    digits of the sheet, and `told` those that are told from all others. `unnamed` are the titles of those that show in
    too few answers to be named, `unasked` are the titles of those that are made in numbers which are not asked for."""

    asked: Asked
    possible: int
    seen: int
    told: int
    unnamed: tuple[str, ...]
    mistakes: tuple[ShownMistake, ...]
    hidden: tuple[HiddenMistake, ...]
    unasked: tuple[str, ...]
    rounded: tuple[RoundedMistake, ...]
    twins: tuple[TwinMistakes, ...]
    levels: tuple[Level, ...]
    zeros: tuple[str, ...]
    why_digits: str
    impossible: tuple[HiddenMistake, ...]


def shows(plan: Plan, wanted: Asked | None, names: Mapping[str, str], language: Language = ENGLISH) -> Shows:
    """What the sheet of a plan shows with the digits that are `wanted`, or with the fewest that are enough. `names` are
    those that stand on the sheet, by address."""
    found = told_by_digits(plan, wanted)
    losses = lost(plan, found)
    asked = wanted or required(plan, losses)
    place = next(at for at, one in enumerate(found.digits) if one == asked)
    wrong = found.wrong[place, :, 0]
    loss = losses[place]
    records = [one.record for one in found.mistakes]
    seen = [
        one.name not in loss.unseen and bool(best) for one, best in zip(records, found.wrong[-1, :, 0], strict=True)
    ]
    silent = hidden(plan, found)
    return Shows(
        asked=asked,
        possible=len(records),
        seen=sum(seen),
        told=int((found.told[place, :, 0] & np.array(seen, dtype=bool)).sum()),
        unnamed=tuple(
            language.of(one.title)
            for one, there, names_given in zip(records, seen, found.named[place, :, 0], strict=True)
            if there and not names_given
        ),
        mistakes=tuple(
            ShownMistake(language.of(one.title), one.name, int(count), _first(plan, found, place, at, names))
            for at, (one, count) in enumerate(zip(records, wrong, strict=True))
        ),
        hidden=tuple(
            HiddenMistake(language.of(one.record.title), one.record.name, language.told(one.why))
            for one in silent
            if one.why != NOT_ASKED
        ),
        unasked=tuple(language.of(one.record.title) for one in silent if one.why == NOT_ASKED),
        rounded=tuple(
            RoundedMistake(language.of(one.title), one.name, int(count), _needs(one.name, losses, language))
            for one, count in zip(records, wrong, strict=True)
            if one.name in loss.unseen
        ),
        twins=tuple(
            TwinMistakes(tuple(language.of(one.title) for one in group.records), language.told(group.why))
            for group in twins(found, place)
        ),
        levels=tuple(_level(found, losses, at, asked, language) for at in range(len(losses))),
        zeros=loss.zeros,
        why_digits=language.told(WHY[_why(wanted, asked, loss)]),
        impossible=tuple(
            HiddenMistake(language.of(one.record.title), one.record.name, one.why) for one in impossible(plan)
        ),
    )


def _why(wanted: Asked | None, asked: Asked, loss: Lost) -> str:
    if wanted is not None:
        return "stated"
    if not loss.nothing:
        return "least"
    return "fewest" if asked in DECIMALS else "figures"


def _first(plan: Plan, found: Telling, place: int, mistake: int, names: Mapping[str, str]) -> str:
    """The first answer on which a mistake shows, in the order of the sheet."""
    at = int(found.first[place, mistake, 0])
    return names.get(plan.asked[at].address, plan.asked[at].address) if at >= 0 else ""


def _needs(name: str, losses: tuple[Lost, ...], language: Language) -> str:
    """The fewest decimals and figures with which a mistake shows."""
    decimals = next((one.digits for one in losses if not one.digits.figures and name not in one.unseen), None)
    figures = next((one.digits for one in losses if one.digits.figures and name not in one.unseen), None)
    told = [digits_told(one, language) for one in (decimals, figures) if one is not None]
    return language.told("{one} or {other}", one=told[0], other=told[1]) if len(told) == 2 else "".join(told)


def _level(found: Telling, losses: tuple[Lost, ...], at: int, asked: Asked, language: Language) -> Level:
    loss, best = losses[at], found.wrong[-1, :, 0] > 0
    unseen = np.array([one.record.name in loss.unseen for one in found.mistakes], dtype=bool)
    seen = best & ~unseen
    return Level(
        digits_told(loss.digits, language),
        loss.digits == asked,
        int(seen.sum()),
        int((seen & found.told[at, :, 0]).sum()),
        len(loss.zeros),
    )
