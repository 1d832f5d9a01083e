"""The YAML library's own sentences, in the language that is spoken."""

from __future__ import annotations

import re
from string import ascii_lowercase
from typing import Final

from wdh.words.language import later, say

_PART: Final = re.compile(r"'[^']*'|\"[^\"]*\"|<[^>]*>|[0-9]+")
"""The parts that change from one sentence of the library to the next: characters, and words for pieces of a file."""

SENTENCES: Final = (
    later("could not find expected {a}"),
    later("duplicate tag handle {a}"),
    later("expected URI escape sequence of {a} hexdecimal numbers, but found {b}"),
    later("expected URI, but found {a}"),
    later("expected a comment or a line break, but found {a}"),
    later("expected a digit or {a}, but found {b}"),
    later("expected a digit, but found {a}"),
    later("expected alphabetic or numeric character, but found {a}"),
    later("expected chomping or indentation indicators, but found {a}"),
    later("expected escape sequence of {a} hexdecimal numbers, but found {b}"),
    later("expected indentation indicator in the range {a}-{b}, but found {c}"),
    later("expected the node content, but found {a}"),
    later("expected {a} but found {b}"),
    later("expected {a} or {b}, but got {c}"),
    later("expected {a}, but found {b}"),
    later("found character {a} that cannot start any token"),
    later("found duplicate YAML directive"),
    later("found incompatible YAML document (version {a}.* is required)"),
    later("found non-comment content after document end marker, {a}"),
    later("found undefined tag handle {a}"),
    later("found unexpected document separator"),
    later("found unexpected end of stream"),
    later("found unexpected {a}"),
    later("found unknown escape character {a}"),
    later("mapping keys are not allowed here"),
    later("mapping values are not allowed here"),
    later("more indented follow up line than first in a block scalar"),
    later("sequence entries are not allowed here"),
    later("while parsing a block collection"),
    later("while parsing a block mapping"),
    later("while parsing a block node"),
    later("while parsing a flow mapping"),
    later("while parsing a flow node"),
    later("while parsing a flow sequence"),
    later("while parsing a node"),
    later("while parsing a tag"),
    later("while scanning a block scalar"),
    later("while scanning a directive"),
    later("while scanning a double-quoted scalar"),
    later("while scanning a plain scalar"),
    later("while scanning a quoted scalar"),
    later("while scanning a simple key"),
    later("while scanning a tag"),
    later("while scanning an alias"),
    later("while scanning an anchor"),
    later("while scanning an tag"),
    later("while scanning for the next token"),
)
"""The sentences of the library about what people write; ``{a}`` is the first of their parts that change."""


def say_yaml(sentence: str) -> str:
    """Give a sentence of the library; one that is not among SENTENCES, which have three such parts at most, stays."""
    parts: list[str] = _PART.findall(sentence)
    names = iter(ascii_lowercase * (1 + len(parts) // len(ascii_lowercase)))
    template = _PART.sub(lambda _: f"{{{next(names)}}}", sentence)
    if template not in SENTENCES:
        return sentence
    return say(template, **dict(zip(ascii_lowercase, parts, strict=False)))
