"""The shared strings of a workbook: which of them look like formulas, and a copy of those that one sheet uses."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Final
from xml.etree import ElementTree

from wdh.mending.elements import DECLARATION, MAIN, name_of, read_events, write_element
from wdh.mending.looks import might_be_formula

Chunks = Callable[[], Generator[bytes, None, None]]
"""Reads the part from its start."""

_START: Final = re.compile(rb'<sst\s[^<>]*xmlns="(?:http://schemas\.openxml|http://purl\.oclc)[^<>"]*"[^<>]*>')
_TEXT: Final = rb"[^<&\x00-\x08\x0b\x0c\x0e-\x1f]*(?:&(?:amp|lt|gt|quot|apos);[^<&\x00-\x08\x0b\x0c\x0e-\x1f]*)*"
_PLAIN: Final = re.compile(rb'\s*<si>\s*<t(?: xml:space="preserve")?>(%b)</t>\s*</si>' % _TEXT)
_END: Final = b"</si>"
_EMPTY: Final = b"<si><t/></si>"
_FORMULA: Final = re.compile(rb"[=+\-@\t\r]|_x00(?:3[Dd]|2[BbDd]|40|09|0[Dd])_")
_WITHOUT: Final = ("rPh", "phoneticPr")
_WRITTEN: Final = 1_000

Item = tuple[bytes, bool]
"""A string as XML, and whether it looks like a formula."""


class _Unusual(Exception):
    """The part is not written as most are."""


class Strings:
    """The strings of a part. ``formulas`` are the numbers of those that look like formulas; there are ``count``."""

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks
        self._items: Callable[[Chunks], Iterator[Item]] = _split_items
        try:
            self.formulas, self.count = self._scan()
        except _Unusual:
            self._items = _parse_items
            self.formulas, self.count = self._scan()

    def _scan(self) -> tuple[frozenset[int], int]:
        found, count = set[int](), 0
        for _, is_formula in self._items(self._chunks):
            if is_formula:
                found.add(count)
            count += 1
        return frozenset(found), count

    def write(self, used: bytearray) -> Iterator[bytes]:
        """Write the part with the strings whose place in ``used`` is not 0; the others are empty."""
        yield f'{DECLARATION}<sst xmlns="{MAIN}">'.encode()
        held: list[bytes] = []
        for place, (item, _) in enumerate(self._items(self._chunks)):
            held.append(item if used[place] else _EMPTY)
            if len(held) == _WRITTEN:
                yield b"".join(held)
                held = []
        yield b"".join((*held, b"</sst>"))


def _split_items(chunks: Chunks) -> Iterator[Item]:
    """Give the strings of a part that is written as most are. Raises _Unusual over others."""
    rest, is_begun = b"", False
    with closing(chunks()) as reading:
        for chunk in reading:
            rest += chunk
            if not is_begun:
                start = _START.search(rest)
                if start is None or b"<si" in rest[: start.start()]:
                    raise _Unusual
                rest, is_begun = rest[start.end() :], True
            end = rest.rfind(_END) + len(_END)
            if end < len(_END):
                continue
            yield from _read_items(rest[:end])
            rest = rest[end:]
    if rest.strip() != b"</sst>":
        raise _Unusual


def _read_items(text: bytes) -> Iterator[Item]:
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise _Unusual from error
    for item in text.split(_END)[:-1]:
        plain = _PLAIN.fullmatch(whole := item + _END)
        if plain is not None and b"]]>" not in plain[1]:
            yield whole, _FORMULA.match(plain[1]) is not None
        else:
            yield from _parse_item(whole)


def _parse_item(item: bytes) -> Iterator[Item]:
    try:
        root = ElementTree.fromstring(f'<sst xmlns="{MAIN}">'.encode() + item + b"</sst>")  # noqa: S314 - guarded
    except ElementTree.ParseError as error:
        raise _Unusual from error
    for node in root:
        if name_of(node) != "si":
            raise _Unusual
        yield _write_item(node)


def _write_item(node: ElementTree.Element) -> Item:
    text = "".join(each.text or "" for each in node.iter() if name_of(each) == "t")
    return write_element(node, without=_WITHOUT).encode(), might_be_formula(text)


def _parse_items(chunks: Chunks) -> Iterator[Item]:
    """Give the strings of any part."""
    root: ElementTree.Element | None = None
    with closing(chunks()) as reading:
        for event, node in read_events(reading):
            root = node if root is None else root
            if event == "end" and name_of(node) == "si":
                yield _write_item(node)
                root.clear()
