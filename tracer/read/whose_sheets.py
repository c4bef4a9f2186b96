"""The sheets of a class with what is odd about whose they are: nobody is accused, a teacher has a look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tracer.read.answers import Sheet


def with_remarks(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Sheets with a remark on each that bears the name of another one.

    >>> one, other = Sheet("anna", "anna.csv", {}), Sheet("ben", "ben.csv", {}, signed="Anna")
    >>> with_remarks([one, other])[1].remarks
    ("It is signed 'Anna', and so there are 2 sheets of that name.",)
    """
    names = Counter((sheet.signed or sheet.student).casefold() for sheet in sheets)
    found = []
    for sheet in sheets:
        count = names[(sheet.signed or sheet.student).casefold()]
        if count > 1 and sheet.signed:
            said = f"It is signed '{sheet.signed}', and so there are {count} sheets of that name."
        elif count > 1:
            said = f"There are {count} sheets of this name; this one is {sheet.source}."
        else:
            said = ""
        found.append(replace(sheet, remarks=(*sheet.remarks, said)) if said else sheet)
    return found
