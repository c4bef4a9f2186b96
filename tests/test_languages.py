"""Pages in another language: every sentence of the engine comes from the catalogue, and the German example is whole."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import shutil
import tomllib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import sentences
from test_deviations import WHERE
from test_true_as_printed import ZOO

import tracer
from tracer.calculus.functions import FUNCTIONS
from tracer.errors import TracerError
from tracer.explain.curves import drawable_activations
from tracer.explain.language import SLOT, Language
from tracer.explain.lesson import Lesson, lesson
from tracer.explain.notation import NOTATIONS, in_language, notation_for
from tracer.explain.part import Part
from tracer.ops import OPERATIONS
from tracer.publish.catalogue import known_sentences, language_of
from tracer.publish.template_copy import copy_for_translation
from tracer.run.deviations import DEVIATIONS
from tracer.run.loading import built_in, load
from tracer.run.problem import Problem

GERMAN = Path(__file__).resolve().parent.parent / "docs" / "examples" / "german"
LETTERS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "абвгдежзийклмнопрстуфхцчшщАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩ"
)


def other_letters(text: str) -> str:
    """A text in Cyrillic letters, but for its slots and for what stands in backquotes."""
    parts = re.split(r"(\{\w+\}|`[^`]*`)", text)
    return "".join(part if part[:1] in ("{", "`") else part.translate(LETTERS) for part in parts)


def upright_words() -> set[str]:
    """The words that stand in the formulas of some notation."""
    texts = (str(value) for record in NOTATIONS.values() for value in vars(record).values())
    engine = {"direct", "step", "squares", "norm", "factor", "longest", "width", "warm", "decay", "acc", "mae"}
    return {word for text in texts for word in re.findall(r"mathrm\{([A-Za-z]+)\}", text)} | engine


PSEUDO = Language(
    "ru",
    sentences={text: other_letters(text) for text in known_sentences()},
    symbols={word: word.translate(LETTERS) for word in upright_words()},
    known=known_sentences(),
    where="pseudo",
)

# ------------------------------------------------------------------------------------------- every sentence


def test_the_empty_catalogue_lists_every_sentence() -> None:
    assert sentences.CATALOGUE.read_text(encoding="utf-8") == sentences.catalogue(), "python tests/sentences.py"


#: what of a lesson is no sentence: names, addresses, numbers, code, what the user wrote
NO_SENTENCE = {
    "problem", "notation", "language", "digits", "version", "title", "source", "note", "name", "kind", "phase", "base",
    "anchor", "picture", "address", "activation", "loss", "code", "output", "pictured_forward", "pictured_backward",
    "pictured_updates", "role", "mode", "strokes", "boxes", "relation",
}  # fmt: skip
#: records whose `title` or `loss` is the engine's own, after all
SENTENCES_IN = {"Part", "LayerInfo", "Stage", "Mistake", "Change", "Derivation"}


def said(thing: Any, way: str, seen: set[Any]) -> Iterator[tuple[str, str]]:
    """Every text that a story can reach from a thing by its public names, with the way to it."""
    if isinstance(thing, str):
        yield way, thing
    elif isinstance(thing, (tuple, list)):
        for item in thing:
            yield from said(item, way, seen)
    elif type(thing).__module__.startswith("tracer."):
        key = ("part", thing.anchor) if isinstance(thing, Part) else id(thing)  # a part leads to others like it
        if key in seen:
            return
        seen.add(key)
        kind = type(thing)
        names = (
            {field.name for field in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set(vars(thing))
        )
        names |= {
            name for base in kind.__mro__ for name, value in vars(base).items()
            if isinstance(value, (property, cached_property))
        }  # fmt: skip
        for name in sorted(names):
            wanted = name not in NO_SENTENCE or (name == "title" and kind.__name__ in SENTENCES_IN)
            if not name.startswith("_") and wanted:
                try:
                    value = getattr(thing, name)
                except (LookupError, TracerError):  # what problems without layers do not have
                    continue
                yield from said(value, f"{way}.{name}", seen)


def asked(made: Lesson) -> Iterator[tuple[str, Any]]:
    """What a story gets by asking: pictures, quantities, the code."""
    yield "script", made.script
    if made.bare:
        return
    yield "network_class", made.network_class
    for until in ("start", "a1", "E", "delta1", "end", "again"):
        with contextlib.suppress(TracerError):  # what this problem does not compute
            yield f"diagram({until})", made.diagram(until)
    for what in ("E", "w1", *drawable_activations()[:2]):
        with contextlib.suppress(TracerError):
            yield f"curve({what})", made.curve(what)
    for unit in made.given_units[:1]:
        yield "quantity", made.quantity(unit.name)
        with contextlib.suppress(TracerError):  # a parameter of a layer's own
            yield "ways", made.ways(unit.name)
    for part in (*made.forward, *made.loss, *made.backward, *made.update):
        if "-again" not in part.anchor:
            whole = made.quantity(part.name)
            for worked in (whole, *getattr(whole, "elements", ())[:2]):
                yield "quantity", (worked.says, getattr(worked, "paths", ()), getattr(worked, "update", None))


NO_WORDS = re.compile(
    r"`[^`]*`"  # code
    r"|https?://\S+"
    r"|numpy\.random\.\w+"
    r"|torch\.[\w.]+"
    r"|\\(?:begin|end)\{\w+\}"
    r"|\\[A-Za-z]+"  # commands of TeX
    r"|#[0-9a-f]{6}"
    r"|trace:\S+"
)
FUNCTION_WORDS = {*FUNCTIONS, "exp", "ln", "log", "sign", "delta", "eta", "theta", "epsilon", "alpha", "lambda", "beta",
                  "Delta", "sum", "bias_updated", "true", "false", "max", "min", "tanh", "sqrt", "erf", "key", "new",
                  "gamma", "rho"}  # fmt: skip


def english(text: str, allowed: set[str]) -> list[str]:
    """The words of a text in Latin letters that are no names."""
    words = re.findall(r"[A-Za-z]{3,}", NO_WORDS.sub(" ", text))
    return [word for word in words if word not in allowed]


def names_in(made: Lesson) -> set[str]:
    """The names that may stand in Latin letters on a page of this lesson: those of the problem and of operations."""
    problem: Problem = made.problem
    texts = [problem.title, problem.source, problem.note, *(op.name for op in OPERATIONS), *DEVIATIONS]
    texts += [item.says for layer in problem.layers for item in layer.equations]
    texts += [item.says for item in getattr(problem, "equations", ())]
    texts += [op.source for op in OPERATIONS]
    network = made._network
    texts += [*network.shapes, *network.roles, *(role.base for role in network.roles.values())]
    spelt = {word for record in NOTATIONS.values() for word in re.findall(r"[A-Za-z]+", str(record.spelling))}
    words = {word for text in texts for word in re.findall(r"[A-Za-z]+", text)}
    return words | spelt | FUNCTION_WORDS


def lesson_in(language: Language, problem: Any, **how: Any) -> Lesson:
    checked = problem if isinstance(problem, Problem) else load(problem)
    notation = in_language(notation_for(checked, how.pop("notation_name", ""), decimal=language.decimal), language)
    return lesson(checked, notation_name=notation, **how)


#: what training has beyond gradient descent, on few examples
RICH: dict[str, Any] = {
    "data": {"inputs": [[0, 1], [1, 0], [1, 1], [0, 0]], "labels": [1, 2, 2, 1], "first_label": 1},
    "layers": [
        {"units": 2, "weights": {"draw": "xavier"}, "activation": "elu"},
        {"units": 2, "weights": {"draw": "uniform"}, "activation": "softmax"},
    ],
    "random": {"seed": 3},
    "training": {
        "loss": "cross-entropy-mean", "rate": 0.1, "optimizer": "adam", "batch": 2, "shuffle": True, "steps": 4,
        "schedule": "exponential", "clip": 1.0, "penalty": [{"name": "l2", "lambda2": 0.1}], "metrics": ["accuracy"],
    },
}  # fmt: skip


CASES: dict[str, tuple[Any, dict[str, Any]]] = {
    **{name: (name, {}) for name in built_in()},
    **{f"zoo {name}": (problem, {}) for name, problem in ZOO.items()},
    "rich": (RICH, {"step": 2}),
    "rounded": ("mazur", {"arithmetic": "3 half-up printed", "steps": 2}),
    "cut": ("han-kamber", {"arithmetic": "3sf truncate"}),
    "late": ("gokadin-xor", {"steps": 1500, "step": 1200}),
    **{f"mistake {name}": (where, {"deviations": [name]}) for name, (where, *_) in WHERE.items()},
}
FEW = ["cs231n-circuit", "rich", "rounded", "mistake weights-transposed"]
EVERY = [pytest.param(case, marks=() if case in FEW else pytest.mark.others) for case in CASES]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("case", EVERY)
def test_no_sentence_bypasses_the_catalogue(case: str) -> None:
    problem, how = CASES[case]
    made = lesson_in(PSEUDO, problem, **how)
    allowed = names_in(made)
    seen: set[Any] = set()
    found = [*said(made, "lesson", seen)]
    for way, thing in asked(made):
        found += said(thing, way, seen)
    wrong = {f"{way}: {words}: {text[:160]}" for way, text in found if (words := english(text, allowed))}
    assert len(found) > 100
    assert not wrong, "\n".join(sorted(wrong))
    assert not PSEUDO.missing


def test_a_sentence_that_bypasses_the_catalogue_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracer.explain.part.title_of", lambda *_: "net inputs of a layer")
    with pytest.raises(AssertionError, match="Net inputs of a layer"):
        test_no_sentence_bypasses_the_catalogue("mazur")


# ------------------------------------------------------------------------------------------- the German example


def german(problem: Any, **how: Any) -> str:
    """A page of the German story, of a problem whose own texts are German too."""
    read = problem if isinstance(problem, Problem) else load(problem)
    named = dataclasses.replace(read, title="Ein Netz", source="", note="")
    return tracer.render(named, style="deutsch", templates=GERMAN, **how)


ENGLISH = re.compile(
    r"\b(?:the|of|is|and|with|by|for|are|which|from|this|that|to|it|its|on|at|be|or|not|no|one|step|error|weights?|"
    r"layers?|outputs?|inputs?|targets?|values?|given|unit|units|example|examples|loss|update|learning|rate|forward|"
    r"backward|pass|mean|sum|rule|slope|network|new|total|direct|otherwise|if)\b"
)
#: names in the text, and what a program calls things
NAMES = r"`[^`]*`|numpy\.\w+\.\w+\(\d+\)|<[^>]*>|\\[A-Za-z]+|Aktivierung: [\w-]+|\(Quelle: .*\)"


def prose(page: str) -> str:
    """A Markdown page without its code, but with the comments of the code."""
    programs = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    comments = [line for program in programs for line in program.splitlines() if line.lstrip().startswith("#")]
    page = re.sub(r"^```.*?^```$", "", page, flags=re.DOTALL | re.MULTILINE)
    return re.sub(NAMES, " ", "\n".join([page, *comments]))


def test_the_german_catalogue_is_complete() -> None:
    made = language_of(GERMAN)
    assert set(made.sentences) == known_sentences()
    assert not [text for text, own in made.sentences.items() if ENGLISH.search(re.sub(NAMES, "", SLOT.sub("", own)))]
    assert set(made.symbols) >= upright_words() - {"sigmoid"}


#: bare equations print their own names, such as that of the step which Adam counts
GERMAN_CASES = [name for name in CASES if not name.startswith("zoo") and name != "mistake square-forgotten"]
GERMAN_FEW = ["eoj-softmax", "rich", "mistake weights-transposed"]


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=() if case in GERMAN_FEW else pytest.mark.others) for case in GERMAN_CASES]
)
def test_nothing_stays_english(case: str) -> None:
    problem, how = CASES[case]
    page = german(problem, **how)
    found = ENGLISH.findall(prose(page))
    assert not found, found
    assert len(prose(page)) > 2000


def test_the_german_problem_is_german_throughout() -> None:
    page = tracer.render(GERMAN / "neuron.toml", style="deutsch", templates=GERMAN)
    assert page.startswith("# Ein Neuron lernt das logische Und\n")
    assert not ENGLISH.findall(prose(page))


def test_english_is_found() -> None:
    assert ENGLISH.findall(prose("Die Nettoeingaben of `the` Schicht\n\n```python\n# loss\nupdate = 1\n```\n")) == [
        "of",
        "loss",
    ]


@pytest.mark.parametrize("format", ["stepper", "latex", "notebook"])
def test_every_format_is_german(format: str) -> None:
    page = german("hmkcode", format=format)
    assert "Rückwärtsdurchlauf" in page and ("0{,}" in page or '<mn>0</mn><mo rspace="0">,</mo>' in page)
    if format == "latex":
        assert "pdflang={de}" in page
    if format == "stepper":
        assert '<html lang="de">' in page and "Zurück</button>" in page and 'aria-label="Gleichung 1"' in page
        labels = " ".join(re.findall(r'aria-label="([^"]*)"', page))
        text = re.sub(r"<(style|script|math|pre)\b.*?</\1>", " ", page, flags=re.DOTALL) + labels
        found = ENGLISH.findall(re.sub(NAMES, " ", text))
        assert not found, found


# ------------------------------------------------------------------------------------------- what is wrong


def folder_with(tmp_path: Path, catalogue: str) -> Path:
    shutil.copytree(GERMAN, tmp_path, dirs_exist_ok=True)
    (tmp_path / "language.toml").write_text(catalogue, encoding="utf-8")
    return tmp_path


def refused(folder: Path) -> str:
    with pytest.raises(TracerError) as caught:
        tracer.render("hmkcode", style="deutsch", templates=folder)
    return str(caught.value).replace(str(folder), "FOLDER")


def test_sentences_that_are_missing_are_listed_to_be_pasted(tmp_path: Path) -> None:
    whole = (GERMAN / "language.toml").read_text(encoding="utf-8")
    without = re.sub(r'^"(the hidden layer|deltas of \{layer\})" = .*\n', "", whole, flags=re.MULTILINE)
    said = refused(folder_with(tmp_path, without))
    assert said == (
        "FOLDER/language.toml: 2 sentences of this page have no translation.\n"
        "Put into [sentences], with what they are in this language:\n"
        '"the hidden layer" = ""\n"deltas of {layer}" = ""   [T505]'
    )
    pasted = (
        without
        + '\n[sentences.later]\n"the hidden layer" = "der mittleren Schicht"\n"deltas of {layer}" = "Deltas {layer}"\n'
    )
    page = tracer.render("hmkcode", style="deutsch", templates=folder_with(tmp_path, pasted))
    assert "Deltas der mittleren Schicht" in page


HEAD = 'tag = "de"\n[sentences]\n'
WRONG = {
    HEAD + '"the hiden layer" = "x"\n': 'line 3: the engine has no sentence "the hiden layer".\nDid you mean',
    HEAD + '"deltas of {layer}" = "Deltas {schicht}"\n': 'line 3: its slots are not those of "deltas of {layer}".',
    HEAD + '"deltas of {layer}" = "{layer.__class__}"\n': 'its slots are not those of "deltas of {layer}"',
    HEAD + '"deltas of {layer}" = 3\n': "line 3: a translation is a text.",
    "tag = 'de'\nsentences = 3\n": "sentences: this is no table.",
    "[sentences]\n": "it does not say its tag.",
    "tag = 'Deutsch, wie es ist'\n": "tag: 'Deutsch, wie es ist' is no language.",
    "tag = 'de'\ndecimal = ';'\n": "decimal: ';' is no such sign.",
    "tag = 'de'\nsentence = 3\n": "there is no key 'sentence'.\nDid you mean 'sentences'?",
    "tag = de\n": "this is not TOML: Invalid value (at line 1, column 7).",
    "tag = 'de'\n[symbols]\nnew = '}$'\n": "symbols: 'new' is no word of letters alone.",
}


@pytest.mark.parametrize("catalogue", WRONG)
def test_what_is_wrong_with_a_catalogue_is_said(catalogue: str, tmp_path: Path) -> None:
    said = refused(folder_with(tmp_path, catalogue))
    assert WRONG[catalogue] in said and said.startswith("FOLDER/language.toml") and said.endswith("[T505]")
    assert "class '" not in said


def test_a_translation_begins_with_all_that_is_to_be_translated(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    written = copy_for_translation("plain", folder, "pt-BR")
    assert [path.relative_to(folder).as_posix() for path in written] == [
        "walkthrough/plain.md.j2",
        "walkthrough/parts.md.j2",
        "language.toml",
    ]
    read = tomllib.loads(written[-1].read_text(encoding="utf-8"))
    assert read["tag"] == "pt-BR" and read["sentences"]["titles"]["deltas of {layer}"] == ""
    with pytest.raises(TracerError) as caught:
        tracer.render("mazur", style="plain", templates=folder)
    assert '\n"the output layer" = ""\n' in str(caught.value) and caught.value.code == "T505"
    with pytest.raises(TracerError, match="this file exists already"):
        copy_for_translation("plain", folder, "pt-BR")
    (folder / "language.toml").unlink()
    with pytest.raises(TracerError, match="this file exists already"):
        copy_for_translation("plain", folder, "pt-BR")
    assert not (folder / "language.toml").exists()  # nothing half-written
    with pytest.raises(TracerError, match="is no language"):
        copy_for_translation("plain", tmp_path / "other", "../de")
    assert not (tmp_path / "other").exists()
