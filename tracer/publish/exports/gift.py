"""GIFT: a description and a numerical question for each step, with named mistakes as wrong answers with feedback.

How it is read is Moodle's `question/format/gift/format.php`. A question is one line here, so that no blank line ends it
and no line of it can look like a comment.
"""

from __future__ import annotations

import re
from html import escape

from tracer.errors import clean_text
from tracer.publish.exports.body import Block, Tex, html, statement, static_note
from tracer.publish.exports.exercise import Exercise, Field
from tracer.publish.exports.moodle import numbered
from tracer.publish.exports.wrong_numbers import told_causes


def gift(exercise: Exercise) -> str:
    """An exercise as a GIFT file."""
    text = html(statement(exercise, static_note(exercise)))
    title = in_gift(clean_text(exercise.title).replace("/", "//"))
    rows = [f"$CATEGORY: $course$/top/{title}", f"::{_name('00', exercise.title)}::[html]{in_gift(text)}"]
    for number, section, field in numbered(exercise):
        text = html([Block("p", (f"{section}: ", Tex(field.label)))])
        rows.append(f"::{_name(number, field.name)}::[html]{in_gift(text)}{{#{_answers(exercise, field)}}}")
    return "\n\n".join(rows) + "\n"


def _answers(exercise: Exercise, field: Field) -> str:
    made = [f"={field.text}:{field.tolerance}"]
    for wrong in field.wrong:
        told = escape(clean_text(told_causes(wrong, exercise.language)))
        made.append(f"=%0%{wrong.text}:{wrong.tolerance}#{in_gift(told)}")
    return " ".join(made)


def in_gift(text: str) -> str:
    r"""Text of a question with what means something in GIFT escaped.

    >>> in_gift("a = {b}: c\\d")
    'a \\= \\{b\\}\\: c\\\\d'
    """
    return re.sub(r"[\\~=#{}:]", r"\\\g<0>", text.replace("\n", " "))


def _name(number: str, name: str) -> str:
    # Moodle keeps what was escaped under marks such as &&058; while it reads: a name must not contain one
    return in_gift(f"{number} {clean_text(name)}".replace("&&0", "& &0"))
