"""Labels of students into names of files: short, safe on every system, and no two alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}


def file_labels(students: Iterable[str]) -> dict[str, str]:
    """Each student to a name for files: ASCII letters, digits, - and _, distinct also where case does not count.

    >>> file_labels(["Łukasz Müller", "../../etc", "anna", "ANNA"])
    {'Łukasz Müller': 'ukasz-Muller', '../../etc': 'etc', 'anna': 'anna', 'ANNA': 'ANNA-2'}
    """
    labels: dict[str, str] = {}
    taken: set[str] = set()
    for student in students:
        if student in labels:
            continue
        plain = unicodedata.normalize("NFKD", student[:200]).encode("ascii", "ignore").decode()
        stem = re.sub(r"[^A-Za-z0-9_]+", "-", plain).strip("-")[:60] or "student"
        if stem.lower() in _RESERVED:
            stem = f"student-{stem}"
        label, number = stem, 1
        while label.lower() in taken:
            number += 1
            label = f"{stem}-{number}"
        taken.add(label.lower())
        labels[student] = label
    return labels
