r"""Arithmetic that is typed as plain text into chains of relations: 0.15*0.05 + 0.35 = 0.3575, out_h1 = 0.593.

In prose a number may belong to the words round it ("step 2 - 0.5 * 3 = 1.5", "log 8 = 3"), so a side is read there
only where it is sure where it begins and ends: at the ends of a line, after a colon, at a bracket, after words like
"so". In a cell and in code a whole line has to be arithmetic, with at most a name before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from tracer.read.passage import Kind
from tracer.read.relations import Chain, Side, side_from_text

_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?(?![\w.,'][0-9])|[½¼¾⅓⅔])"
    r"|(?P<sign>==|!=|<=|>=|:=|[-+*/]=|=>|->|=|≈|≃|~=)"
    r"|(?P<operator>\ufffc\^|\*\*|//|[-+*/^()×·⋅÷−²³])"
    r"|(?P<call>(?:np\.|math\.|numpy\.)?(?:exp|sqrt|tanh|ln)(?=\())"
    r"|(?P<power>e(?=\ufffc?\^|\*\*))"
    r"|(?P<times>[xX](?= [0-9(]))"
    r"|(?P<space>[ \t\u00a0\u2009]+)"
    r"|(?P<word>[^\W\d]\w*)"
    r"|(?P<other>.)",
    re.DOTALL,
)  # each alternative is one run of characters: linear
_LEADS = set(
    "is so thus hence get gets gives give as since because have has and that then namely i.e obtain compute yields "
    "therefore becomes are also".split()
)
_SAME = str.maketrans({"×": "*", "·": "*", "⋅": "*", "÷": "/", "−": "-", "²": "**2", "³": "**3", "^": "**"})
_FRACTIONS = {"½": "(1/2)", "¼": "(1/4)", "¾": "(3/4)", "⅓": "(1/3)", "⅔": "(2/3)"}
_FACTORS = re.compile(r"(\)|(?<![\w.])[0-9.]+) *(?=\()")  # (0.15)(0.05) and 2(0.1)
_NAME = re.compile(r"[^\s=≈:;,|(\"]{1,40}(?:\([^\s()]{1,20}\))?\Z|[^\W\d]\w{0,30}\[[0-9, ]{1,20}\]\Z")
_SIGNS = {"=": "=", "≈": "~", "≃": "~", "~=": "~"}
_GOES_ON = re.compile(r"[=≈≃](?![=>])")
_ANSWER = re.compile(r"-?[0-9.]+")
#: what programs mean otherwise: ^ is no power, and of two whole numbers / may give a whole number
_FOOTNOTE = re.compile(r"\ufffc\^[0-9]+\Z")  # at the end of a side, 15 with a raised 2 may be one
_SOME_PYTHON = re.compile(r"\^|(?<![0-9.])[0-9]+ *//? *[0-9]+(?![0-9.])|%|(?<![0-9.])0[0-9]")
LONGEST_LINE = 2_000


class _Run(NamedTuple):
    """Tokens of arithmetic side by side, where they begin and end in the line."""

    tokens: list[tuple[str, str]]
    start: int
    end: int


def chains_in_text(text: str, kind: Kind) -> list[Chain]:
    """A line, a cell or a piece of code into its chains.

    >>> [[side.printed for side in chain.sides] for chain in chains_in_text("so 2 * 3 = 6.", Kind.PROSE)]
    [['2 * 3', '6']]
    """
    found: list[Chain] = []
    if len(text) > LONGEST_LINE or not any(sign in text for sign in _SIGNS):
        return found
    for run in _runs(text):
        chain = _chain(run, text, kind)
        if chain is not None:
            found.append(chain)
    return found


def chains_in_lines(text: str, kind: Kind) -> Iterator[tuple[Chain, int]]:
    """A paragraph or lines of code into chains, with how many lines stand before each. A line that begins with = goes
    on with the one before; of an interpreter, what was asked (>>>) is what it answers."""
    held, first, session = "", 0, False
    lines = text.split("\n")
    for number, line in enumerate([*lines, ""]):
        bare = line.strip()
        if held and _GOES_ON.match(bare) and len(held) < LONGEST_LINE:
            held += f" {bare}"
            continue
        for chain in chains_in_text(held, kind):
            yield (_doubted(chain) if (kind is Kind.CODE or session) and _SOME_PYTHON.search(held) else chain), first
        held, first, session = line, number, bare.startswith(">>>")
        if bare.startswith(">>> "):
            answer = lines[number + 1].strip() if number + 1 < len(lines) else ""
            asked = "=" not in bare and _ANSWER.fullmatch(answer)
            held = f"{bare[4:]} = {answer}" if asked else ""


def _doubted(chain: Chain) -> Chain:
    return chain._replace(sides=tuple(replace(side, doubtful=True) for side in chain.sides))


def _runs(text: str) -> Iterator[_Run]:
    """The longest pieces of a line that are made of numbers and signs alone, with a sign of equality in them."""
    tokens: list[tuple[str, str]] = []
    start = 0
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        belongs = kind in ("number", "operator", "space", "call", "power", "times") or match[0] in _SIGNS
        if belongs:
            start = start if tokens else match.start()
            tokens.append((kind, match[0]))
        else:
            if any(token[0] == "sign" for token in tokens):
                yield _Run(tokens, start, match.start())
            tokens = []
    if any(token[0] == "sign" for token in tokens):
        yield _Run(tokens, start, len(text))


def _without_brackets(run: _Run) -> _Run:
    """A run without the brackets round all of it: (2 * 3 = 6)."""
    if [run.tokens[0][1], run.tokens[-1][1]] != ["(", ")"]:
        return run
    depth = 0
    for _, token in run.tokens[:-1]:
        depth += (token == "(") - (token == ")")
        if depth == 0:
            return run
    return _Run(run.tokens[1:-1], run.start + 1, run.end - 1)


def _chain(run: _Run, text: str, kind: Kind) -> Chain | None:
    run = _without_brackets(run)
    sides: list[list[tuple[str, str]]] = [[]]
    signs: list[str] = []
    for token in run.tokens:
        if token[0] == "sign":
            sides.append([])
            signs.append(_SIGNS[token[1]])
        else:
            sides[-1].append(token)
    before, after = text[: run.start], text[run.end :]
    footnote = sides[-1] and _FOOTNOTE.search("".join(token for _, token in sides[-1]).strip()) is not None
    made = [_side(side) for side in sides]
    if made[0].printed in ("+", "^+") and before[-1:].isalnum():  # w5+ is a name
        before, made[0] = f"{before}{made[0].printed}", Side("")
    if not made[0].printed:
        name = _NAME.search(before.rstrip())
        made[0] = Side(name[0] if name else "", loose=True)
    elif not _begins(before, kind):
        made[0] = Side(made[0].printed, loose=True)
    if not _ends(after, kind, made[-1]):
        made[-1] = Side(made[-1].printed, loose=True)
    if kind is Kind.CODE and (before.strip(" \t#") or after.strip()) and made[0].printed and not made[0].loose:
        return None
    if footnote:
        made[-1] = replace(made[-1], doubtful=True)
    return Chain(tuple(made), tuple(signs))


def _begins(before: str, kind: Kind) -> bool:
    """Whether a side can begin where it does."""
    before = before.rstrip()
    if not before:
        return True
    if kind is not Kind.PROSE or before[-1] in ":(;":
        return kind is Kind.PROSE
    return before.rpartition(" ")[2].lower().strip("(.,") in _LEADS and before[-1] != "."


def _ends(after: str, kind: Kind, side: Side) -> bool:
    """Whether a side can end where it does: a single number also before a word."""
    if not after.strip():
        return True
    if kind is not Kind.PROSE:
        return False
    if re.match(r"[.,;:)!?](?:\s|\Z|\))", after) or after[0] in ")":
        return True
    return (
        bool(side.literal) and re.match(r"(?:and|which|so|as|is|for|because|but|while|then|where)\b", after) is not None
    )


def _side(tokens: list[tuple[str, str]]) -> Side:
    """The tokens of one side into the side."""
    printed = "".join(text for _, text in tokens).strip()
    values = [kind for kind, _ in tokens if kind != "space"]
    side_by_side = any(pair == ("number", "number") for pair in pairwise(values))
    if not printed or side_by_side or "//" in printed or (re.search(r"[0-9]·[0-9]", printed) and " " not in printed):
        return Side(printed, loose=bool(printed))
    parts = []
    for kind, text in tokens:
        if text in _FRACTIONS:
            parts.append(_FRACTIONS[text])
        elif kind == "number":
            mantissa, _, exponent = text.lower().partition("e")
            mantissa = f"0{mantissa}" if mantissa[0] == "." else mantissa
            parts.append(f"({mantissa}*10**({exponent}))" if exponent else mantissa)
        elif kind == "times":
            parts.append("*")
        elif kind == "call":
            word = text.rpartition(".")[2]
            parts.append("log" if word == "ln" else word)
        else:
            parts.append(text.removeprefix("\ufffc").translate(_SAME))
    return side_from_text(printed.replace("\ufffc", ""), _FACTORS.sub(r"\1*", "".join(parts)), {}, False)
