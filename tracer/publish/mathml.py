"""TeX formulas into MathML, behind one function: math-core does the work, and nothing else here knows it."""

from __future__ import annotations

import html
import re
from functools import cache
from typing import TYPE_CHECKING

from tracer.errors import TracerError, shortened
from tracer.explain.roles import ROLES, renamed
from tracer.publish.colour import PALETTE

if TYPE_CHECKING:
    from math_core import LatexToMathML


#: colours that stand for the roles while math-core is at work, and how they are written then
_STAND_INS = {role: f"0000{number:02X}" for number, role in enumerate(ROLES, 1)}
_STAND_IN = re.compile('style="color:#0000(0[1-9]);"')
_MACROS = {f"role{role}": f"{{\\color[HTML]{{{colour}}} #1}}" for role, colour in _STAND_INS.items()}


def mathml(tex: str, display: bool = False, styled: bool = False) -> str:
    r"""A TeX formula into a `<math>` element; what has a role gets the class `role-weight` (...), or, where no style
    sheet is ours, is `styled` itself. Raises TracerError T502 for TeX that has no MathML.

    >>> mathml("a_{1} = 0.5")
    '<math><msub><mi>a</mi><mn>1</mn></msub><mo>=</mo><mn>0.5</mn></math>'
    >>> mathml(r"\role{weight}{w}")
    '<math><mrow class="role-weight"><mi>w</mi></mrow></math>'
    """
    from math_core import LatexError

    try:
        made = _converter().convert_with_local_state(renamed(tex, _macro), displaystyle=display)
    except LatexError as error:
        found = f"{shortened(str(error).splitlines()[0], 120)} in the formula {shortened(tex)}"
        raise TracerError("T502", "a formula", f"{found}.", "", "Write it in the TeX that amsmath knows.") from None
    made = made.replace("<mrow><mspace/>", "<mrow>")  # an empty space before upright letters
    return _STAND_IN.sub(_style if styled else _class, made) if "color:#0000" in made else made


def _macro(role: str) -> str:
    return f"\\role{role}"


def _class(mark: re.Match[str]) -> str:
    return f'class="role-{ROLES[int(mark[1]) - 1]}"'


def _style(mark: re.Match[str]) -> str:
    return f'style="color:{PALETTE[ROLES[int(mark[1]) - 1]].either}"'


def formula_text(tex: str) -> str:
    """A TeX formula into the text that its MathML shows, for titles that can hold no formula.

    >>> formula_text(r"\\delta_{1} = 0.5")
    'δ1=0.5'
    """
    return html.unescape(re.sub(r"<[^<>]*>", "", mathml(tex)))


@cache
def _converter() -> LatexToMathML:
    from math_core import LatexToMathML

    return LatexToMathML(macros=_MACROS, fancy_error=False)
