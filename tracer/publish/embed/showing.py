"""What can be shown of a problem: one record each, and the word that asks for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tracer.errors import TracerError, shortened, suggest
from tracer.publish.embed.fence import Fence

#: keys that say how numbers come about and how they are printed; whatever tells of a problem takes them
OF_A_RUN = (
    "problem", "notation", "digits", "steps", "step", "arithmetic", "deviations", "decimal", "times", "colour",
    "ground", "templates",
)  # fmt: skip
_OF_A_PIECE = ("show", "level", "anchors", "dialect")


@dataclass(frozen=True)
class Showing:
    """One thing to show: its `word`, what stands behind it (`what`, "" for nothing), what it `says`, and what the word
    says `alone` ("" where it cannot be), an `example`; the `block` of the stories that tells it, in the first of
    `styles` that has it where the problem's own has not, or its own template in `templates/embed`; the keys it has a
    use for."""

    word: str
    what: str
    says: str
    example: str
    block: str = ""
    styles: tuple[str, ...] = ("plain",)
    alone: str = ""
    keys: tuple[str, ...] = OF_A_RUN

    def uses(self, key: str) -> bool:
        """Whether a key makes a difference to it."""
        return key in _OF_A_PIECE or key in self.keys or (key == "style" and (bool(self.block) or self.word == "all"))


SHOWINGS: Mapping[str, Showing] = {
    made.word: made
    for made in (
        Showing("all", "", "the whole page, without its title", "all"),
        Showing("network", "", "layers, data and weights, with a picture", "network", "network"),
        Showing("forward", "", "the forward pass, with the error", "forward", "forward"),
        Showing("backward", "", "the gradients of the error", "backward", "backward"),
        Showing("update", "", "the new weights", "update", "update"),
        Showing(
            "step",
            "N or NAME",
            "one step of the story node by node, by its number or by what it computes",
            "step delta2-1",
            "stage",
            ("gokadin",),
            alone="one training step, from the forward pass to the update",
        ),
        Showing(
            "weight",
            "NAME",
            "one weight: every way on which it reaches the error, its gradient, its update",
            "weight w5",
            "weight",
            ("mazur",),
        ),
        Showing("value", "NAME", "one quantity, worked out, or a whole one with all its elements", "value net_h1"),
        Showing("table", "", "all numbers of a training step in tables", "table"),
        Showing("diagram", "after NAME", "the network with all that is computed up to there", "diagram after delta2",
                alone="the network before anything is computed"),
        Showing("curve", "NAME", "an activation with its slope, or the loss, a metric or weights over the steps",
                "curve sigmoid"),
        Showing("listing", "", "the computation as a program, and what it prints", "listing", "listing"),
        Showing("derive", "NAME or FORMULA", "a slope, one named rule a line", "derive sigmoid",
                keys=("problem", "templates")),
        Showing("check", "FILE", "the report on a sheet of answers, seen from the page", "check answers.csv",
                keys=("problem", "notation", "digits", "steps", "decimal", "colour", "templates", "ask", "hint")),
    )
}  # fmt: skip


def showing_of(fence: Fence) -> tuple[Showing, str]:
    """What a fence shows, and of what: the record, and the name, number, formula or file behind its word.

    Raises TracerError T803 for what cannot be shown, T107 for a key that is missing or of no use.

    >>> showing, what = showing_of(Fence(problem="mazur", show="diagram after delta2"))
    >>> showing.word, what
    ('diagram', 'delta2')
    """
    words = fence.show.split(maxsplit=1) or [""]
    word, what = words[0], words[1].strip() if len(words) > 1 else ""
    if word not in SHOWINGS:
        known = suggest(word, SHOWINGS) or f"Known: {', '.join(SHOWINGS)}."
        raise TracerError("T803", fence.show_at, f"nothing is shown by '{shortened(fence.show)}'.", known)
    showing = SHOWINGS[word]
    if what and not showing.what:
        raise TracerError(
            "T803", fence.show_at, f"'{shortened(what)}' behind {word} says nothing.", f"Expected {word}."
        )
    if not what and showing.what and not showing.alone:
        expected = f"Expected {word} {showing.what}, as in '{showing.example}'."
        raise TracerError("T803", fence.show_at, f"{word} of what?", expected)
    if word == "diagram" and what:
        match = re.fullmatch(r"after\s+(\S+)", what)
        if match is None:
            expected = "Expected 'diagram', or 'diagram after NAME'."
            raise TracerError("T803", fence.show_at, f"'{shortened(fence.show)}' is no picture.", expected)
        what = match[1]
    if "problem" in showing.keys and word != "derive" and not fence.problem:  # a derivation can do without
        raise TracerError("T107", fence.where, "problem is missing.", 'Expected a line such as  problem = "mazur".')
    for key in fence.given:
        if not showing.uses(key):
            raise TracerError("T107", fence.where, f"{key} says nothing about '{word}'.", "", "Leave it out.")
    return showing, what
