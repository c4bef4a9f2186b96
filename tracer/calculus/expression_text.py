"""Expression trees back to text of the equation language."""

from __future__ import annotations

from tracer.calculus.expression import (
    Add,
    Call,
    Compare,
    Delta,
    Div,
    Expr,
    Index,
    Largest,
    Mul,
    Neg,
    Number,
    Pow,
    Ref,
    Size,
    Sum,
    Within,
)

_LEVELS = {Add: 1, Neg: 1, Mul: 2, Div: 2, Pow: 4}


def to_text(node: Expr) -> str:
    """The tree as text of the equation language; parsing it again gives the same tree.

    >>> from tracer.calculus.language import parse_expression
    >>> to_text(parse_expression("a*(1 - a)/2"))
    'a*(1 - a)/2'
    """
    return _text(node, 0)


def _text(node: Expr, outer: int) -> str:
    match node:
        case Number(value, text):
            result = text or (str(value) if value.denominator == 1 else repr(float(value)))
            return f"({result})" if value < 0 and outer > 1 else result
        case Index(name, _) | Size(name):
            return name if isinstance(node, Index) else f"size({name})"
        case Ref(name, indices):
            return name + ("[" + ",".join(_text(index, 0) for index in indices) + "]" if indices else "")
        case Call(function, arguments):
            return f"{function}({', '.join(_text(argument, 0) for argument in arguments)})"
        case Compare(operator, left, right):
            return f"{_text(left, 0)} {operator} {_text(right, 0)}"
        case Sum(indices, body):
            word = "largest" if isinstance(node, Largest) else "sum"
            return f"{word}({', '.join(index.name for index in indices)}, {_text(body, 0)})"
        case Delta(left, right):
            return f"delta({_text(left, 0)}, {_text(right, 0)})"
        case Within(index, axis):
            return f"within({_text(index, 0)}, {axis})"
        case Neg(operand):
            result = "-" + _text(operand, 3)
        case Add(terms):
            result = _text(terms[0], 2 if isinstance(terms[0], Add) else 1)  # (a + b) + c keeps its brackets
            for term in terms[1:]:
                result += f" - {_text(term.operand, 2)}" if isinstance(term, Neg) else f" + {_text(term, 2)}"
        case Mul(factors):
            result = "*".join(_text(factor, 3 if place else 2) for place, factor in enumerate(factors))
        case Div(top, bottom):
            result = f"{_text(top, 2)}/{_text(bottom, 3)}"
        case Pow(base, exponent):
            result = f"{_text(base, 5)}**{_text(exponent, 4)}"
    return f"({result})" if _LEVELS[type(node)] < outer else result
