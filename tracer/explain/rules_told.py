"""The rules of rounding in words, as a page states them before the first number."""

from __future__ import annotations

from tracer.calculus.expression import Ref
from tracer.calculus.rounding import Rounding
from tracer.explain.reading import Reading
from tracer.explain.titles import title_of
from tracer.run.rounding import Rule, gradients_are_rounded, rules_of

_MODES = {"half-even": "half to even", "half-up": "half up", "truncate": ""}


def told(reading: Reading) -> tuple[str, ...]:
    """The sentences, as story Markdown; () where all results keep all digits."""
    network = reading.network
    rules = rules_of(network)
    names = [entry.name for entry in network.schedule]
    stated = dict.fromkeys(rules.of(name) for name in names)
    again = {name: rules.of(name, after=True) for name in rules.changed()}
    if not any(stated) and not again:
        return ()
    sentences = []
    if len(stated) == 1 and not again:
        (rule,) = stated
        assert rule is not None
        sentences.append(f"Every result is {_in_words(rule)}.")
    else:
        for rule in filter(None, stated):
            called = [_called(reading, name) for name in names if rules.of(name) == rule]
            words = _in_words(rule)
            sentences.append(f"{words[:1].upper()}{words[1:]}: {_listed(called)}.")
        if None in stated:
            sentences.append("All other results keep all their digits.")
        for name, changed in again.items():
            words = "with all its digits" if changed is None else _in_words(changed)
            sentences.append(f"But in the forward pass after the update: {_called(reading, name)}, {words}.")
    if rules.of("E") and "e" in network.parts and network.shapes.get("e") != (1, 1):
        sentences.append("The errors of single outputs, which are only added up, keep all their digits.")
    if any(rule.rounding.mode == "truncate" for rule in (*rules.steps.values(), *rules.after.values())):
        sentences.append("What is cut is nearer to zero, by less than one unit of its last digit.")
    if gradients_are_rounded(network):
        sentences.append("A gradient that is rounded is near the derivative, but not exactly it.")
    return tuple(sentences)


def _listed(words: list[str]) -> str:
    """a; a and b; a, b and c."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _called(reading: Reading, name: str) -> str:
    """A quantity in words and with its symbol: the net inputs of the output layer $z_k$."""
    network = reading.network
    entry = network.entry(name)
    assert entry is not None
    symbol = reading.names.symbol(Ref(name, network.axes[name]))
    if network.problem.bare:
        return f"${symbol}$"
    title = title_of(network, entry)
    return f"{title if title.startswith('the ') else f'the {title}'} ${symbol}$"


def _in_words(rule: Rule) -> str:
    """rounded to 3 decimals (half to even) and carried on so; cut after ...; ... for the page alone."""
    return f"{_rounded(rule.rounding)} and carried on so" if rule.carried else f"printed {_rounded(rule.rounding)}"


def _rounded(how: Rounding) -> str:
    digits = f"{'significant figure' if how.significant else 'decimal'}{'s' if how.count > 1 else ''}"
    if how.mode == "truncate":
        return f"cut after {how.count} {digits}"
    return f"rounded to {how.count} {digits} ({_MODES[how.mode]})"
