"""What is asked for, in the words of a teacher, to the addresses of questions."""

from __future__ import annotations

from collections.abc import Sequence

from tracer.check.marks import called
from tracer.check.questions import Question, questions
from tracer.errors import TracerError, shortened, suggest
from tracer.read.resolved import Vocabulary
from tracer.run.network import Network

MOST_QUESTIONS = 3_000


def addresses(network: Network, words: Sequence[str], steps: int, vocabulary: Vocabulary) -> tuple[str, ...] | None:
    """Phases (forward), kinds (z, delta, dw, w_new), names (w2_new) and elements (dw2[1,1], or w5+ in the notation) to
    addresses, in the order of the computation; None where there are no words.

    Raises TracerError T301 for a word that means nothing here, T402 for too many questions.
    """
    every = questions(network, steps)
    if len(every) > MOST_QUESTIONS:
        found = f"there are {len(every):,} values to be asked for."
        raise TracerError("T402", network.problem.where, found, f"Expected at most {MOST_QUESTIONS:,}.",
                          "Take fewer steps, or a smaller network.")  # fmt: skip
    if not words:
        return None
    named = [(question, called(network, question)) for question in every]
    chosen: set[str] = set()
    for word in words:
        hits = {question.address for question, names in named if word in names} or _element(word, vocabulary, every)
        if not hits:
            known = dict.fromkeys(name for _, names in named for name in names[1:])
            raise TracerError("T301", "--ask", f"nothing is called '{shortened(word)}'.", suggest(word, known))
        chosen |= hits
    return tuple(question.address for question in every if question.address in chosen)


def _element(word: str, vocabulary: Vocabulary, every: Sequence[Question]) -> set[str]:
    """An element as the notation calls it: at each step, if none is said."""
    try:
        quantity, _ = vocabulary.quantity(word)
    except TracerError:
        return set()
    return {
        question.address for question in every
        if (question.name, question.places) == (quantity.name, quantity.indices)
        and quantity.step in (None, question.step)
    }  # fmt: skip
