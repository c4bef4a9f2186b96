"""Hand arithmetic: what a problem file says about rounding, and the rule of every quantity of a network.

A rule is for all results, for a kind of quantity (`a`, `delta`, `dw`, `w_new`), for one quantity (`w2_new`), or for one
of them in the forward pass after the last update (`after:z2`); what says more wins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tracer.calculus.rounding import MODES, Rounding
from tracer.errors import TracerError, shortened, suggest
from tracer.run.keys import ArithmeticKeys
from tracer.run.wording import shown

if TYPE_CHECKING:
    from tracer.run.network import Network, Role
    from tracer.run.problem import Problem

MOST = 12  # decimals or figures: as many as anything printed has
AFTER = "after:"


@dataclass(frozen=True)
class Rule:
    """What happens to a result: how it is rounded, and whether it is `carried` on so or only printed so."""

    rounding: Rounding
    carried: bool = True


@dataclass(frozen=True)
class Arithmetic:
    """What [arithmetic] says: the rule for all results (None: all digits), and those for quantities by the names in
    the file. `adaptive`: results that need few decimals are printed whole."""

    everything: Rule | None = None
    quantities: Mapping[str, Rule | None] = field(default_factory=dict)
    adaptive: bool = False
    where: str = "arithmetic"

    @property
    def full(self) -> bool:
        """Whether every result keeps all its digits."""
        return self.everything is None and not any(self.quantities.values())


FULL_PRECISION = Arithmetic()


@dataclass(frozen=True)
class Rules:
    """The rules of a network by canonical name: in training steps, and in the forward pass after the last update."""

    steps: Mapping[str, Rule]
    after: Mapping[str, Rule]
    again: tuple[str, ...] = ()  # what that forward pass computes

    def of(self, name: str, after: bool = False) -> Rule | None:
        """The rule of a value, None where it keeps all digits."""
        return (self.after if after else self.steps).get(name)

    def changed(self) -> tuple[str, ...]:
        """What is rounded another way in the forward pass after the last update."""
        return tuple(name for name in self.again if self.of(name) != self.of(name, after=True))

    def carried(self, after: bool = False) -> dict[str, Rounding]:
        """What is rounded and goes on so."""
        rules = self.after if after else self.steps
        return {name: rule.rounding for name, rule in rules.items() if rule.carried}


FULL = Rules({}, {})


# -- what a file says


def arithmetic(keys: ArithmeticKeys | None, where: str) -> Arithmetic:
    """The table [arithmetic], checked; `where` names it in errors. Raises TracerError T504."""
    if keys is None:
        return FULL_PRECISION
    given = (keys.rounding, keys.carried)
    adaptive = str(keys.digits).strip() == "adaptive"
    everything = None if adaptive else read_rule(keys.digits, f"{where}, digits", *given)
    place = f"{where}, quantities"
    rules = {name: read_rule(text, f"{place}, {shortened(name)}", *given) for name, text in keys.quantities.items()}
    return Arithmetic(everything, rules, adaptive, "[arithmetic], quantities")


def read_rule(text: int | str, where: str, mode: str = "half-even", carried: bool = True) -> Rule | None:
    """`3`, `3sf`, `3 truncate`, `3 half-up printed` to a rule; `exact` to None. What it does not say is as given.

    Raises TracerError T504.

    >>> read_rule("3sf truncate", "")
    Rule(rounding=Rounding(count=3, significant=True, mode='truncate'), carried=True)
    """
    first, *words = str(text).split() or [""]
    if first == "exact" and not words:
        return None
    for word in words:
        if word in MODES:
            mode = word
        elif word in ("printed", "carried"):
            carried = word == "carried"
        else:
            found = f"'{shortened(word)}' is no way of rounding."
            raise TracerError("T504", where, found, suggest(word, [*MODES, "printed", "carried"]))
    match = re.fullmatch(r"([0-9]{1,3})(sf)?", first)
    if match is None or not 1 <= int(match[1]) <= MOST:
        expected = f"Expected 1 to {MOST} decimals (3), significant figures (3sf), or exact."
        raise TracerError("T504", where, f"{shown(text)} is no number of digits.", expected)
    return Rule(Rounding(int(match[1]), bool(match[2]), mode), carried)


def with_arithmetic(problem: Problem, text: int | str) -> Problem:
    """The problem calculated another way: `3`, `3sf`, `3 truncate printed`, `adaptive`, `exact`; "" is as it says.

    Raises TracerError T504.
    """
    if text == "":
        return problem
    keys = {**problem.keys, "arithmetic": {"digits": text}}
    if str(text).strip() == "adaptive":
        return replace(problem, arithmetic=Arithmetic(adaptive=True), keys=keys)
    return replace(problem, arithmetic=Arithmetic(read_rule(text, "arithmetic")), keys=keys)


# -- the rules of a network


def rules_of(network: Network) -> Rules:
    """The rule of every result of a network. Raises TracerError T301 for a quantity it does not have."""
    stated = network.problem.arithmetic
    if stated == FULL_PRECISION:
        return FULL
    kinds = {entry.name: kind_of(entry.name, network.roles[entry.name]) for entry in network.schedule}
    again = [entry.name for entry in network.schedule if entry.phase in ("forward", "loss")]
    known = [*kinds, *kinds.values()]
    for written in stated.quantities:
        name = written.removeprefix(AFTER)
        allowed = [*again, *(kinds[name] for name in again)] if written.startswith(AFTER) else known
        if name not in allowed:
            found = f"no equation computes '{shortened(name)}'."
            if name in known:
                found = f"'{name}' is not computed again after the last update."
            raise TracerError("T301", stated.where, found, suggest(name, allowed))

    def rule(*written: str) -> Rule | None:
        chosen = [stated.quantities[item] for item in written if item in stated.quantities]
        return chosen[0] if chosen else stated.everything

    steps = {name: rule(name, kind) for name, kind in kinds.items()}
    after = {name: rule(AFTER + name, AFTER + kinds[name], name, kinds[name]) for name in again}
    return Rules(_stated(steps), _stated(after), tuple(again))


def _stated(rules: Mapping[str, Rule | None]) -> dict[str, Rule]:
    return {name: rule for name, rule in rules.items() if rule is not None}


def kind_of(name: str, role: Role) -> str:
    """The kind of quantity a name is: a1 -> a, delta2 -> delta, dw1 -> dw, w2_new -> w_new."""
    if role.kind == "gradient":
        return "delta" if name.startswith("delta") else f"d{role.base}"
    return f"{role.base}_new" if role.kind == "new" else role.base


def gradients_are_rounded(network: Network) -> bool:
    """Whether a gradient is carried on rounded, and so is no derivative any more."""
    return any(network.roles[name].kind == "gradient" for name in rules_of(network).carried())
