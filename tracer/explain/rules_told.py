"""The rules of rounding in words, as a page states them before the first number."""

from __future__ import annotations

from tracer.calculus.expression import Ref
from tracer.calculus.rounding import Rounding
from tracer.explain.language import Language, sentence
from tracer.explain.reading import Reading
from tracer.explain.titles import with_article
from tracer.run.rounding import Rule, gradients_are_rounded, rules_of

HALF = {"half-even": sentence("half to even"), "half-up": sentence("half up")}
ROUNDED = {  # by whether digits are significant, and whether there are several
    (False, False): sentence("rounded to {count} decimal ({half})"),
    (False, True): sentence("rounded to {count} decimals ({half})"),
    (True, False): sentence("rounded to {count} significant figure ({half})"),
    (True, True): sentence("rounded to {count} significant figures ({half})"),
}
CUT = {
    (False, False): sentence("cut after {count} decimal"),
    (False, True): sentence("cut after {count} decimals"),
    (True, False): sentence("cut after {count} significant figure"),
    (True, True): sentence("cut after {count} significant figures"),
}


def told(reading: Reading) -> tuple[str, ...]:
    """The sentences, as story Markdown; () where all results keep all digits."""
    network, language = reading.network, reading.language
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
        sentences.append(language.told("Every result is {rounded}.", rounded=_in_words(rule, language)))
    else:
        for rule in filter(None, stated):
            called = [_called(reading, name) for name in names if rules.of(name) == rule]
            words = _in_words(rule, language)
            sentences.append(f"{words[:1].upper()}{words[1:]}: {language.listed(called)}.")
        if None in stated:
            sentences.append(language.told("All other results keep all their digits."))
        for name, changed in again.items():
            words = language.told("with all its digits") if changed is None else _in_words(changed, language)
            what = _called(reading, name)
            told_so = language.told(
                "But in the forward pass after the update: {what}, {words}.", what=what, words=words
            )
            sentences.append(told_so)
    if rules.of("E") and "e" in network.parts and network.shapes.get("e") != (1, 1):
        sentences.append(language.told("The errors of single outputs, which are only added up, keep all their digits."))
    if any(rule.rounding.mode == "truncate" for rule in (*rules.steps.values(), *rules.after.values())):
        sentences.append(language.told("What is cut is nearer to zero, by less than one unit of its last digit."))
    if gradients_are_rounded(network):
        sentences.append(language.told("A gradient that is rounded is near the derivative, but not exactly it."))
    return tuple(sentences)


def _called(reading: Reading, name: str) -> str:
    """A quantity in words and with its symbol: the net inputs of the output layer $z_k$."""
    network = reading.network
    entry = network.entry(name)
    assert entry is not None
    symbol = reading.names.symbol(Ref(name, network.axes[name]))
    return f"${symbol}$" if network.problem.bare else f"{with_article(network, entry, reading.language)} ${symbol}$"


def _in_words(rule: Rule, language: Language) -> str:
    """rounded to 3 decimals (half to even) and carried on so; cut after ...; ... for the page alone."""
    rounded = _rounded(rule.rounding, language)
    if rule.carried:
        return language.told("{rounded} and carried on so", rounded=rounded)
    return language.told("printed {rounded}", rounded=rounded)


def _rounded(how: Rounding, language: Language) -> str:
    kind = (how.significant, how.count > 1)
    if how.mode == "truncate":
        return language.told(CUT[kind], count=how.count)
    return language.told(ROUNDED[kind], count=how.count, half=language.told(HALF[how.mode]))
