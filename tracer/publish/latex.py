r"""Story tokens into a LaTeX article for pdflatex, with nothing beyond Debian's texlive-latex-recommended.

pdflatex has no letters beyond the Latin ones and stops at a character it does not know; so every character of a text
is either known here or replaced by its number, as [U+4E2D].
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from tracer.publish import story

_PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage{textcomp}
\usepackage{amsmath,amssymb}
\usepackage{array,booktabs,longtable}
\usepackage{graphicx}
\usepackage{fancyvrb}
\usepackage[margin=25mm]{geometry}
\usepackage[hidelinks,unicode]{hyperref}
\setcounter{secnumdepth}{0}
\setlength{\parindent}{0pt}
\setlength{\parskip}{0.5\baselineskip plus 2pt}
\setlength{\emergencystretch}{3em}
\allowdisplaybreaks
\renewcommand{\labelenumii}{\arabic{enumii}.}
\renewcommand{\labelenumiii}{\arabic{enumiii}.}
\renewcommand{\labelenumiv}{\arabic{enumiv}.}
% what is too wide for the line is made smaller
\newsavebox{\widebox}
\newcommand{\fitted}[1]{\sbox{\widebox}{#1}%
  \ifdim\wd\widebox>\linewidth\resizebox{\linewidth}{!}{\usebox{\widebox}}\else\usebox{\widebox}\fi}
% straight quotes in listings
\makeatletter
\begingroup
  \catcode`'=\active \catcode``=\active
  \g@addto@macro\@noligs{\let'\textquotesingle \let`\textasciigrave}
\endgroup
\makeatother
"""

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
_LATIN = set(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿĂăĄąĆćČčĎďĐđĘęĚěĞğĲĳİıĹĺĽľŁłŃńŇňŊŋŐőŒœ"
    "ŔŕŘřŚśŞşŠšŢţŤťŮůŰűŸŹźŻżŽž¡¿«»‹›„“”‘’‚–—§£"
)
_ACCENTS = dict(zip("\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c", "`'^~=u.\"rHv", strict=True))
_ACCENTS |= {"\u0327": "c", "\u0328": "k", "\u0323": "d", "\u0331": "b"}
_MATH_ACCENTS = dict(
    zip(
        "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030c",
        "grave acute hat tilde bar breve dot ddot check".split(),
        strict=True,
    )
)
_TEXT = {
    key: f"\\{name}{{}}" if name.isalpha() else name
    for key, name in zip(
        "…•·°©®™€¢¥¶†‡‰ªº\xa0\xad‐‑‒―′″⁄\u202f№￼",
        r"textellipsis textbullet textperiodcentered textdegree textcopyright textregistered texttrademark texteuro"
        r" textcent textyen textparagraph textdagger textdaggerdbl textperthousand textordfeminine textordmasculine"
        r" ~ \- - - -- --- textquotesingle textquotedbl / \, textnumero \relax{}".split(),
        strict=True,
    )
}
_MATH = dict(
    pair.split(":")
    for pair in r"""
    α:\alpha β:\beta γ:\gamma δ:\delta ε:\varepsilon ζ:\zeta η:\eta θ:\theta ι:\iota κ:\kappa λ:\lambda μ:\mu ν:\nu
    ξ:\xi ο:o π:\pi ρ:\rho ς:\varsigma σ:\sigma τ:\tau υ:\upsilon φ:\varphi χ:\chi ψ:\psi ω:\omega ϑ:\vartheta
    ϕ:\phi ϖ:\varpi ϱ:\varrho ϵ:\epsilon Α:\mathrm{A} Β:\mathrm{B} Γ:\Gamma Δ:\Delta Ε:\mathrm{E} Ζ:\mathrm{Z}
    Η:\mathrm{H} Θ:\Theta Ι:\mathrm{I} Κ:\mathrm{K} Λ:\Lambda Μ:\mathrm{M} Ν:\mathrm{N} Ξ:\Xi Ο:\mathrm{O} Π:\Pi
    Ρ:\mathrm{P} Σ:\Sigma Τ:\mathrm{T} Υ:\Upsilon Φ:\Phi Χ:\mathrm{X} Ψ:\Psi Ω:\Omega µ:\mu ℓ:\ell ℏ:\hbar ℝ:\mathbb{R}
    ℕ:\mathbb{N} ℤ:\mathbb{Z} ℚ:\mathbb{Q} ℂ:\mathbb{C} 𝔼:\mathbb{E} −:- ±:\pm ∓:\mp ×:\times ÷:\div ∗:\ast ⋅:\cdot
    ∘:\circ ∙:\bullet √:\surd ∝:\propto ∞:\infty ∂:\partial ∇:\nabla ∑:\sum ∏:\prod ∫:\int ∈:\in ∉:\notin ∋:\ni
    ⊂:\subset ⊃:\supset ⊆:\subseteq ⊇:\supseteq ∪:\cup ∩:\cap ∅:\emptyset ∀:\forall ∃:\exists ¬:\neg ∧:\wedge ∨:\vee
    ⊕:\oplus ⊗:\otimes ⊙:\odot ≤:\leq ≥:\geq ≠:\neq ≈:\approx ≡:\equiv ≅:\cong ∼:\sim ≃:\simeq ≪:\ll ≫:\gg ≔:\mathrel{:=}
    →:\rightarrow ←:\leftarrow ↑:\uparrow ↓:\downarrow ↔:\leftrightarrow ⇒:\Rightarrow ⇐:\Leftarrow
    ⇔:\Leftrightarrow ⟶:\longrightarrow ⟵:\longleftarrow ↦:\mapsto ⟨:\langle ⟩:\rangle ‖:\Vert ⊤:\top ⊥:\bot
    ⌊:\lfloor ⌋:\rfloor ⌈:\lceil ⌉:\rceil ⋯:\cdots ⋮:\vdots ⋱:\ddots ✓:\checkmark ✔:\checkmark ✗:\times ✘:\times
    ★:\bigstar ■:\blacksquare □:\square ▲:\blacktriangle △:\triangle ▶:\triangleright ◀:\triangleleft
    """.replace("≔:\\mathrel{:=}", "").split()
)
