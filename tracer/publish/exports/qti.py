"""QTI 2.1: one item with a field for each step, whose response processing follows through.

An answer earns its point if it is near the key, or if it is what comes out of the student's own answers before it. The
second counts only where it says something: not for a zero, nor for a copy of a number it is computed from; otherwise a
sheet of zeros would earn most points. A named mistake is told when two answers come out as it makes them.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Sequence
from html import unescape

from tracer.calculus.expression import Expr, Ref
from tracer.check.causes import ENOUGH
from tracer.check.own_numbers import usual
from tracer.check.verdicts import reads
from tracer.errors import clean_text
from tracer.publish.exports.body import Block, Part, Tex, questions, statement
from tracer.publish.exports.exercise import Exercise, Field
from tracer.publish.exports.qti_expressions import NotInQti, number, of, qti_expression
from tracer.publish.exports.tolerances import upward
from tracer.publish.mathml import mathml

NAMESPACE = "http://www.imsglobal.org/xsd/imsqti_v2p1"
SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"
MATHML = "http://www.w3.org/1998/Math/MathML"
LOCATION = f"{NAMESPACE} http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd"
#: a name of HTML for a character that XML does not know
_ENTITY = re.compile("&(?!amp;|lt;|gt;|quot;|apos;)[A-Za-z]+;")


def qti_item(exercise: Exercise) -> str:
    """An exercise as one assessment item.

    >>> from tracer.publish.exports.exercise import exercise
    >>> from tracer.publish.homework import course_for
    >>> text = qti_item(exercise(course_for("mazur", asked="z1,a1", digits=4)))
    >>> text.count("<textEntryInteraction"), "<!DOCTYPE" in text
    (4, False)
    """
    return _Item(exercise).text()


def response(field: Field) -> str:
    """The identifier of an answer; no value of a problem can be called so that it clashes with an outcome."""
    return f"R_{field.identifier}"


class _Item:
    """An item while it is written."""

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self.fields = {field.question.value: field for field in exercise.fields}
        #: the named mistakes that can show at some field, with how many fields could show each
        self.mistakes: dict[str, int] = {}
        for field in exercise.fields:
            for wrong in field.wrong:
                for name in wrong.names:
                    self.mistakes[name] = self.mistakes.get(name, 0) + 1
        self.forms = {mistake.record.name: mistake for mistake in exercise.course.plan.mistakes}

    def text(self) -> str:
        root = ET.Element(
            "assessmentItem",
            {
                "xmlns": NAMESPACE,
                "xmlns:xsi": SCHEMA,
                "xsi:schemaLocation": LOCATION,
                "identifier": item_identifier(self.exercise),
                "title": clean_text(self.exercise.title),
                "adaptive": "false",
                "timeDependent": "false",
            },
        )
        root.extend(self.declarations())
        root.append(self.body())
        processing = ET.SubElement(root, "responseProcessing")
        for field in self.exercise.fields:
            condition, follows = self.judged(field)
            if not follows:
                note = f" {response(field)}: QTI cannot compute its step, so the key alone counts. "
                processing.append(ET.Comment(note))  # a comment is an element too
            processing.append(condition)
        processing.extend(self.told())
        root.extend(self.feedback())
        return xml_document(root)

    def declarations(self) -> Iterator[ET.Element]:
        for field in self.exercise.fields:
            made = ET.Element("responseDeclaration", identifier=response(field), cardinality="single",
                              baseType="float")  # fmt: skip
            ET.SubElement(ET.SubElement(made, "correctResponse"), "value").text = field.text
            yield made
        yield _outcome("SCORE", 0)
        yield _outcome("MAXSCORE", len(self.exercise.fields))
        for name in self.mistakes:
            yield _outcome(f"SEEN_{name}", 0)
        yield ET.Element("outcomeDeclaration", identifier="FEEDBACK", cardinality="multiple", baseType="identifier")

    # -- what a student reads

    def body(self) -> ET.Element:
        note = self.exercise.language.told("Go on with your own results; what follows rightly from them counts.")
        body = ET.Element("itemBody")
        for block in (*statement(self.exercise, note), *questions(self.exercise)):
            body.append(_block(block))
        return body

    # -- what is done with the answers

    def judged(self, field: Field) -> tuple[ET.Element, bool]:
        """One answer: a point, or else a note of the mistakes that it comes out by; and whether it follows through."""
        value = field.question.value
        near = _near(_variable(field), number(float(field.text)), field.tolerance)
        form = usual(self.exercise.course.plan.forms[value])
        try:
            right = of("or", near, self.follows(field, form))
        except NotInQti:
            right = near
        condition = ET.Element("responseCondition")
        condition.append(_then("responseIf", right, [_added("SCORE", 1)]))
        for wrong in field.wrong:
            seen = [_added(f"SEEN_{name}", 1) for name in wrong.names]
            try:
                own = [self.expression(field, self.forms[name].forms[value], name) for name in wrong.names]
            except NotInQti:
                continue
            tolerance = upward(field.reach.step)
            tests = [_near(_variable(field), one, tolerance) for one in own]
            # on a sheet of zeros every mistake gives 0
            no_zero = of("not", _near(_variable(field), number(0), tolerance))
            condition.append(_then("responseElseIf", of("and", no_zero, of("or", *tests)), seen))
        return condition, right is not near

    def follows(self, field: Field, form: Expr) -> ET.Element:
        """That an answer is what comes out of the answers before it, and says something."""
        tolerance = upward(field.reach.step)
        empty = [number(0)] + [self.leaf(ref, field) for ref in reads([form])]
        return of(
            "and",
            _near(_variable(field), self.expression(field, form), tolerance),
            *(of("not", _near(_variable(field), one, tolerance)) for one in empty),
        )

    def expression(self, field: Field, form: Expr, mistake: str = "") -> ET.Element:
        """A step computed from what the student entered, in the sign of the notation."""
        made = qti_expression(form, lambda ref: self.leaf(ref, None, mistake))
        return of("product", number(-1), made) if self.exercise.sign(field.question.name) < 0 else made

    def leaf(self, ref: Ref, of_field: Field | None, mistake: str = "") -> ET.Element:
        """A value: what was entered for it, or a given number. Its sign is that of the trace; with a field, that of the
        notation."""
        field = self.fields.get(ref)
        if field is not None:
            turned = of_field is None and self.exercise.sign(field.question.name) < 0
            return of("product", number(-1), _variable(field)) if turned else _variable(field)
        given = self.forms[mistake].given.get(ref) if mistake else None
        if given is not None:
            return number(float(given.number))
        if ref not in self.exercise.known:
            raise NotInQti(ref.name)
        return number(self.exercise.known[ref])

    def told(self) -> Iterator[ET.Element]:
        """The mistakes that enough answers come out by."""
        for name, could in self.mistakes.items():
            enough = of("gte", ET.Element("variable", identifier=f"SEEN_{name}"), number(min(ENOUGH, could)))
            chosen = ET.Element("baseValue", baseType="identifier")
            chosen.text = name
            told = ET.Element("setOutcomeValue", identifier="FEEDBACK")
            told.append(of("multiple", ET.Element("variable", identifier="FEEDBACK"), chosen))
            condition = ET.Element("responseCondition")
            condition.append(_then("responseIf", enough, [told]))
            yield condition

    def feedback(self) -> Iterator[ET.Element]:
        language = self.exercise.language
        for name in self.mistakes:
            record = self.forms[name].record
            made = ET.Element("modalFeedback", outcomeIdentifier="FEEDBACK", identifier=name, showHide="show")
            text = f"{language.of(record.title)}. {language.of(record.remedy)}"
            ET.SubElement(made, "p").text = clean_text(language.told("A likely mistake: {mistake}", mistake=text))
            yield made


def _variable(field: Field) -> ET.Element:
    return ET.Element("variable", identifier=response(field))


def _near(one: ET.Element, other: ET.Element, tolerance: str) -> ET.Element:
    made = ET.Element("equal", toleranceMode="absolute", tolerance=f"{tolerance} {tolerance}")
    made.extend((one, other))
    return made


def _added(outcome: str, points: float) -> ET.Element:
    made = ET.Element("setOutcomeValue", identifier=outcome)
    made.append(of("sum", ET.Element("variable", identifier=outcome), number(points)))
    return made


def _then(tag: str, condition: ET.Element, rules: Iterable[ET.Element]) -> ET.Element:
    return of(tag, condition, *rules)


def _outcome(name: str, value: float) -> ET.Element:
    made = ET.Element("outcomeDeclaration", identifier=name, cardinality="single", baseType="float")
    ET.SubElement(ET.SubElement(made, "defaultValue"), "value").text = repr(float(value))
    return made


def _block(block: Block) -> ET.Element:
    made = ET.Element(block.tag)
    if block.tag == "ul":
        for item in block.parts:
            _fill(ET.SubElement(made, "li"), [item])
    else:
        _fill(made, block.parts)
    return made


def _fill(element: ET.Element, parts: Sequence[Part]) -> None:
    """Texts, formulas and fields into an element."""
    last: ET.Element | None = None
    for part in parts:
        if isinstance(part, str):
            text = clean_text(part)
            if last is None:
                element.text = (element.text or "") + text
            else:
                last.tail = (last.tail or "") + text
        elif isinstance(part, Tex):
            last = ET.fromstring(_ENTITY.sub(lambda mark: unescape(mark[0]), mathml(part.tex)))
            last.set("xmlns", MATHML)
            element.append(last)
        else:
            last = ET.SubElement(element, "textEntryInteraction", responseIdentifier=response(part),
                                 expectedLength="12")  # fmt: skip


def item_identifier(exercise: Exercise) -> str:
    """The identifier of the item: words of its title."""
    word = re.sub(r"[^A-Za-z0-9]+", "-", exercise.title).strip("-").lower()[:60].strip("-")
    return f"tracer-{word or 'exercise'}"


def xml_document(root: ET.Element) -> str:
    """An element as an XML document, without a DOCTYPE."""
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
