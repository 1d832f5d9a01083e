"""What the YAML library says of a file, in the language that is spoken."""

from __future__ import annotations

import re
from typing import Final

from wdh.words.language import later, say

_PART: Final = re.compile(r"'[^']*'|\"[^\"]*\"|<[^>]*>|[0-9]+")
"""What changes from one sentence of the library to the next: characters, and what it calls the pieces of a file."""

SENTENCES: Final = (
    later("could not find expected {0}"),
    later("duplicate tag handle {0}"),
    later("expected URI escape sequence of {0} hexdecimal numbers, but found {1}"),
    later("expected URI, but found {0}"),
    later("expected a comment or a line break, but found {0}"),
    later("expected a digit or {0}, but found {1}"),
    later("expected a digit, but found {0}"),
    later("expected alphabetic or numeric character, but found {0}"),
    later("expected chomping or indentation indicators, but found {0}"),
    later("expected escape sequence of {0} hexdecimal numbers, but found {1}"),
    later("expected indentation indicator in the range {0}-{1}, but found {2}"),
    later("expected the node content, but found {0}"),
    later("expected {0} but found {1}"),
    later("expected {0} or {1}, but got {2}"),
    later("expected {0}, but found {1}"),
    later("found character {0} that cannot start any token"),
    later("found duplicate YAML directive"),
    later("found incompatible YAML document (version {0}.* is required)"),
    later("found non-comment content after document end marker, {0}"),
    later("found undefined tag handle {0}"),
    later("found unexpected document separator"),
    later("found unexpected end of stream"),
    later("found unexpected {0}"),
    later("found unknown escape character {0}"),
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
"""The sentences of the library about what people write; ``{0}`` is the first of their parts that change."""


def say_yaml(sentence: str) -> str:
    """Give a sentence of the library; one that is not among SENTENCES stays as it is."""
    parts: list[str] = _PART.findall(sentence)
    places = iter(range(len(parts)))
    template = _PART.sub(lambda _: f"{{{next(places)}}}", sentence)
    return say(template).format(*parts) if template in SENTENCES else sentence
