"""docs/errata.md says what comes out today, and of every sheet that is wrong somewhere."""

from __future__ import annotations

import errata


def test_the_tables_are_current() -> None:
    text = errata.PAGE.read_text(encoding="utf-8")
    assert errata.made(text) == text, "run: python tests/errata.py"
    assert errata.made(text.replace("| 0.291027774 |", "| 0.291027775 |")) == text


def test_every_source_with_a_wrong_figure_is_there() -> None:
    named = set(errata.TABLE.findall(errata.PAGE.read_text(encoding="utf-8")))
    assert named == {sheet["from"] for sheet in errata.SHEETS if "wrong" in sheet} | {"all", "neither"}
