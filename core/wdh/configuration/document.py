"""A YAML file as plain values, each with its place: line and column of its key and of itself.

The values are read from the parser's events and not by a YAML loader: that gives every place, reads only what a
configuration needs (no aliases, tags or merge keys, hence no bombs), and takes half the time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from wdh.configuration.faults import Fault, KeyPath, show_path
from wdh.configuration.scalars import clip, describe, find_doubt, find_unusable, resolve
from wdh.configuration.text import Unreadable, read_text

MAX_DEPTH = 32
"""Mappings and lists inside each other; the known form needs 7."""

MAX_ENTRIES = 5000
"""Entries of one mapping or list; the longest of the known form are the spellings of a choice."""

MAX_VALUES = 50_000
"""Values in the whole file."""

_LONG_TAG = re.compile(r"![^\s,\[\]{}]{300}")
"""The parser's time for a tag grows with the square of its length."""

_TAB = re.compile(r"^[ ]*\t", re.MULTILINE)


class Mark(NamedTuple):
    """A place in the file, counted from 1; ``column`` counts characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where to point at for a key, and for its value.

    The value of a key that is a list, a mapping or nothing begins somewhere below: there the key is pointed at. In a
    list both are the place of the entry.
    """

    key: Mark
    value: Mark


@dataclass(frozen=True, slots=True)
class Document:
    """A file that YAML could read. ``faults`` are the things in it that YAML allows and we do not.

    ``doubtful`` are the paths of values that such a fault is about: nothing more needs to be said of them.
    """

    path: Path
    value: Any
    places: Mapping[KeyPath, Place]
    faults: tuple[Fault, ...] = ()
    doubtful: frozenset[KeyPath] = frozenset()

    def place(self, path: KeyPath) -> Place:
        """Find the place of ``path``, or of the nearest thing around it that is in the file."""
        while path not in self.places:
            path = path[:-1]
        return self.places[path]


def read_document(path: Path) -> Document:
    """Read the file. Raises Unreadable where YAML cannot read it, SetupError where there is no readable file."""
    text = read_text(path)
    reading = _Reading(path, text)
    value = reading.read()
    return Document(path, value, reading.places, tuple(reading.faults), frozenset(reading.doubtful))


