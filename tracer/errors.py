"""One exception for everything a person can put right, with a code and four answers.

An error says where it is, what was found, what was expected and what to do. The command line prints it and
exits with status 2; from Python it is an ordinary exception.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

#: code -> what went wrong, in a few words (the reference page of error codes is made of this table)
CODES: dict[str, str] = {
    "T101": "the problem file cannot be read",
    "T102": "the problem file is not TOML",
    "T103": "an unknown key, or a value of the wrong kind",
    "T104": "shapes that do not fit together",
    "T105": "a matrix that is ragged, empty or not made of finite numbers",
    "T106": "an unknown name of an operation, notation, style or built-in problem",
    "T107": "keys that are missing or exclude each other",
    "T108": "a deviation that finds nothing to change in a problem",
    "T201": "an equation that cannot be read",
    "T202": "an index that is unknown, used twice or does not fit",
    "T203": "an equation that is too long, too deep or too large",
    "T204": "a name that is unknown or stands for something else",
    "T205": "equations that depend on each other in a circle",
    "T206": "a size that cannot be told from the equations",
    "T207": "a stated slope that is not the derivative",
    "T301": "a name or address that means nothing here",
    "T302": "a name or address with two meanings",
    "T303": "a value that was not kept",
    "T401": "a run that diverged",
    "T402": "a run that is too large",
    "T501": "a file or folder that cannot be written",
    "T502": "a story template or a formula in it that cannot be used",
    "T503": "an output format nobody knows",
    "T504": "a number of digits or a count that makes no sense",
    "T505": "a translation that cannot be used, or lacks sentences",
    "T506": "a package or program that a format needs and that is not installed",
    "T601": "a trace file that is truncated",
    "T602": "a trace file that was changed after it was written",
    "T603": "a file that is no trace file",
    "T604": "a trace file of a newer format",
    "T605": "a trace of other equations or other drawn numbers",
    "T701": "a file of answers that cannot be read",
    "T702": "a file of answers whose form is not understood",
    "T703": "a kind of file that holds no answers",
    "T704": "a folder or an archive of answers that cannot be read",
    "T705": "a scheme of marks that cannot be used",
    "T706": "a list of students that cannot be used",
    "T707": "a list of personal exercises that cannot be used",
    "T721": "a page that cannot be read",
    "T722": "a kind of file that is not read as a page",
    "T801": "a fence or a marker that cannot be read",
    "T802": "an unknown key of a fence or marker, or a value of the wrong kind",
    "T803": "a fence that asks for what nobody shows",
    "T804": "a fence that asks for what this problem or style does not have",
    "T811": "markers that do not pair, or stand where they cannot",
    "T812": "a woven piece that was changed by hand",
    "T813": "a page that cannot be woven",
}


_LINE_BREAK = re.compile("\r\n|[\t\n\v\f\r\x85\u2028\u2029]")
#: what controls something, apart from tabs and line breaks
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class TracerError(Exception):
    """Anything that a person can put right.

    `where` names the place (file, key, layer, line and column), `found` and `expected` are sentences,
    `remedy` says what to do. `code` is a key of `CODES`.

    >>> print(TracerError("T106", "xor.toml, layer 1", "activation is 'sigmod'.", "Known: sigmoid, tanh."))
    xor.toml, layer 1: activation is 'sigmod'.
    Known: sigmoid, tanh.   [T106]
    """

    def __init__(self, code: str, where: str, found: str, expected: str = "", remedy: str = "") -> None:
        assert code in CODES, code
        self.code, self.where, self.found, self.expected, self.remedy = code, where, found, expected, remedy
        super().__init__(code, where, found, expected, remedy)  # what `pickle` makes it from again

    def __str__(self) -> str:
        first = f"{self.where}: {self.found}" if self.where else self.found
        return "\n".join(part for part in (first, self.expected, self.remedy) if part) + f"   [{self.code}]"

    def at(self, where: str) -> TracerError:
        """The same error with `where` put in front of its place (a file name in front of a key)."""
        self.where = f"{where}, {self.where}" if self.where else where
        self.args = (self.code, self.where, *self.args[2:])
        return self


def suggest(name: str, known: Iterable[str]) -> str:
    """A sentence that offers the closest known names, or lists them all when none is close.

    >>> suggest("sigmod", ["sigmoid", "tanh"])
    "Did you mean 'sigmoid'?"
    """
    known = list(dict.fromkeys(known))
    close = [word for word in known if word.lower() == name.lower()]
    if not close:
        close = difflib.get_close_matches(name, known, n=8, cutoff=0.6)
        close = sorted(close, key=lambda word: -sum(map(str.__eq__, word, name)))[:2]
    if close:
        return "Did you mean " + " or ".join(f"'{word}'" for word in close) + "?"
    stem = name.rstrip("0123456789")  # w9 -> w1, w2, ...
    known = [word for word in known if stem and word.rstrip("0123456789") == stem] or known
    return f"Known: {', '.join(known[:24])}{', ...' if len(known) > 24 else '.'}" if known else ""


def shortened(text: object, limit: int = 60) -> str:
    """Foreign text as it may stand in a message: one line, at most `limit` characters, nothing unprintable."""
    line = "".join(character if character.isprintable() else "?" for character in str(text))
    return line if len(line) <= limit else line[: limit - 3] + "..."


def clean_text(text: str) -> str:
    """Text with spaces for line breaks and tabs, and U+FFFD for every other character that controls something."""
    return CONTROL.sub("\ufffd", _LINE_BREAK.sub(" ", text))
