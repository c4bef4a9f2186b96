"""TeX formulas into MathML, behind one function: math-core does the work, and nothing else here knows it."""

from __future__ import annotations

import html
import re
from functools import cache
from typing import TYPE_CHECKING

from tracer.errors import TracerError, shortened

if TYPE_CHECKING:
    from math_core import LatexToMathML


def mathml(tex: str, display: bool = False) -> str:
    """A TeX formula into a `<math>` element. Raises TracerError T502 for TeX that has no MathML.

    >>> mathml("a_{1} = 0.5")
    '<math><msub><mi>a</mi><mn>1</mn></msub><mo>=</mo><mn>0.5</mn></math>'
    """
    from math_core import LatexError

    try:
        made = _converter().convert_with_local_state(tex, displaystyle=display)
    except LatexError as error:
        found = f"{shortened(str(error).splitlines()[0], 120)} in the formula {shortened(tex)}"
        raise TracerError("T502", "a formula", f"{found}.", "", "Write it in the TeX that amsmath knows.") from None
    return made.replace("<mrow><mspace/>", "<mrow>")  # an empty space before upright letters


def formula_text(tex: str) -> str:
    """A TeX formula into the text that its MathML shows, for titles that can hold no formula.

    >>> formula_text(r"\\delta_{1} = 0.5")
    'δ1=0.5'
    """
    return html.unescape(re.sub(r"<[^<>]*>", "", mathml(tex)))


@cache
def _converter() -> LatexToMathML:
    from math_core import LatexToMathML

    return LatexToMathML(fancy_error=False)