@dataclass(slots=True)
class _Reading:
    """The work of reading one file; lives for one call of read_document."""

    path: Path
    text: str
    places: dict[KeyPath, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    doubtful: set[KeyPath] = field(default_factory=set)
    values: int = 0

    def read(self) -> Any:
        """Read the one document of the file. Raises Unreadable."""
        self._refuse_long_tag()
        events = self._events()
        if type(next(events)).__name__ != "DocumentStartEvent":
            what = "has only comments" if self.text.strip() else "is empty"
            raise self._stop(Mark(1, 1), f"the file {what}; it needs domains (wdh demo writes an example)")
        first = next(events)
        if type(first).__name__ != "MappingStartEvent":
            raise self._stop(_mark(first), f"the file must be a mapping that starts with domains:{_hint(self.text)}")
        self.places[()] = Place(_mark(first), _mark(first))
        value = self._value(first, events, path=())
        next(events)
        self._end(next(events))
        return value

    def _refuse_long_tag(self) -> None:
        found = _LONG_TAG.search(self.text)
        if found is not None:
            before = self.text[: found.start()]
            mark = Mark(before.count("\n") + 1, len(before) - before.rfind("\n"))
            raise self._stop(
                mark, "a ! and more than 300 characters without a blank stand here, which YAML reads as a tag"
            )

    def _end(self, event: Any) -> None:
        if type(event).__name__ == "DocumentStartEvent":
            self._fault(_mark(event), (), "a second document starts here; one file is one document, so remove the ---")

    def _events(self) -> Iterator[Any]:
        """Give the parser's events after the start of the stream; what it cannot read is Unreadable."""
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError

        try:
            events = YAML(typ="safe", pure=True).parse(self.text)
            next(events)
            for event in events:
                self._check_version(event)
                yield event
        except MarkedYAMLError as error:
            raise self._syntax(self._error_mark(error), error) from error
        except (ValueError, OverflowError) as error:  # the parser lets chr() refuse an escape such as "\UFFFFFFFF"
            message = "the file is not YAML: an escape such as \\U in double quotes stands for no character"
            raise self._stop(Mark(1, 1), message) from error

    def _check_version(self, event: Any) -> None:
        version = getattr(event, "version", None)
        if version is not None and tuple(version) != (1, 2):
            raise self._stop(_mark(event), "the file is read as YAML 1.2; remove the line %YAML above")

    def _error_mark(self, error: Any) -> Mark:
        mark = error.problem_mark or error.context_mark
        if error.context_mark is not None and mark.index >= len(self.text):
            mark = error.context_mark  # what was opened and never closed is more use than the end of the file
        return Mark(mark.line + 1, mark.column + 1)

    def _syntax(self, mark: Mark, error: Any) -> Unreadable:
        lines = self.text.split("\n")
        line = lines[mark.line - 1] if mark.line <= len(lines) else ""
        if _TAB.match(line):
            tabs = len(_TAB.findall(self.text))
            more = f" (and in {tabs - 1} more lines)" if tabs > 1 else ""
            return self._stop(mark, f"a tab stands here{more}; YAML indents with blanks only")
        said = ", ".join(part for part in (error.context, error.problem) if part)
        # The parser notices a line that is no key only when the next one goes deeper.
        return self._stop(mark, f"the file is not YAML: {said}{_hint(chr(10).join(lines[: mark.line][-2:]))}")

    def _value(self, event: Any, events: Iterator[Any], *, path: KeyPath) -> Any:
        kind = type(event).__name__
        self._count(event, path)
        if kind == "AliasEvent":
            self._refuse(event, path, f"the alias *{clip(event.anchor)} is not read; write the value out")
            return None
        if event.anchor is not None:
            self._fault(_mark(event), path, f"the anchor &{clip(event.anchor)} is not read; remove it")
        if event.tag is not None:
            self._refuse(event, path, f"the tag {clip(event.tag)} is not read; remove it, and put text in quotes")
        if kind == "ScalarEvent":
            return self._scalar(event, path=path)
        if len(path) >= MAX_DEPTH:
            raise self._stop(_mark(event), f"mappings and lists are nested more than {MAX_DEPTH} deep")
        return self._mapping(events, path=path) if kind == "MappingStartEvent" else self._list(events, path=path)

    def _count(self, event: Any, path: KeyPath) -> None:
        self.values += 1
        if self.values > MAX_VALUES:
            raise self._stop(_mark(event), f"the file has more than {MAX_VALUES} values, which no configuration needs")
        if path and isinstance(path[-1], int) and path[-1] >= MAX_ENTRIES:
            raise self._stop(_mark(event), f"the list has more than {MAX_ENTRIES} entries, which no key here needs")

    def _scalar(self, event: Any, *, path: KeyPath) -> Any:
        fault = find_unusable(event.value)
        if fault is not None:
            self._refuse(event, path, fault)
            return ""
        if event.style or path in self.doubtful:
            return event.value
        doubt = find_doubt(event.value)
        if doubt is not None:
            self._refuse(event, path, doubt)
            return event.value
        return resolve(event.value)

    def _list(self, events: Iterator[Any], *, path: KeyPath) -> list[Any]:
        values: list[Any] = []
        for event in _until(events, "SequenceEndEvent"):
            here = (*path, len(values))
            self.places[here] = Place(_mark(event), _mark(event))
            values.append(self._value(event, events, path=here))
        return values

    def _mapping(self, events: Iterator[Any], *, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for event in _until(events, "MappingEndEvent"):
            key = self._key(event, events, path=path)
            content = next(events)
            if key is None:
                self._count(content, path)
                self._skip(content, events)
                continue
            if len(values) >= MAX_ENTRIES:
                raise self._stop(_mark(event), f"the mapping has more than {MAX_ENTRIES} keys, which none here needs")
            here = (*path, key)
            shown = (
                type(content).__name__ == "AliasEvent"
                or getattr(content, "value", None)
                or getattr(content, "style", None)
            )
            self.places[here] = Place(_mark(event), _mark(content if shown else event))
            values[key] = self._value(content, events, path=here)
        return values

    def _key(self, event: Any, events: Iterator[Any], *, path: KeyPath) -> str | None:
        """Read a key as text; None, with a fault, for one that cannot be a key of ours."""
        if type(event).__name__ != "ScalarEvent" or (event.value == "<<" and not event.style):
            what = "a merge key" if type(event).__name__ == "ScalarEvent" else "an alias, a list or a mapping as a key"
            self._skip(event, events)
            self._refuse(event, path, f"{what} is not read; write the keys out")
            return None
        key: str = event.value
        here = (*path, key)
        fault = find_unusable(key)
        if fault is not None:
            self._refuse(event, path, f"the key {fault}")
            return None
        if event.anchor is not None or event.tag is not None:
            self._fault(_mark(event), here, "a key has no anchor and no tag here; remove it")
        meaning = key if event.style else resolve(key)
        if not isinstance(meaning, str):
            self._fault(_mark(event), here, f'the key is {describe(meaning)} to YAML: put it in quotes, "{key}"')
        if here in self.places:
            first = self.places[here].key.line
            self._fault(_mark(event), here, f"the key is there twice, first in line {first}; remove one of them")
            return None
        return key

    def _skip(self, event: Any, events: Iterator[Any]) -> None:
        """Pass over a value: to the end of the list or mapping that ``event`` starts. Raises Unreadable."""
        depth = 0
        while True:
            name = type(event).__name__
            depth += name.endswith("StartEvent") - name.endswith("EndEvent")
            if depth == 0:
                return
            if depth > MAX_DEPTH:
                raise self._stop(_mark(event), f"mappings and lists are nested more than {MAX_DEPTH} deep")
            event = next(events)

    def _refuse(self, event: Any, path: KeyPath, message: str) -> None:
        self._fault(_mark(event), path, message)
        self.doubtful.add(path)

    def _fault(self, mark: Mark, path: KeyPath, message: str) -> None:
        self.faults.append(Fault(str(self.path), mark.line, mark.column, show_path(path), message))

    def _stop(self, mark: Mark, message: str) -> Unreadable:
        return Unreadable(Fault(str(self.path), mark.line, mark.column, "", message))


def _hint(line: str) -> str:
    return "; a full-width ： is no colon to YAML, which wants a : and a blank" if "：" in line else ""


def _until(events: Iterator[Any], end: str) -> Iterator[Any]:
    for event in events:
        if type(event).__name__ == end:
            return
        yield event


def _mark(event: Any) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)
