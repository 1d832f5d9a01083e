"""The nodes of a YAML text as ruamel.yaml composes them: within bounds, and with the place of every alias.

Importing this module imports ruamel.yaml, so it is imported where a file is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import Struct
from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import AliasEvent, MappingStartEvent, ScalarEvent
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from wdh.words.language import say


class Refusal(MarkedYAMLError):
    """The text is YAML, and ``problem`` says why it is not read any further than ``problem_mark``."""


class Bounds(Struct, frozen=True):
    """Limits of a text, every alias counted as the block that it stands for."""

    depth: int
    entries: int
    values: int
    characters: int


class Entry(NamedTuple):
    """A node and the mark of the place where it stands: of the alias, where one stands for the node.

    A collection holds entries. ``ctag`` of a node is the tag that is written, None where there is none.
    """

    node: Any
    mark: Any
    is_alias: bool = False


def compose(text: str, bounds: Bounds) -> Iterator[Entry]:
    """Compose the first document if it is a mapping; of any other, and of a second, give the start only.

    Raises MarkedYAMLError.
    """
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.Composer = _Composer
    yaml.composer.bounds = bounds
    return yaml.compose_all(text)  # type: ignore[no-any-return]


class _Composer(Composer):
    bounds: Bounds

    def __init__(self, loader: Any) -> None:
        super().__init__(loader=loader)
        self.level = self.values = self.characters = 0
        self.sizes: dict[str, tuple[int, int]] = {}

    def compose_document(self) -> Entry:
        start = self.parser.peek_event()
        if start.version is not None and tuple(start.version) != (1, 2):
            raise _refuse(start, say("the file is read as YAML 1.2; remove the line %YAML above"))
        if self.values:  # one document was composed before
            return _give_start(start)
        return super().compose_document()  # type: ignore[no-any-return]

    def compose_node(self, parent: Any, index: Any) -> Entry:
        event = self.parser.peek_event()
        if parent is None and not isinstance(event, MappingStartEvent):
            return _give_start(event)
        is_key = isinstance(parent, MappingNode) and index is None
        most = self.bounds.entries
        if isinstance(parent, SequenceNode) and index >= most:
            raise _refuse(event, say("the list has more than {most} entries, which no key here needs", most=most))
        if isinstance(parent, MappingNode) and len(parent.value) >= most:
            raise _refuse(event, say("the mapping has more than {most} keys, which none here needs", most=most))
        if isinstance(event, AliasEvent):
            return self._compose_alias(event)
        if event.anchor in self.anchors:
            first = self.anchors[event.anchor].start_mark.line + 1
            raise _refuse(
                event,
                say(
                    "the anchor &{anchor:.100} is there twice, first in line {first}; rename one",
                    anchor=event.anchor,
                    first=first,
                ),
            )
        before = self.values, self.characters
        if isinstance(event, ScalarEvent):
            self._count(event, values=not is_key, characters=len(event.value))
        else:
            self._count(event, values=1)
            if self.level >= self.bounds.depth:
                raise _refuse(
                    event, say("mappings and lists are nested more than {depth} deep", depth=self.bounds.depth)
                )
        self.level += 1
        node = super().compose_node(parent, index)
        self.level -= 1
        node.ctag = event.ctag
        if event.anchor is not None:
            self.sizes[event.anchor] = self.values - before[0], self.characters - before[1]
        return Entry(node, event.start_mark)

    def _compose_alias(self, event: AliasEvent) -> Entry:
        name = f"{event.anchor:.100}"
        if event.anchor not in self.anchors:
            raise _refuse(
                event,
                say("the alias *{name} names no anchor above it; write &{name} before the value it means", name=name),
            )
        if event.anchor not in self.sizes:
            raise _refuse(
                event, say("the alias *{name} stands inside the value that it names; write the value out", name=name)
            )
        values, characters = self.sizes[event.anchor]
        self._count(event, values=max(1, values), characters=characters)
        self.parser.get_event()
        return Entry(self.anchors[event.anchor], event.start_mark, is_alias=True)

    def _count(self, event: Any, *, values: int, characters: int = 0) -> None:
        self.values += values
        self.characters += characters
        if self.values > self.bounds.values:
            most = self.bounds.values
            message = say("the file has more than {most} values, which no configuration needs", most=most)
        elif self.characters > self.bounds.characters:
            most = self.bounds.characters
            message = say("the file has more than {most} characters, which no configuration needs", most=most)
        else:
            return
        if isinstance(event, AliasEvent):
            message = say("with what *{anchor:.100} stands for, {message}", anchor=event.anchor, message=message)
        raise _refuse(event, message)


def _give_start(event: Any) -> Entry:
    return Entry(ScalarNode(None, ""), event.start_mark)


def _refuse(event: Any, message: str) -> Refusal:
    return Refusal(None, None, message, event.start_mark)
