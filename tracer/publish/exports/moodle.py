"""Moodle XML: an exercise as one cloze question, or as a row of numerical questions.

Moodle compares each answer with fixed numbers: the key first, then what named mistakes lead to, with what to say of
them. It cannot follow through. How a cloze field is read is Moodle's `question/type/multianswer/questiontype.php`;
feedback in a field is decoded as HTML entities once, so every character that means something there is such an entity.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html import escape

from tracer.errors import clean_text
from tracer.publish.exports.body import Block, Tex, html, questions, statement, static_note
from tracer.publish.exports.exercise import Exercise, Field
from tracer.publish.exports.wrong_numbers import told_causes

#: what a field must not contain as it is: what ends an answer, a feedback or the field, and what makes an entity
_MEANS_SOMETHING = re.compile(r"""[{}~#=%:;/"'&<>]""")


def moodle_cloze(exercise: Exercise) -> str:
    """An exercise as one cloze question with a field for each step, in Moodle XML."""
    text = html(
        [*statement(exercise, static_note(exercise)), *questions(exercise)], lambda field: cloze_field(exercise, field)
    )
    quiz = _quiz(exercise)
    question = _question(quiz, "cloze", exercise.title, text)
    ET.SubElement(question, "penalty").text = "0.3333333"
    ET.SubElement(question, "hidden").text = "0"
    return _document(quiz)


def cloze_field(exercise: Exercise, field: Field) -> str:
    """A step as a cloze field: the key, then wrong numbers that have a name.

    >>> from tracer.publish.exports.exercise import exercise
    >>> from tracer.publish.homework import course_for
    >>> made = exercise(course_for("mazur", asked="a1", digits=4))
    >>> cloze_field(made, made.fields[0])[:22]
    '{1:NUMERICAL:=0.5933:0'
    """
    answers = [f"={field.text}:{field.tolerance}"]
    answers += [
        f"%0%{wrong.text}:{wrong.tolerance}#{in_cloze(told_causes(wrong, exercise.language))}" for wrong in field.wrong
    ]
    return "{1:NUMERICAL:" + "~".join(answers) + "}"


def in_cloze(text: str) -> str:
    """Text as the feedback of a cloze field.

    >>> in_cloze("a} #1 <b>")
    'a&#125; &#35;1 &#38;lt&#59;b&#38;gt&#59;'
    """
    # the HTML has no backslash either: one before a brace would be taken away after the entities are decoded
    made = escape(clean_text(text).strip()).replace("\\", "&#92;")
    return _MEANS_SOMETHING.sub(lambda sign: f"&#{ord(sign[0])};", made)


def moodle_numerical(exercise: Exercise) -> str:
    """An exercise as a description and a numerical question for each step, in Moodle XML."""
    quiz = _quiz(exercise)
    text = html(statement(exercise, static_note(exercise)))
    _question(quiz, "description", f"00 {exercise.title}", text)
    for number, section, field in numbered(exercise):
        text = html([Block("p", (f"{section}: ", Tex(field.label)))])
        question = _question(quiz, "numerical", f"{number} {field.name}", text)
        ET.SubElement(question, "defaultgrade").text = "1"
        ET.SubElement(question, "penalty").text = "0.3333333"
        ET.SubElement(question, "hidden").text = "0"
        _answer(question, "100", field.text, field.tolerance, "")
        for wrong in field.wrong:
            told = escape(clean_text(told_causes(wrong, exercise.language)))
            _answer(question, "0", wrong.text, wrong.tolerance, told)
    return _document(quiz)


def numbered(exercise: Exercise) -> list[tuple[str, str, Field]]:
    """Every field with its number, in as many digits as sort well, and the heading of its section."""
    width = len(str(len(exercise.fields)))
    return [
        (f"{field.number:0{max(width, 2)}}", section.heading, field)
        for section in exercise.sections
        for field in section.fields
    ]


def _quiz(exercise: Exercise) -> ET.Element:
    """A quiz that puts its questions into a category of their own."""
    quiz = ET.Element("quiz")
    question = ET.SubElement(quiz, "question", type="category")
    category = ET.SubElement(question, "category")
    # a slash in a name is doubled
    ET.SubElement(category, "text").text = f"$course$/top/{clean_text(exercise.title).replace('/', '//')}"
    return quiz


def _question(quiz: ET.Element, kind: str, name: str, text: str) -> ET.Element:
    question = ET.SubElement(quiz, "question", type=kind)
    ET.SubElement(ET.SubElement(question, "name"), "text").text = clean_text(name)
    ET.SubElement(ET.SubElement(question, "questiontext", format="html"), "text").text = text
    ET.SubElement(ET.SubElement(question, "generalfeedback", format="html"), "text").text = ""
    return question


def _answer(question: ET.Element, fraction: str, text: str, tolerance: str, feedback: str) -> None:
    answer = ET.SubElement(question, "answer", fraction=fraction, format="plain_text")
    ET.SubElement(answer, "text").text = text
    ET.SubElement(ET.SubElement(answer, "feedback", format="html"), "text").text = feedback
    ET.SubElement(answer, "tolerance").text = tolerance


def _document(root: ET.Element) -> str:
    """An element as an XML document, without a DOCTYPE."""
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
