"""Characters into LaTeX for pdflatex: text, formulas, and the outline of the PDF.

pdflatex has no letters beyond the Latin ones and stops at a character it does not know; so every character of a text
is either known here or replaced by its number, as [U+4E2D].
"""

from __future__ import annotations

import re
import unicodedata

from tracer.errors import clean_text

_ASCII = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "`": r"\textasciigrave{}",
    "[": "{[}",  # after \\ or \item a bracket would begin an option, and a star would be part of the command
    "]": "{]}",
    "*": "{*}",
} | {mark: "\\" + mark for mark in "{}$&#%_"}

# Latin letters and marks that T1 fonts have; they stay as they are, so that the source can be read
_LATIN = frozenset(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿĂăĄąĆćČčĎďĐđĘęĚěĞğİıĹĺĽľŁłŃńŇňŊŋŐőŒœŔŕŘřŚśŞşŠšŢţ"
    "ŤťŮůŰűŸŹźŻżŽž¡¿«»‹›„“”‘’‚–—§£"
)
# a combining accent and its command, in text and in formulas
_ACCENTS = {accent[0]: accent[1:] for accent in "\u0300` \u0301' \u0302^ \u0303~ \u0304= \u0306u \u0307. \u0308\" "
            "\u030ar \u030bH \u030cv \u0327c \u0328k \u0323d \u0331b".split()}  # fmt: skip
_MATH_ACCENTS = {accent[0]: accent[1:] for accent in "\u0300grave \u0301acute \u0302hat \u0303tilde \u0304bar "
                 "\u0306breve \u0307dot \u0308ddot \u030ccheck".split()}  # fmt: skip
# a character and its command, in text and in formulas
_TEXT = {pair[0]: pair[1:] for pair in r"""
    …\textellipsis{} •\textbullet{} °\textdegree{} ©\textcopyright{} ®\textregistered{}
    €\texteuro{} ¢\textcent{} ¥\textyen{} ¶\textparagraph{} †\textdagger{} ‡\textdaggerdbl{} ‰\textperthousand{}
    ‐- ‑- ‒\textendash{} ―\textemdash{} ′\textquotesingle{} ″\textquotedbl{} ⁄/
    """.split()} | {"\xa0": "~", "\xad": r"\-", "\u202f": r"\,"}  # fmt: skip
_MATH = {pair[0]: pair[1:] for pair in r"""
    α\alpha β\beta γ\gamma δ\delta ε\varepsilon ζ\zeta η\eta θ\theta ι\iota κ\kappa λ\lambda μ\mu ν\nu ξ\xi οo π\pi
    ρ\rho ς\varsigma σ\sigma τ\tau υ\upsilon φ\varphi χ\chi ψ\psi ω\omega ϑ\vartheta ϕ\phi ϵ\epsilon Α\mathrm{A}
    Β\mathrm{B} Γ\Gamma Δ\Delta Ε\mathrm{E} Ζ\mathrm{Z} Η\mathrm{H} Θ\Theta Ι\mathrm{I} Κ\mathrm{K} Λ\Lambda
    Μ\mathrm{M} Ν\mathrm{N} Ξ\Xi Ο\mathrm{O} Π\Pi Ρ\mathrm{P} Σ\Sigma Τ\mathrm{T} Υ\Upsilon Φ\Phi Χ\mathrm{X} Ψ\Psi
    Ω\Omega µ\mu ℓ\ell ℝ\mathbb{R} ℕ\mathbb{N} ℤ\mathbb{Z} −- ±\pm ∓\mp ×\times ÷\div ·\cdot ⋅\cdot ∗\ast ∘\circ
    √\surd ∝\propto ∞\infty ∂\partial ∇\nabla ∑\sum ∏\prod ∫\int ∈\in ∉\notin ⊂\subset ⊆\subseteq ∪\cup ∩\cap
    ∅\emptyset ∀\forall ∃\exists ¬\neg ∧\wedge ∨\vee ⊕\oplus ⊗\otimes ⊙\odot ≤\leq ≥\geq ≠\neq ≈\approx ≡\equiv
    ∼\sim ≪\ll ≫\gg →\rightarrow ←\leftarrow ↑\uparrow ↓\downarrow ↔\leftrightarrow ⇒\Rightarrow ⇐\Leftarrow
    ⇔\Leftrightarrow ⟶\longrightarrow ⟵\longleftarrow ↦\mapsto ⟨\langle ⟩\rangle ‖\Vert ⊤\top ⊥\bot ⋯\cdots ⋮\vdots
    ✓\checkmark ✔\checkmark ✗\times ✘\times ★\bigstar ■\blacksquare □\square ▲\blacktriangle △\triangle
    """.split()}  # fmt: skip


def escape_latex(text: str) -> str:
    r"""Text into LaTeX that prints that text, or [U+4E2D] for a character that pdflatex has no letter for.

    >>> print(escape_latex("50 % of \\x, naïve α"))
    50 \% of \textbackslash{}x, naïve \ensuremath{\alpha}
    """
    written = "".join(map(letter, letters(clean_text(text))))
    return re.sub(r"([-<>,'])(?=\1)", r"\1{}", written)  # two of these would become one other mark


def letters(text: str) -> list[str]:
    """Text into characters, each with the accents that stand on it."""
    return re.findall("[^\u0300-\u036f][\u0300-\u036f]*|[\u0300-\u036f]", unicodedata.normalize("NFC", text))


def letter(mark: str) -> str:
    """One character with its accents into LaTeX."""
    if mark in _LATIN or (len(mark) == 1 and " " <= mark <= "~"):
        return _ASCII.get(mark, mark)
    if mark in _TEXT:
        return _TEXT[mark]
    if mark in _MATH:
        return f"\\ensuremath{{{_MATH[mark]}}}"
    base, *accents = list(unicodedata.normalize("NFD", mark))
    if accents and base.isascii() and base.isalpha() and all(accent in _ACCENTS for accent in accents):
        for accent in accents:
            base = f"\\{_ACCENTS[accent]}{{{base}}}"
        return base
    if len(accents) == 1 and base in _MATH and accents[0] in _MATH_ACCENTS:
        return f"\\ensuremath{{\\{_MATH_ACCENTS[accents[0]]}{{{_MATH[base]}}}}}"
    return _unusual(mark) if len(mark) == 1 else "".join(map(letter, mark))


def _unusual(character: str) -> str:
    """A character that has no letter of its own: its simpler form if that is known, else its number."""
    if unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f":
        return ""  # joiners, marks of direction, variants: invisible by themselves
    form = unicodedata.decomposition(character).split()
    simpler = unicodedata.normalize("NFKC", character)
    if form and simpler != character:
        written = "".join(map(letter, letters(simpler)))
        raised = {"<super>": "\\textsuperscript{%s}", "<sub>": "\\textsubscript{%s}"}.get(form[0], "%s")
        if "U+" not in written:
            return raised % written
    return f"{{[}}U+{ord(character):04X}{{]}}\\allowbreak{{}}"


def bookmark(text: str) -> str:
    """Text for the title and the outline of the PDF, which can hold every character but no commands."""
    return "".join(
        mark if (mark.isascii() and mark.isalnum()) or mark in " .,;:()" else f'\\unichar{{"{ord(mark):04X}}}'
        for mark in text
    )


def formula(tex: str) -> str:
    """A formula with what pdflatex does not know in it replaced, as in text."""
    return re.sub(r"[^\x00-\x7f]", lambda mark: _in_formula(mark[0]), tex)


def _in_formula(character: str) -> str:
    written = letter(character)
    return written if written.startswith("\\ensuremath") else f"\\text{{{written}}}"
