"""The sentences of the engine in another language: `language.toml` of a story folder, and the empty one here."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tracer.errors import TracerError, shortened, suggest
from tracer.explain.language import ENGLISH, SLOT, Language
from tracer.publish.environment import package_folder
from tracer.publish.files import readable

NAME = "language.toml"
TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_KEYS = ("tag", "decimal", "thousands", "symbols", "sentences")


@cache
def known_sentences() -> frozenset[str]:
    """Every sentence that the engine has, as the empty catalogue lists them."""
    text = (package_folder() / NAME).read_text(encoding="utf-8")
    return frozenset(key for key, _ in _entries(tomllib.loads(text)["sentences"]))


def language_of(folder: Path | None) -> Language:
    """The language of a story folder: what its `language.toml` says, English where it has none.

    Raises TracerError T505 for a catalogue that cannot be read, a sentence that the engine does not have, and a
    translation whose slots are not those of its sentence.
    """
    path = None if folder is None else folder / NAME
    if path is None or not os.path.lexists(path):
        return ENGLISH
    where = readable(path)
    try:
        text = path.read_text(encoding="utf-8")
        read = tomllib.loads(text)
    except OSError as error:
        raise TracerError("T505", where, f"{error.strerror}.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise TracerError("T505", where, f"this is not TOML: {shortened(error, 120)}.") from None
    for key in read:
        if key not in _KEYS:
            raise TracerError("T505", where, f"there is no key '{shortened(key)}'.", suggest(key, _KEYS))
    tag = _text(read, "tag", where)
    if not TAG.fullmatch(tag):
        raise TracerError("T505", f"{where}, tag", f"'{shortened(tag)}' is no language.", "Expected de, pt-BR, ...")
    return Language(
        tag=tag,
        decimal=_sign(read, "decimal", where, (".", ",")),
        thousands=_sign(read, "thousands", where, ("", ",", ".", " ", "'", "’", "\u00a0", "\u202f"), ","),
        sentences=_sentences(read.get("sentences", {}), text, where),
        symbols=_symbols(read.get("symbols", {}), where),
        known=known_sentences(),
        where=where,
    )


def complete(language: Language) -> None:
    """Raises TracerError T505 that lists, ready to be pasted, the sentences a page wanted and its catalogue lacks."""
    wanted = list(language.missing)
    if wanted:
        count = "one sentence" if len(wanted) == 1 else f"{len(wanted)} sentences"
        lines = "\n".join(f'{quoted(sentence)} = ""' for sentence in wanted)
        this = "has" if len(wanted) == 1 else "have"
        raise TracerError(
            "T505", language.where, f"{count} of this page {this} no translation.",
            "Put into [sentences], with what they are in this language:", lines,
        )  # fmt: skip


def empty_catalogue(tag: str) -> str:
    """The catalogue of a language with nothing translated yet. Raises TracerError T505 for a tag that is none."""
    if not TAG.fullmatch(tag):
        raise TracerError("T505", "--language", f"'{shortened(tag)}' is no language.", "Expected de, pt-BR, ...")
    text = (package_folder() / NAME).read_text(encoding="utf-8")
    return text.replace('tag = "en"', f'tag = "{tag}"', 1)


def quoted(text: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False)


# -- what the file says


def _entries(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The sentences of a table and of the tables in it, which only order them."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _entries(value)
        else:
            yield key, value


def _sentences(table: object, text: str, where: str) -> dict[str, str]:
    if not isinstance(table, dict):
        raise TracerError("T505", f"{where}, sentences", "this is no table.", "Expected a line [sentences].")
    found: dict[str, str] = {}
    for key, value in _entries(table):
        place = f"{where}, {_line(text, key)}"
        if key not in known_sentences():
            close = suggest(key, known_sentences()) if len(key) < 200 else ""
            close = close if close.startswith("Did") else ""
            raise TracerError("T505", place, f"the engine has no sentence {quoted(shortened(key, 100))}.", close)
        if not isinstance(value, str):
            raise TracerError("T505", place, "a translation is a text.", "Expected a text in quotation marks.")
        if not value:
            continue  # not translated yet
        own, wanted = set(SLOT.findall(value)), set(SLOT.findall(key))
        if own != wanted:
            slots = ", ".join(f"{{{name}}}" for name in sorted(wanted)) or "none"
            said = f"its slots are not those of {quoted(shortened(key, 100))}."
            raise TracerError("T505", place, said, f"Expected {slots}.")
        found[key] = value
    return found


def _symbols(table: object, where: str) -> dict[str, str]:
    if not isinstance(table, dict):
        raise TracerError("T505", f"{where}, symbols", "this is no table.", "Expected a line [symbols].")
    for key, value in table.items():
        if not isinstance(value, str) or not re.fullmatch(r"[^\W\d_]+", value):
            raise TracerError("T505", f"{where}, symbols", f"'{shortened(key)}' is no word of letters alone.")
    return dict(table)


def _line(text: str, key: str) -> str:
    """The line in which a sentence stands, for a message."""
    lines = text.splitlines()
    spelt = (quoted(key), f"'{key}'")
    return next((f"line {at}" for at, line in enumerate(lines, 1) if line.lstrip().startswith(spelt)), "sentences")


def _text(read: Mapping[str, Any], key: str, where: str) -> str:
    value = read.get(key)
    if not isinstance(value, str):
        raise TracerError("T505", where, f"it does not say its {key}.", f'Expected a line such as {key} = "de".')
    return value


def _sign(read: Mapping[str, Any], key: str, where: str, known: tuple[str, ...], default: str = "") -> str:
    value = read.get(key, default)
    if value != default and value not in known:
        signs = " or ".join(sign for sign in known if sign.strip())
        raise TracerError("T505", f"{where}, {key}", f"'{shortened(value)}' is no such sign.", f"Expected {signs}.")
    return str(value)
