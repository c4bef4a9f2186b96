"""The language of a page: the sentences of the engine, English in the code, in the words of a reader.

The English sentence is the key. What a page may say is written in one of three ways, so that all of it can be listed
(`tests/sentences.py` does): as the text of a call `told("...")`, as a text that is marked by `sentence("...")`, or as
a declaration: what operations, equations, options, rules and deviations say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

#: a part of a sentence; unlike `str.format` it looks into nothing, as stories can reach it
SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, eq=False)
class Language:
    """One language. `tag` is that of HTML ("de", "pt-BR"), `decimal` the decimal sign of its numbers ("" for that of
    the notation) and `thousands` what groups the digits of a count. `sentences` are the engine's own, from English;
    `symbols` words in formulas (`new` -> `neu`). `known` are all sentences that the engine has, and `where` is the file
    that they come from. What was wanted and is not there is gathered in `missing`.

    >>> Language("de", sentences={"{all} and {last}": "{all} und {last}"}).told("{all} and {last}", all="1", last="2")
    '1 und 2'
    """

    tag: str = "en"
    decimal: str = ""
    thousands: str = ","
    sentences: Mapping[str, str] = field(default_factory=dict)
    symbols: Mapping[str, str] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    where: str = ""
    missing: dict[str, None] = field(default_factory=dict)

    def told(self, sentence: str, **parts: object) -> str:
        """A sentence of the engine, with its parts in the slots that have their names."""
        found = self._own(sentence)
        return SLOT.sub(lambda slot: str(parts[slot[1]]), found) if parts else found

    def of(self, declared: str) -> str:
        """What a declaration says; a text that is none of the engine's is the user's, and stays as it is."""
        return self._own(declared) if declared in self.known else declared

    def said(self, says: str) -> str:
        """What an equation says: declared, made of what is declared, or the user's own."""
        if not self.known or not says:
            return says
        if says == "changed":
            return self.told("changed")
        if says in self.known:
            return self._own(says)
        if says.endswith(", changed"):
            return self.told("{says}, changed", says=self.said(says.removesuffix(", changed")))
        if (slope := says.removeprefix("slope of the ")) in self.known:
            return self.told("slope: {says}", says=self.of(slope))
        if found := re.fullmatch(r"gradient of (\w+)", says):
            return self.told("gradient of {value}", value=found[1])
        return says

    def counted(self, number: int) -> str:
        """A count, its digits in groups of three."""
        return f"{number:,}".replace(",", self.thousands)

    def listed(self, words: Sequence[str]) -> str:
        """a; a and b; a, b and c."""
        *first, last = words
        return self.told("{all} and {last}", all=", ".join(first), last=last) if first else last

    def symbol(self, tex: str) -> str:
        """A formula with its upright words in this language."""
        if not self.symbols:
            return tex
        return re.sub(r"(?<=\\mathrm\{)[A-Za-z]+(?=\})", lambda word: self.symbols.get(word[0], word[0]), tex)

    def _own(self, sentence: str) -> str:
        found = self.sentences.get(sentence)
        if found is None:
            if self.known:
                self.missing[sentence] = None
            return sentence
        return found


ENGLISH = Language()


def sentence(text: str) -> str:
    """Marks a text as a sentence of the engine, where it is not told on the spot."""
    return text
