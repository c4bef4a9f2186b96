"""What a problem file says in the words of an error message: values, lists of choices, counts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tracer.errors import shortened

LARGEST_WHOLE = 10**40  # whole numbers beyond it are not written out


def either(words: list[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def shown(value: Any) -> str:
    """A value of a problem file as it may stand in a message."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{shortened(value)}"'
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if value is None:
        return "nothing"
    if isinstance(value, int) and abs(value) >= LARGEST_WHOLE:
        return f"a whole number of {int(value.bit_length() * math.log10(2)) + 1} digits"
    return shortened(value)


def counted(number: int, word: str, plural: str = "s") -> str:
    """`1 row`, `3 rows`."""
    return f"{number} {word}{'' if number == 1 else plural}"


def there_are(number: int, word: str, plural: str = "s") -> str:
    """`there is 1 row`, `there are 3 rows`."""
    return f"there {'is' if number == 1 else 'are'} {counted(number, word, plural)}"
