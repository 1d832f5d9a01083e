"""A YAML file as plain values, each with its place: line and column of its key and of itself.

ruamel.yaml composes the nodes; the values are made of them here, because its loaders give no place for every key, take
of two equal keys the last, and read ``yes`` and ``0012`` without a word. The meaning of a scalar is decided here as
well: the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema), without infinity and not-a-number. To
ruamel.yaml ``1_000`` is a number as well, and to that schema text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from wdh.configuration.faults import SHOWN, Fault, KeyPath, describe, show_path
from wdh.configuration.plain_file import MAX_BYTES, Mark, Unreadable, mark_behind, read_text, unreadable
from wdh.configuration.yaml_words import say_yaml
from wdh.words.language import later, say
from wdh.words.phrases import clip

if TYPE_CHECKING:
    from wdh.configuration.nodes import Entry

MAX_DEPTH = 32
"""Mappings and lists inside each other; the known form needs 7."""

MAX_ENTRIES = 5000
"""Entries of one mapping or list; the longest of the known form are the spellings of a choice."""

MAX_VALUES = 50_000
"""Values in the whole file, with every alias written out."""

_LONG_TAG = re.compile(r"![^\s,\[\]{}]{300}")
"""The parser's time for a tag grows with the square of its length."""

_TAB = re.compile(r"^[ ]*\t", re.MULTILINE)

_CONFIGURATION = later("a mapping that starts with domains: (wdh demo writes an example)")
_MERGE = "<<"
Scalar = str | int | float | bool | None

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_MOST_DIGITS = 1000
"""How long a number may be written; int() and str() refuse more digits than 4300."""

_MOST_CHARACTERS = 10_000
"""How long a text may be; the longest of the known form are sentences."""

_UNUSABLE = re.compile("[\0\ud800-\udfff]")
"""Characters that an escape can put into a text, and that neither the warehouse nor a terminal takes."""

_OLD_BOOLEAN = re.compile(r"(yes|no|on|off)", re.IGNORECASE)
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")


class Place(Struct, frozen=True):
    """The marks that a fault names for a key and for its value.

    The value of a key that is a list, a mapping or nothing begins somewhere below: there the key is pointed at. In a
    list both are the place of the entry. A value that is an alias is pointed at where the alias stands, and what is
    inside of it where it is written: there it must be mended.
    """

    key: Mark
    value: Mark


class Document(Struct, frozen=True):
    """A file that YAML could read. ``faults`` are the things in it that YAML allows and we do not.

    ``doubtful`` are the paths of values that such a fault is about: nothing more needs to be said of them.
    ``tables`` are what mappings of settings say under from_table, which their values no longer have, by their paths.
    """

    path: Path
    value: Any
    places: Mapping[KeyPath, Place]
    faults: tuple[Fault, ...] = ()
    doubtful: frozenset[KeyPath] = frozenset()
    tables: Mapping[KeyPath, Any] = field(default_factory=dict)

    def place(self, path: KeyPath) -> Place:
        """Find the place of ``path``, or of the nearest thing around it that is in the file."""
        while path not in self.places:
            path = path[:-1]
        return self.places[path]


def read_document(path: Path, text: str | None = None, *, wanted: str = _CONFIGURATION) -> Document:
    """Read the file, or the ``text`` that is to stand in it. ``wanted`` says what it is, in a fault.

    Raises Unreadable where YAML cannot read it, SetupError where there is no readable file.
    """
    reading = _Reading(path, read_text(path) if text is None else text, wanted)
    value = reading.read()
    return Document(path, value, reading.places, tuple(reading.faults.values()), frozenset(reading.doubtful))


