"""What learning platforms read: cloze fields, GIFT and the response processing of QTI, written from their descriptions
and sharing nothing with the writers.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from html import unescape
from typing import NamedTuple

NUMBER = r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"


class Answer(NamedTuple):
    """One alternative of a numerical field: its share of the mark, the number, how far it reaches, what is said."""

    share: float
    value: float
    tolerance: float
    feedback: str


def share(answers: list[Answer], number: float) -> tuple[float, str]:
    """What an answer earns and what is said of it: the first alternative that it is near enough to decides."""
    for one in answers:
        if abs(number - one.value) <= one.tolerance + 1e-12:
            return one.share, one.feedback
    return 0.0, ""


def _numerical(text: str, feedback: str) -> Answer:
    found = re.fullmatch(rf"(=|%-?\d+(?:\.\d+)?%)({NUMBER})(?::({NUMBER}))?", text)
    assert found, f"this is no numerical alternative: {text!r}"
    return Answer(1.0 if found[1] == "=" else float(found[1].strip("%")) / 100, float(found[2]), float(found[3] or 0),
                  feedback)  # fmt: skip


# -- cloze (https://docs.moodle.org/en/Embedded_Answers_(Cloze)_question_type)


def cloze(text: str) -> tuple[str, list[list[Answer]]]:
    """The text of a cloze question, with {#1} for its first field and so on, and the alternatives of each field."""
    fields: list[list[Answer]] = []
    rest, shown = text, ""
    while found := re.search(r"\{(\d*):(NUMERICAL|NM|[A-Z_]{2,}):", rest):
        assert found[2] == "NUMERICAL", found[0]
        inside, end = "", found.end()
        while rest[end] != "}" or rest[end - 1] == "\\":
            inside, end = inside + rest[end], end + 1
        alternatives = re.split(r"(?<!\\)~", inside)
        made = []
        for one in alternatives:
            number, _, feedback = one.partition("#")
            made.append(_numerical(number, unescape(feedback).replace(r"\}", "}").replace(r"\#", "#")))
        fields.append(made)
        shown += rest[: found.start()] + f"{{#{len(fields)}}}"
        rest = rest[end + 1 :]
    return shown + rest, fields


# -- GIFT (https://docs.moodle.org/en/GIFT_format)


class Gift(NamedTuple):
    """A question of a GIFT file; a description has no answers."""

    name: str
    text: str
    answers: list[Answer]


def gift(text: str) -> tuple[str, list[Gift]]:
    """The category of a GIFT file, and its questions."""
    category, found = "", []
    for block in re.split(r"\n[ \t]*\n", text):
        lines = [line for line in block.strip().split("\n") if not line.strip().startswith("//")]
        body = "\n".join(lines).strip()
        if body.startswith("$CATEGORY:"):
            category = _plain(body.removeprefix("$CATEGORY:").strip())
        elif body:
            found.append(_gift_question(body))
    return category, found


_HELD = re.compile(r"\\([~=#{}:\\n])")


def _gift_question(body: str) -> Gift:
    # what is escaped is put aside first, so that only what means something is left to see
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        held.append("\n" if found[1] == "n" else found[1])
        return f"\ue000{len(held) - 1}\ue001"

    def back(part: str) -> str:
        return re.sub("\ue000(\\d+)\ue001", lambda mark: held[int(mark[1])], part).strip()

    body = _HELD.sub(hold, body)
    assert body.startswith("::"), body[:50]
    name, _, rest = body[2:].partition("::")
    if "{" not in rest:
        assert "}" not in rest
        return Gift(back(name), _html(back(rest)), [])
    text, _, inside = rest.partition("{")
    assert inside.endswith("}"), "something stands behind the answers"
    inside = inside[:-1]
    assert inside.startswith("#"), "this is no numerical question"
    assert "{" not in inside
    assert "}" not in inside
    assert "~" not in inside
    answers = []
    for one in filter(None, map(str.strip, re.split("=", inside[1:]))):
        number, _, feedback = one.partition("#")
        number = number.strip()
        answers.append(_numerical(number if number.startswith("%") else f"={number}", back(feedback)))
    return Gift(back(name), _html(back(text)), answers)


def _html(text: str) -> str:
    assert text.startswith("[html]")
    return text.removeprefix("[html]")


def _plain(text: str) -> str:
    return _HELD.sub(lambda found: found[1], text)


# -- XML


def parsed(text: str) -> ET.Element:
    """A document without a DOCTYPE."""
    assert "<!DOCTYPE" not in text
    assert "<!ENTITY" not in text
    return ET.fromstring(text)


# -- QTI 2.1 (https://www.imsglobal.org/question/qtiv2p1/imsqti_infov2p1.html)

QTI = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"
Value = float | str | bool | list[str] | None


class Item:
    """An assessment item, and what its response processing makes of responses. Null follows the specification."""

    def __init__(self, text: str) -> None:
        self.root = parsed(text)
        assert self.root.tag == f"{QTI}assessmentItem"
        self.responses = {
            one.attrib["identifier"]: float(one.findtext(f"{QTI}correctResponse/{QTI}value") or "nan")
            for one in self.root.findall(f"{QTI}responseDeclaration")
        }
        self.earned: list[str] = []  # the responses that earned a point
        self.now = ""

    def outcomes(self, responses: dict[str, float | None]) -> dict[str, Value]:
        """The outcomes for some responses; what is not answered is null."""
        assert set(responses) <= set(self.responses)
        self.given: dict[str, Value] = {**dict.fromkeys(self.responses), **responses}
        self.made: dict[str, Value] = {}
        for one in self.root.findall(f"{QTI}outcomeDeclaration"):
            text = one.findtext(f"{QTI}defaultValue/{QTI}value")
            self.made[one.attrib["identifier"]] = None if text is None else float(text)
        self.earned = []
        processing = self.root.find(f"{QTI}responseProcessing")
        assert processing is not None
        for rule in processing:
            self.rule(rule)
        return self.made

    def rule(self, rule: ET.Element) -> None:
        match _tag(rule):
            case "responseCondition":
                self.now = next((one.attrib["identifier"] for one in rule.iter(f"{QTI}variable")), "")
                for branch in rule:
                    test, *rules = branch
                    if self.value(test) is True:
                        for one in rules:
                            self.rule(one)
                        return
            case "setOutcomeValue":
                name = rule.attrib["identifier"]
                assert name in self.made, name
                self.made[name] = self.value(rule[0])
                if name == "SCORE":
                    self.earned.append(self.now)
            case other:
                raise AssertionError(other)

    def value(self, node: ET.Element) -> Value:
        tag = _tag(node)
        if tag == "baseValue":
            assert node.text
            return float(node.text) if node.attrib["baseType"] == "float" else node.text
        if tag == "variable":
            name = node.attrib["identifier"]
            return self.given[name] if name in self.given else self.made[name]
        parts = [self.value(part) for part in node]
        if tag == "and":
            return False if False in parts else None if None in parts else True
        if tag == "or":
            return True if True in parts else None if None in parts else False
        if tag == "multiple":
            found = [one for part in parts if part is not None for one in (part if isinstance(part, list) else [part])]
            return [str(one) for one in found]
        if any(part is None for part in parts):
            return None
        if tag == "not":
            return not parts[0]
        numbers = [float(part) for part in parts if isinstance(part, int | float)]
        assert len(numbers) == len(parts), tag
        if tag == "gte":
            return numbers[0] >= numbers[1]
        if tag == "equal":
            assert node.attrib["toleranceMode"] == "absolute"
            low, high = map(float, node.attrib["tolerance"].split())
            return numbers[0] - low <= numbers[1] <= numbers[0] + high
        return self.number(node, tag, numbers)

    def number(self, node: ET.Element, tag: str, numbers: list[float]) -> float | None:
        try:
            match tag:
                case "sum":
                    return math.fsum(numbers)
                case "product":
                    return math.prod(numbers)
                case "subtract":
                    first, second = numbers
                    return first - second
                case "divide":
                    first, second = numbers
                    return first / second
                case "power":
                    first, second = numbers
                    return math.pow(first, second)
                case "max":
                    return max(numbers)
                case "min":
                    return min(numbers)
                case "mathOperator":
                    (inner,) = numbers
                    name = node.attrib["name"]
                    known = {"exp": math.exp, "ln": math.log, "tanh": math.tanh, "abs": abs}
                    return float((inner > 0) - (inner < 0)) if name == "signum" else known[name](inner)
        except (ArithmeticError, ValueError):
            return None
        raise AssertionError(tag)


def _tag(node: ET.Element) -> str:
    assert isinstance(node.tag, str)
    return node.tag.removeprefix(QTI)
