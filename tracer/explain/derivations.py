"""A derivation, line by line, as TeX and words: what the `derivation` macro of the stories prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace as replace_fields

from tracer.calculus.equation import Equation
from tracer.calculus.expression import Call, Expr, Ref, Size, Sum, names, replace, walk
from tracer.calculus.functions import FUNCTIONS
from tracer.calculus.line_by_line import Line, assumption, derivation, variable_of
from tracer.calculus.rule import Rule, Z, moves
from tracer.explain.derivation_tex import Letters, letters_for
from tracer.explain.language import Language
from tracer.explain.notation import Notation, notation
from tracer.explain.plain_text import plain
from tracer.ops.operation import Op

#: a line of more characters than this (as plain text) does not fit on a page; a letter is worth it for so many
LONGEST, WORTH_A_LETTER = 88, 8


@dataclass(frozen=True)
class DerivationLine:
    """One line. `rule` is the name of its rule, `says` a sentence and `statement` the rule in general letters (both ""
    where the rule was used further up), `letting` what the chain rule calls u in this line, `back` what is put back for
    u after it, `tex` the expression, and `equation` the same with the derivative's symbol in front."""

    rule: str
    says: str
    statement: str
    letting: str
    back: str
    tex: str
    equation: str


@dataclass(frozen=True)
class Derivation:
    """A derivative from its definition to its final form. `definition`, `slope` (its left side), `result` (first line =
    last line) and `by` are TeX, and so is `short`, an abbreviation where lines would be too long ("" for none);
    `element` tells that `by` is one of the elements a sum runs over; `sizes` are the counts that stand in it, each
    with its letter; `note` is the operation's own, `kinks` are functions without a slope somewhere and the convention
    for it, and `given` is the assumption of the final form ("" for none)."""

    title: str
    definition: str
    by: str
    slope: str
    short: str
    lines: tuple[DerivationLine, ...]
    result: str
    element: bool
    sizes: tuple[tuple[str, str], ...]
    note: str
    held: tuple[str, ...]
    kinks: tuple[tuple[str, str], ...]
    given: str

    def __str__(self) -> str:
        """The same for a terminal: one line a rule, its name in front."""
        width = max(len(line.rule) for line in self.lines)
        head = plain(self.slope)
        rows = [
            f"  {line.rule.ljust(width)}   {head if place == 0 else ' ' * len(head)} = {plain(line.tex)}"
            + (f"   with {plain(line.letting)}" if line.letting else "")
            for place, line in enumerate(self.lines)
        ]
        about = [f"{plain(name)} is how many values {letter} takes." for name, letter in self.sizes]
        about += [f"{plain(text)} counts as a constant." for text in self.held]
        about += [f"For short, {plain(self.short)}."] if self.short else []
        below = [f"Convention for {name}: {convention}." for name, convention in self.kinks]
        below += [f"This form holds where {self.given}."] if self.given else []
        head_lines = [self.title, "", f"  {plain(self.definition)}", "", *_paragraph([self.note, *about])]
        return "\n".join([*head_lines, *rows, *(["", *below] if below else [])])


def _paragraph(sentences: list[str]) -> list[str]:
    told = [sentence for sentence in sentences if sentence]
    return [*told, ""] if told else []


def derivations_of(op: Op, by: str = "", how: Notation | None = None) -> tuple[Derivation, ...]:
    """The derivations of an operation: of each of its equations by what leads to it from the input, or by `by`."""
    made: list[Derivation] = []
    held = tuple(item for item in op.equations if item.routing)  # no gradient passes through them
    equations = [item for item in op.equations if not item.routing]
    leading = {by or op.input}
    language = (how or notation("plain")).language
    for item in equations:
        found = leading & names(item.right)
        several = len(found) > 1 or len(equations) > 1 or bool(by)
        for name in sorted(found):
            says = language.said(item.says) or op.name
            others = language.listed([other for other in sorted(found) if other != name] or [""])
            title = language.told("The derivative of the {says}", says=says)
            if several:
                title = language.told("The derivative of the {says} by {name}", says=says, name=name)
            if others:
                parts = {"says": says, "name": name, "others": others}
                title = language.told("The derivative of the {says} by {name}, with {others} held as it is", **parts)
            made.append(told(item, name, title, language.of(op.note), how, held))
        if found:
            leading.add(item.left.name)
    return tuple(made)