class _Reading(Struct):
    """The work of reading one file; lives for one call of read_document.

    ``faults`` are kept by place and message: a shared block is read once for every alias, and its faults told once.
    """

    path: Path
    text: str
    wanted: str
    places: dict[KeyPath, Place] = field(default_factory=dict)
    faults: dict[tuple[Mark, str], Fault] = field(default_factory=dict)
    doubtful: set[KeyPath] = field(default_factory=set)

    def read(self) -> Any:
        """Read the one document of the file. Raises Unreadable."""
        entries = self._compose()
        root = next(entries, None)
        if root is None:
            wanted = say(self.wanted)
            raise self._stop(
                Mark(1, 1),
                say("the file has only comments; it must be {wanted}", wanted=wanted)
                if self.text.strip()
                else say("the file is empty; it must be {wanted}", wanted=wanted),
            )
        mark = _mark(root.mark)
        if root.node.id != "mapping":
            raise self._stop(
                mark, say("the file must be {wanted}{hint}", wanted=say(self.wanted), hint=_hint(self.text))
            )
        self.places[()] = Place(mark, mark)
        second = next(entries, None)
        value = self._value(root, path=())
        if second is not None:
            message = say("a second document starts here; one file is one document, so remove the ---")
            self._fault(_mark(second.mark), (), message)
        return value

    def _compose(self) -> Iterator[Entry]:
        """Compose the document and find the start of a second; what cannot be read is Unreadable."""
        from ruamel.yaml.error import MarkedYAMLError

        from wdh.configuration.nodes import Bounds, Refusal, compose

        long_tag = _LONG_TAG.search(self.text)
        if long_tag is not None:
            message = say("a ! and more than 300 characters without a blank stand here, which YAML reads as a tag")
            raise self._stop(mark_behind(self.text[: long_tag.start()]), message)
        bounds = Bounds(depth=MAX_DEPTH, entries=MAX_ENTRIES, values=MAX_VALUES, characters=MAX_BYTES)
        try:
            yield from compose(self.text, bounds)
        except Refusal as error:
            raise self._stop(_mark(error.problem_mark), str(error.problem)) from error
        except MarkedYAMLError as error:
            raise self._syntax(error) from error
        except (ValueError, OverflowError) as error:  # the parser lets chr() refuse an escape such as "\UFFFFFFFF"
            message = say("the file is not YAML: an escape such as \\U in double quotes stands for no character")
            raise self._stop(Mark(1, 1), message) from error

    def _syntax(self, error: Any) -> Unreadable:
        found = error.problem_mark or error.context_mark
        if error.context_mark is not None and found.index >= len(self.text):
            found = error.context_mark  # what was opened and never closed is more use than the end of the file
        mark, lines = _mark(found), self.text.split("\n")
        line = lines[mark.line - 1] if mark.line <= len(lines) else ""
        if _TAB.match(line):
            tabs = len(_TAB.findall(self.text))
            more = say(" (and in {tabs} more lines)", tabs=tabs - 1) if tabs > 1 else ""
            return self._stop(mark, say("a tab stands here{more}; YAML indents with blanks only", more=more))
        said = say_yaml(error.problem or error.context)
        if error.context and error.problem:
            said = say("{context}, {problem}", context=say_yaml(error.context), problem=said)
        # The parser notices a line that is no key only when the next one goes deeper.
        return self._stop(
            mark,
            say("the file is not YAML: {said}{hint}", said=said, hint=_hint(chr(10).join(lines[: mark.line][-2:]))),
        )

    def _value(self, entry: Entry, *, path: KeyPath) -> Any:
        node = entry.node
        self._check_tag(node, path)
        if node.id == "scalar":
            return self._scalar(node, path=path)
        if len(path) >= MAX_DEPTH:
            raise self._stop(
                _mark(entry.mark), say("mappings and lists are nested more than {depth} deep", depth=MAX_DEPTH)
            )
        return self._mapping(node, path=path) if node.id == "mapping" else self._list(node, path=path)

    def _scalar(self, node: Any, *, path: KeyPath) -> Any:
        fault = find_unusable(node.value)
        if fault is not None:
            self._refuse(_mark(node.start_mark), path, fault)
            return ""
        if node.style or path in self.doubtful:
            return node.value
        doubt = find_doubt(node.value)
        if doubt is not None:
            self._refuse(_mark(node.start_mark), path, doubt)
            return node.value
        return resolve(node.value)

    def _list(self, node: Any, *, path: KeyPath) -> list[Any]:
        values: list[Any] = []
        for entry in node.value:
            here = (*path, len(values))
            mark = _mark(entry.mark)
            self.places[here] = Place(mark, mark)
            values.append(self._value(entry, path=here))
        return values

    def _mapping(self, node: Any, *, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, (entry, content) in self._pairs(node, path=path).items():
            here, mark = (*path, key), _mark(entry.mark)
            self.places[here] = Place(mark, _value_mark(entry, content))
            values[key] = self._value(content, path=here)
        return values

    def _pairs(self, node: Any, *, path: KeyPath) -> dict[str, tuple[Entry, Entry]]:
        """Read the keys of a mapping and of those that it merges, which come first and which its own overrule."""
        pairs: dict[str, tuple[Entry, Entry]] = {}
        for key, content in node.value:
            name = self._key(key, pairs, path=path)
            if name is not None:
                pairs[name] = key, content
        if _MERGE in pairs and not pairs[_MERGE][0].node.style:
            key, content = pairs.pop(_MERGE)
            pairs = self._merge(key, content, path=path) | pairs
            if len(pairs) > MAX_ENTRIES:
                message = say(
                    "the mapping has more than {most} keys with those it merges, which none here needs",
                    most=MAX_ENTRIES,
                )
                raise self._stop(_mark(key.mark), message)
        return pairs

    def _merge(self, key: Entry, content: Entry, *, path: KeyPath) -> dict[str, tuple[Entry, Entry]]:
        """Read the keys of the mappings that a merge key names; of equal keys the first counts."""
        here = (*path, _MERGE)
        if len(here) > MAX_DEPTH:
            raise self._stop(_mark(key.mark), say("mappings are merged more than {depth} deep", depth=MAX_DEPTH))
        self._check_tag(content.node, path)
        pairs: dict[str, tuple[Entry, Entry]] = {}
        for source in content.node.value if content.node.id == "sequence" else [content]:
            if source.node.id == "mapping":
                self._check_tag(source.node, path)
                for name, pair in self._pairs(source.node, path=here).items():
                    pairs.setdefault(name, pair)
            else:
                message = say("a merge key takes the alias of a mapping, or a list of such")
                self._refuse(_value_mark(key if source is content else source, source), path, message)
        return pairs

    def _key(self, entry: Entry, known: Mapping[str, tuple[Entry, Entry]], *, path: KeyPath) -> str | None:
        """Read a key as text; None, with a fault, for one that cannot be a key of ours."""
        node, mark = entry.node, _mark(entry.mark)
        if entry.is_alias or node.id != "scalar":
            self._refuse(mark, path, say("an alias, a list or a mapping as a key is not read; write the keys out"))
            return None
        key: str = node.value
        here = (*path, key)
        fault = find_unusable(key)
        if fault is not None:
            self._refuse(mark, path, say("the key {fault}", fault=fault))
            return None
        if node.anchor is not None or node.ctag is not None:
            self._fault(mark, here, say("a key has no anchor and no tag here; remove it"))
        meaning = key if node.style else resolve(key)
        if not isinstance(meaning, str):
            self._fault(
                mark,
                here,
                say('the key is {meaning} to YAML: put it in quotes, "{key}"', meaning=describe(meaning), key=key),
            )
        if key in known:
            first = _mark(known[key][0].mark).line
            self._fault(
                mark, here, say("the key is there twice, first in line {first}; remove one of them", first=first)
            )
            return None
        return key

    def _check_tag(self, node: Any, path: KeyPath) -> None:
        if node.ctag is not None:
            message = say(
                "the tag {tag} is not read; remove it, and put text in quotes", tag=clip(str(node.ctag), SHOWN)
            )
            self._refuse(_mark(node.start_mark), path, message)

    def _refuse(self, mark: Mark, path: KeyPath, message: str) -> None:
        self._fault(mark, path, message)
        self.doubtful.add(path)

    def _fault(self, mark: Mark, path: KeyPath, message: str) -> None:
        fault = Fault(str(self.path), mark.line, mark.column, show_path(path), message, code="not_readable")
        self.faults.setdefault((mark, message), fault)

    def _stop(self, mark: Mark, message: str) -> Unreadable:
        return unreadable(self.path, mark, message)


def _hint(line: str) -> str:
    return say("; a full-width ： is no colon to YAML, which wants a : and a blank") if "：" in line else ""


def _mark(mark: Any) -> Mark:
    return Mark(mark.line + 1, mark.column + 1)


def _value_mark(key: Entry, content: Entry) -> Mark:
    """Find what to point at for a value; see Place."""
    node = content.node
    is_shown = content.is_alias or (node.id == "scalar" and (node.value or node.style))
    return _mark(content.mark if is_shown else key.mark)


def resolve(text: str) -> Scalar:
    """Say what the unquoted ``text`` means: ``12`` is a number, ``0x1F`` too, ``Z0003`` is text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10)) if len(text) <= _MOST_DIGITS else math.inf
    return float(text) if _FLOAT.fullmatch(text) else text


def find_doubt(text: str) -> str | None:
    """Say why the unquoted ``text`` should not stand so: programs disagree about it. None where it is clear."""
    if _OLD_BOOLEAN.fullmatch(text):
        return say(
            '{text} is text to some readers of YAML and true or false to others: put text in quotes, "{text}", or '
            "write true or false",
            text=text,
        )
    if resolve(text) in (math.inf, -math.inf):
        return say("{text} is too large a number; if it is text, put it in quotes", text=clip(text, SHOWN))
    if _LEADING_ZERO.fullmatch(text):
        return say(
            "{text} is a code to people and a number to YAML, which drops the leading 0: put text in quotes, "
            '"{text}", or write the number without it',
            text=text,
        )
    return None


def find_unusable(text: str) -> str | None:
    """Say why no text here can be ``text``, however it is written. None where it can."""
    if len(text) > _MOST_CHARACTERS:
        return say(
            "is {count} characters long, and no text here has more than {most}", count=len(text), most=_MOST_CHARACTERS
        )
    found = _UNUSABLE.search(text)
    return (
        None
        if found is None
        else say("has the character U+{code:04X}, which no text can have; remove it", code=ord(found[0]))
    )
