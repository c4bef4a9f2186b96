"""TeX of symbols and numbers into text that can be drawn and measured: pieces with their size and height."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

#: thousandths of the size of the type, as DejaVu Sans has them; Helvetica and Arial are narrower
_WIDTHS = dict(
    zip(
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~",
        (int(width) for width in """
        318 401 460 838 636 950 780 275 390 390 500 838 318 361 318 337 636 636 636 636 636 636 636 636 636 636 337 337
        838 838 838 531 1000 684 686 698 770 632 575 775 752 295 295 656 557 863 748 787 603 787 695 635 611 732 684
        989 685 611 685 390 337 390 838 500 500 613 635 550 635 615 352 635 634 278 278 579 278 974 634 612 635 635 411
        521 392 634 592 818 592 592 525 636 337 636 838""".split()),
        strict=True,
    )
)  # fmt: skip
_WIDTHS |= {"⋮": 1000, "…": 1000}
_OTHER = 850  # Greek letters and signs; few are wider
BOLD = 1.13  # a letter in bold is wider by less than this
SMALLER = 0.72  # an index, against what it stands at

_SIGNS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Delta": "Δ", "partial": "∂", "nabla": "∇", "cdot": "·",
    "times": "×", "approx": " ≈ ", "ast": "*", "star": "*", "prime": "′", "top": "T", "left": "", "right": "",
    "bigl": "", "bigr": "", "quad": " ", "ell": "l", "to": "→",
}  # fmt: skip
_ACCENTS = {"tilde": "\u0303", "hat": "\u0302", "bar": "\u0304"}
_WORDS = ("mathrm", "text", "mathbf", "mathit", "operatorname")
_TOKEN = re.compile(r"\\([A-Za-z]+) ?|\\(.)|([{}_^])|( +)|(.)", re.DOTALL)


@dataclass(frozen=True)
class Run:
    """Letters of one size at one height: `size` is a share of the size of the type, `rise` how far they stand above
    the line, in the same unit; letters for values are `slanted`, and have the `role` of the value."""

    text: str
    size: float = 1.0
    rise: float = 0.0
    slanted: bool = False
    role: str = ""


@dataclass(frozen=True)
class Text:
    """A line that can be drawn: as TeX, and as runs of letters."""

    tex: str
    runs: tuple[Run, ...]

    @property
    def plain(self) -> str:
        """The letters alone."""
        return "".join(run.text for run in self.runs)

    def width(self, size: float) -> float:
        """How wide it is in type of a size, at most."""
        return sum(run.size * wide(run.text) for run in self.runs) * size


def wide(text: str) -> float:
    """How wide letters are, as a multiple of the size of their type, at most."""
    return sum(0 if "\u0300" <= mark <= "\u036f" else _WIDTHS.get(mark, _OTHER) for mark in text) / 1000


def words(text: str) -> Text:
    """Plain words as a text; in TeX they are its own business (see `tracer.publish.drawing`)."""
    return Text("", (Run(text),))


def joined(*parts: Text) -> Text:
    """Texts beside each other; words have to be letters and spaces alone."""
    tex = "".join(part.tex or f"\\text{{{part.plain}}}" for part in parts)
    return Text(tex, tuple(run for part in parts for run in part.runs))


@lru_cache(maxsize=4096)
def drawn(tex: str) -> Text:
    r"""The TeX of a symbol or a number into a text.

    >>> drawn(r"\frac{\partial E}{\partial w_{5}}").plain, drawn("{w_{1}}^{+}").plain
    ('∂E/∂w5', 'w1+')
    """
    tex = _flat(tex)
    runs = _Reader(tex).group(Run(""))
    made: list[Run] = []
    for run in runs:
        last = made[-1] if made else None
        if last and _shape(last) == _shape(run):
            made[-1] = replace(last, text=last.text + run.text)
        else:
            made.append(run)
    return Text(tex, tuple(made))


def _flat(tex: str) -> str:
    """Fractions on one line: a quotient with a slash."""
    while (found := re.search(r"(-?)\\frac(?=\{)", tex)) is not None:
        above, after = _braced(tex, found.end())
        below, after = _braced(tex, after)
        tex = f"{tex[: found.start()]}{found[1]}{above}/{below}{tex[after:]}"
    return tex


def _braced(tex: str, start: int) -> tuple[str, int]:
    """What stands in the braces that open at a place, and where they end."""
    depth = 0
    for place in range(start, len(tex)):
        depth += {"{": 1, "}": -1}.get(tex[place], 0)
        if depth == 0:
            return tex[start + 1 : place], place + 1
    return tex[start + 1 :], len(tex)


class _Reader:
    """Reads TeX from left to right; every group becomes a list of runs."""

    def __init__(self, tex: str) -> None:
        self._tokens = list(_TOKEN.finditer(tex))
        self._place = 0

    def group(self, how: Run, single: bool = False) -> list[Run]:
        """The runs up to the closing brace, or of a single item."""
        made: list[Run] = []
        while self._place < len(self._tokens):
            token = self._tokens[self._place]
            self._place += 1
            command, escaped, mark, _, letter = token.groups()
            if mark == "}":
                break
            if mark == "{":
                made += self.group(how)
            elif mark in ("_", "^"):
                rise = how.rise + how.size * (0.38 if mark == "^" else -0.22)
                made += self.group(Run("", how.size * SMALLER, rise, how.slanted, how.role), single=True)
                continue  # an index belongs to what stands before it
            elif command == "role":
                name = "".join(run.text for run in self.group(Run(""), single=True))
                made += self.group(replace(how, role=name), single=True)
            elif command in _WORDS:
                made += [replace(run, slanted=False) for run in self.group(how, single=True)]
            elif command in _ACCENTS:
                inner = self.group(how, single=True)
                made += [Run(run.text[:1] + _ACCENTS[command] + run.text[1:], *_shape(run)) for run in inner]
            elif command:
                made.append(Run(_SIGNS.get(command, command), how.size, how.rise, role=how.role))
            elif escaped in (",", ";", " "):
                made.append(Run(" ", how.size, how.rise, role=how.role))
            elif letter or (escaped and escaped != "!"):
                made.append(_letter(letter or escaped, how))
            if single:
                break
        return made


def _letter(mark: str, how: Run) -> Run:
    text = {"-": "−", "=": " = ", "'": "′"}.get(mark, mark)
    return Run(text, how.size, how.rise, mark.isalpha(), how.role)


def _shape(run: Run) -> tuple[float, float, bool, str]:
    return run.size, run.rise, run.slanted, run.role
