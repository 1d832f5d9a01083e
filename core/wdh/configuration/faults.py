"""The faults of a configuration as values: a Breach knows the key, a Fault the line as well."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import Literal

from msgspec import Struct

from wdh.words.language import later, of_both, say
from wdh.words.phrases import clip
from wdh.words.spelling import near_match

KeyPath = tuple[str | int, ...]
"""The way to a value: keys of mappings and 0-based places in lists, outermost first. The file itself is ``()``."""

Code = Literal[
    "unknown_key",
    "missing_key",
    "wrong_type",
    "unknown_value",
    "wrong_value",
    "unknown_name",
    "not_readable",
    "package",
    "rule",
    "caution",
]
"""The kind of a fault, for programs: ``check.schema.json`` says what each means."""

At = Literal["key", "value", "parent"]

_PLAIN_KEY = re.compile(r"[^\s.\[\]:\"]+")
SHOWN = 100
"""Characters of a text of the file that a sentence repeats."""


PUT_IN_QUOTES = later(": put it in quotes")
"""The end of a sentence about a value that should be text."""


class Breach(Struct, frozen=True):
    """A rule that a value breaks. ``at`` says what to point at: the key, the value behind it, or, where the key is
    missing, the key of the mapping that it is missing from.

    ``causes`` are other keys that have a part in it, the likelier first: where ``path`` is not in the file, the
    first cause that is gets the blame. ``near`` is the key, value or name that was probably meant; None: none is near.
    """

    path: KeyPath
    message: str
    at: At = "value"
    causes: tuple[KeyPath, ...] = ()
    code: Code = "rule"
    near: str | None = None

    @property
    def place(self) -> KeyPath:
        """The path of what is pointed at."""
        return self.path[:-1] if self.at == "parent" else self.path


class Fault(Struct, frozen=True):
    """One fault, and where it is. ``file`` is the file's path, or a plugin with its hook: then there is no line.

    ``line`` and ``column`` count from 1, columns in characters. ``path`` is the way to the key, written with dots
    (``domains.shops.pk[0]``); empty where the fault is the file's as a whole. ``near`` is as a Breach has it.
    """

    file: str
    line: int | None
    column: int | None
    path: str
    message: str
    code: Code = "rule"
    near: str | None = None

    def __str__(self) -> str:
        """Write the fault in one line: ``data_sources.yml:42:7 domains.shops.pk: the key is missing``."""
        if self.line is None:
            return say("{file}: {path}: {message}", file=self.file, path=self.path, message=self.message)
        place = f"{PurePath(self.file).name}:{self.line}:{self.column}"
        if not self.path:
            return say("{place} {message}", place=place, message=self.message)
        return say("{place} {path}: {message}", place=place, path=self.path, message=self.message)


def package_fault(origin: str, hook: str, *, path: str, message: str) -> Fault:
    """Make the fault of a package, of which ``origin`` has the entry point: its ``hook`` gives what is wrong."""
    return Fault(
        say("{origin}, hook {hook}", origin=origin, hook=hook),
        None,
        None,
        path,
        say("{message}; correct the package or ask its author", message=_without_advice(message)),
        code="package",
    )


@of_both
def _without_advice(message: str) -> str:
    return message.removesuffix(PUT_IN_QUOTES).removesuffix(say(PUT_IN_QUOTES))


def show_path(path: KeyPath) -> str:
    """Write a path with dots; a key that has dots or blanks itself stands in brackets and quotes."""
    return "".join(_show_step(step) for step in path).removeprefix(".")


def _show_step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN_KEY.fullmatch(step) else f'["{step}"]'


def suggest(word: str, known: Iterable[str]) -> str:
    """Write ``did you mean X?``, or else which words are known."""
    names = tuple(known)
    near = near_match(word, names)
    if near is not None:
        return say("did you mean {near}?", near=near)
    return say("known: {names}", names=", ".join(names)) if names else say("there are none here")


_KINDS = {"dict": later("a mapping"), "list": later("a list"), "date": later("a date")}


def unknown_name(
    path: KeyPath, message: str, word: str, known: Iterable[str], *, at: At = "value", causes: tuple[KeyPath, ...] = ()
) -> Breach:
    """Make the breach of a ``word`` that names nothing which is there, with the one of the ``known`` that was meant."""
    return Breach(path, message, at, causes, "unknown_name", near_match(word, tuple(known)))


def unknown_column(
    path: KeyPath, name: str, columns: Iterable[str], *, at: At = "value", causes: tuple[KeyPath, ...] = ()
) -> Breach:
    """Make the breach of a ``name`` that none of the fact's ``columns`` has."""
    message = say("there is no fact column {name!r}; {advice}", name=name, advice=suggest(name, columns))
    return unknown_name(path, message, name, columns, at=at, causes=causes)


def describe(value: object) -> str:
    """Name what a value is to YAML: ``the number 12``, ``the text 'x'``, ``a list`` …"""
    if value is None:
        return say("nothing")
    if isinstance(value, bool):
        return say("the truth value {value}", value="true" if value else "false")
    if isinstance(value, (int, float)):
        return say("the number {value}", value=clip(str(value), SHOWN))
    if isinstance(value, str):
        return say("the text {value!r}", value=clip(value, SHOWN)) if value else say("an empty text")
    kind = type(value).__name__
    return say(_KINDS[kind]) if kind in _KINDS else f"a {kind}"
