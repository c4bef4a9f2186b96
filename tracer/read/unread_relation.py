r"""Two sides that are not read as arithmetic into whether they seem to be a relation between numbers.

A relation with letters in it is none; what has numbers and nothing that stands for other numbers is one, and a reader
should know that nobody has looked at it.
"""

from __future__ import annotations

import re

from tracer.read.relations import Side

_INDEX = re.compile(r"(?:_|\\(?:limits|nolimits))(?: ?\{[^{}]{0,60}\}| ?\\?[A-Za-z0-9])?")
_SUM_OVER = re.compile(r"\\(?:sum|prod)(?:\\limits)? ?_ ?\{ ?([a-z]) ?(?:=|\\in)[^{}]{0,40}\}")
_WORDS = re.compile(r"\\(?:text|textrm|mbox) ?\{(?: [^{}]{0,80}|[^{}]{0,80} )\}")
_COMMANDS = re.compile(r"\\(?:begin|end) ?\{[A-Za-z]{1,12}\*?\}|\\([A-Za-z]+)|\\.")
#: commands that stand for other numbers: letters, also in other type
_LETTERS = {
    *(
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "varepsilon",
        "zeta",
        "eta",
        "theta",
        "kappa",
        "lambda",
        "mu",
        "nu",
    ),
    *("xi", "rho", "tau", "phi", "varphi", "chi", "psi", "omega", "Delta", "Gamma", "Theta", "Lambda", "Phi", "Psi"),
    *("Omega", "Sigma", "partial", "nabla", "ell", "text", "textrm", "mbox", "mathrm", "mathbf", "mathit", "mathcal"),
    *("mathbb", "boldsymbol", "hat", "tilde", "vec", "operatorname", "infty", "sigma"),
}
_SIGMA = re.compile(r"\\sigma(?= ?(?:\\left)? ?\()")
_OPERATOR = re.compile(r"[0-9)] ?[-+*/×·⋅÷−^] ?[0-9(.]")


def looks_numeric(left: Side, right: Side) -> bool:
    r"""Whether two sides, one of which is not read, seem to be numbers. In prose, where a side is loose and has no
    operator, they may belong to words.

    >>> looks_numeric(Side("0.\\bar{3}"), Side("1/3")), looks_numeric(Side("w_{1}"), Side("0.5"))
    (True, False)
    """
    if not (of_numbers(left) and of_numbers(right)):
        return False
    plain = not any("\\" in side.printed for side in (left, right))
    in_words = plain and (left.loose or right.loose)
    return not in_words or any(_OPERATOR.search(side.printed) for side in (left, right))


def of_numbers(side: Side) -> bool:
    """Whether a side seems to be of numbers, read or not."""
    if side.numeric:
        return True
    text = _SIGMA.sub(" ", side.printed)
    bound = [match[1] for match in _SUM_OVER.finditer(text)]
    text = _WORDS.sub(" ", _SUM_OVER.sub(" ", text))
    text = re.sub(r"\\mathbf ?\{ ?([-0-9. ]{1,20})\}", r"\1", text)
    if any(match[1] in _LETTERS for match in _COMMANDS.finditer(text)):
        return False
    text = _COMMANDS.sub(" ", _INDEX.sub(" ", text))
    for letter in bound:
        text = re.sub(rf"(?<![A-Za-z]){letter}(?![A-Za-z])", " ", text)
    text = re.sub(r"(?<![A-Za-z])e(?= ?(?:\^|\*\*))|(?<![A-Za-z])(?:exp|sqrt|tanh|ln|log|max|min)(?= ?\()", " ", text)
    return re.search(r"[0-9]", text) is not None and re.search(r"[^\W\d_]", text) is None
