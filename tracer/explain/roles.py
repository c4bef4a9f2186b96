r"""The role that a value has in a formula, and how the text of a page says it: `\role{weight}{w_{5}}`.

Stories name roles, never colours; `tracer.publish.colour` makes colours of them, or nothing. Only a notation that is
`coloured` marks roles, so whoever asks for none gets the plain TeX.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tracer.run.network import Network

ROLES = ("input", "target", "weight", "net", "activation", "gradient", "new")

_COMMAND = r"\role"
_OPENING = re.compile(r"\\role\{(\w*)\}(?=\{)")
_MARK = re.compile(r"\\role\{(\w*)\}\{|\\.|[{}]", re.DOTALL)


def colour_role(network: Network, name: str) -> str:
    """The role of a value; "" for the error, what it is made of, constants, and what an optimizer carries on."""
    role = network.roles[name]
    if role.kind in ("gradient", "new"):
        return role.kind if not role.of else ""
    if role.of or role.kind != "value":
        return ""
    if name in network.parameters or (role.layer and role.base in ("w", "b")):
        return "weight"
    if network.problem.bare:
        return "input" if name in network.given and role.base != "eta" else ""
    if name in ("x", "t"):
        return {"x": "input", "t": "target"}[name]
    if role.layer and name == network.result_of(role.layer):
        return "activation"  # also the net input of a layer without activation: it is what is passed on
    return "net" if role.layer and role.base == "z" else ""


def roles_told(network: Network) -> tuple[str, ...]:
    """The roles that occur in a network."""
    found = {colour_role(network, name) for name in (*network.given, *network.parameters, *network.shapes)}
    return tuple(role for role in ROLES if role in found)


def in_role(role: str, tex: str) -> str:
    r"""TeX marked as something of a role; as it is without one.

    >>> print(in_role("weight", "w_{5}"))
    \role{weight}{w_{5}}
    """
    return f"\\role{{{role}}}{{{tex}}}" if role else tex


def resolved(tex: str, write: Callable[[str, str], str]) -> str:
    r"""TeX with every mark written as a format wants it: `write` gets the role and what stands in it.

    >>> print(resolved(r"\role{weight}{w_{5}} = 1", lambda role, inside: inside))
    w_{5} = 1
    """
    if _COMMAND not in tex:
        return tex
    made: list[list[str]] = [[""]]
    open_at: list[tuple[int, str]] = []
    depth = place = 0
    for mark in _MARK.finditer(tex):
        made[-1].append(tex[place : mark.start()])
        place = mark.end()
        if mark[1] is not None:
            depth += 1
            open_at.append((depth, mark[1]))
            made.append([""])
            continue
        depth += {"{": 1, "}": -1}.get(mark[0], 0)
        if open_at and mark[0] == "}" and depth == open_at[-1][0] - 1:
            inside = "".join(made.pop())
            made[-1].append(write(open_at.pop()[1], inside))
        else:
            made[-1].append(mark[0])
    rest = tex[place:]
    for _, role in reversed(open_at):  # a brace is missing; the formula is wrong with or without the mark
        inside = "".join(made.pop()) + rest
        rest = ""
        made[-1].append(in_role(role, inside)[:-1])
    return "".join(made[0]) + rest


def unmarked(tex: str) -> str:
    """TeX without the marks of roles."""
    return resolved(tex, lambda _, inside: inside)


def renamed(tex: str, write: Callable[[str], str]) -> str:
    r"""TeX in which the command that marks a role is written as another one with the same argument; quicker.

    >>> print(renamed(r"\role{weight}{w_{5}}", lambda role: rf"\{role}"))
    \weight{w_{5}}
    """
    return _OPENING.sub(lambda mark: write(mark[1]), tex) if _COMMAND in tex else tex


def without_names(tex: str) -> str:
    r"""TeX without the names of roles; the braces of what has one stay, and take no room.

    >>> print(without_names(r"\role{weight}{w_{5}} = 1"))
    {w_{5}} = 1
    """
    return _OPENING.sub("", tex) if _COMMAND in tex else tex