def told(
    item: Equation, by: str, title: str, note: str = "", how: Notation | None = None, held: tuple[Equation, ...] = ()
) -> Derivation:
    """One equation and the name of the variable to the finished derivation; `held` are values that it may read and that
    stay as they are when the variable moves.

    Raises TracerError T203 and T204 as `derivation` does.

    >>> from tracer.calculus.equation import equation
    >>> told(equation("a = tanh(z)"), "z", "tanh").lines[1].tex
    '1 - \\\\tanh\\\\left(z\\\\right)^{2}'
    """
    how = how or notation("plain")
    variable = variable_of(item, by)
    lines = derivation(item, by)
    printer = letters_for(item, variable, how)
    short = _abbreviation(lines, printer)
    printer = replace_fields(printer, short=short)
    slope = printer.slope(printer.tex(item.left), variable)
    made = tuple(_lines(lines, slope, printer, how.language))
    return Derivation(
        title=title,
        definition=f"{printer.in_full(item.left)} = {printer.in_full(item.right)}",
        by=printer.tex(variable),
        slope=slope,
        short=f"{printer.tex(short)} = {printer.in_full(short)}" if short else "",
        lines=made,
        result=f"{made[0].tex} = {made[-1].tex}",
        element=any(isinstance(part, Sum) and set(part.indices) & set(variable.indices) for part in walk(item.right)),
        sizes=tuple(dict.fromkeys((printer.size(part.axis), part.axis) for part in walk(item.right)
                                  if isinstance(part, Size))),
        note=note,
        held=tuple(f"{printer.in_full(other.left)} = {printer.in_full(other.right)}" for other in held
                   if other.left.name in names(item.right)),
        kinks=tuple((name, how.language.of(convention)) for name, convention in _kinks(item.right, variable)),
        given=how.language.of(assumption(item, by)),
    )  # fmt: skip


def _lines(lines: tuple[Line, ...], slope: str, printer: Letters, language: Language) -> Iterator[DerivationLine]:
    seen: set[str] = set()
    letting = ""
    for line in lines:
        new = line.rule.name not in seen
        seen.add(line.rule.name)
        back = letting
        letting = ""
        if line.inner is not None and line.inner != printer.short:
            letting = f"{printer.letter} = {printer.tex(line.inner)}"
        tex = printer.tex(line.expression)
        yield DerivationLine(
            rule=language.of(line.rule.name),
            says=language.of(line.rule.says) if new else "",
            statement=_statement(line.rule, printer) if new else "",
            letting=letting,
            back=back,
            tex=tex,
            equation=f"{slope} = {tex}",
        )


def _abbreviation(lines: tuple[Line, ...], printer: Letters) -> Expr | None:
    """The longest argument of a chain rule, where some line is too long for a page with it; None elsewhere."""
    if max(len(plain(printer.tex(line.expression))) for line in lines) <= LONGEST:
        return None
    lengths = {line.inner: len(plain(printer.tex(line.inner))) for line in lines if line.inner is not None}
    longest = max(lengths, key=lengths.__getitem__, default=None)
    return longest if longest is not None and lengths[longest] >= WORTH_A_LETTER else None


def _kinks(right: Expr, variable: Ref) -> Iterator[tuple[str, str]]:
    """The conventions of the functions that bend where the variable passes, each once."""
    used = {part.function for part in walk(right) if isinstance(part, Call) and moves(part, variable)}
    for name, function in FUNCTIONS.items():
        if name in used and function.convention:
            yield name, function.convention


def _statement(rule: Rule, printer: Letters) -> str:
    """A rule in general letters: by the variable at hand, as a whole; by z where it has one of those letters itself."""
    if rule.general is None:
        return ""
    taken = names(rule.general[0]) | names(rule.general[1])
    by = Z if printer.variable.name in taken else Ref(printer.variable.name)
    left, right = (replace(side, lambda ref: by if ref == Z else ref) for side in rule.general)
    general = replace_fields(printer, variable=by, short=None)
    return f"{general.tex(left)} = {general.tex(right)}"
