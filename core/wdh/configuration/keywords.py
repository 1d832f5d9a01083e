"""Keywords of JSON Schema whose own work in the package jsonschema may never end, done in bounded time."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any, Final

from wdh.configuration.faults import SHOWN
from wdh.words.expressions import Expression, TooSlow, compile_expression
from wdh.words.language import say
from wdh.words.phrases import clip

_LONGEST: Final = 10_000
"""How long a pattern of a contract may be: a package writes some by its code."""


class FaultyPattern(Exception):
    """A contract has a pattern that is no regular expression, or takes too long."""


class Patterns:
    """The patterns of a contract, compiled as they are met."""

    def __init__(self) -> None:
        self._known: dict[str, Expression] = {}

    def are_in(self, pattern: str, text: str) -> bool:
        """Say whether ``pattern`` is found in ``text``. Raises FaultyPattern."""
        try:
            if pattern not in self._known:
                self._known[pattern] = compile_expression(pattern, longest=_LONGEST)
            return self._known[pattern].search(text) is not None
        except (ValueError, TooSlow) as error:
            raise FaultyPattern(
                say("the pattern {pattern!r} {error}", pattern=clip(pattern, SHOWN), error=error)
            ) from error


def make_keywords() -> Mapping[str, Any]:
    """Make the keywords for one validation, in the form that jsonschema asks for."""
    patterns = Patterns()
    return {
        "pattern": partial(_pattern, patterns),
        "patternProperties": partial(_pattern_properties, patterns),
        "additionalProperties": partial(_additional_properties, patterns),
        "uniqueItems": _unique_items,
    }


def _pattern(patterns: Patterns, validator: Any, wanted: str, instance: Any, _: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    if validator.is_type(instance, "string") and not patterns.are_in(wanted, instance):
        yield ValidationError(
            say("{instance!r} does not match {wanted!r}", instance=clip(instance, SHOWN), wanted=wanted)
        )


def _pattern_properties(patterns: Patterns, validator: Any, wanted: Any, instance: Any, _: Any) -> Iterator[Any]:
    found = instance if validator.is_type(instance, "object") else {}
    for written, contract in wanted.items():
        for key in (key for key in found if patterns.are_in(written, key)):
            yield from validator.descend(instance[key], contract, path=key, schema_path=written)


def _additional_properties(
    patterns: Patterns, validator: Any, contract: Any, instance: Any, schema: Any
) -> Iterator[Any]:
    from jsonschema import ValidationError

    extra = find_extra(instance, schema, patterns) if validator.is_type(instance, "object") else []
    if validator.is_type(contract, "object"):
        for key in extra:
            yield from validator.descend(instance[key], contract, path=key)
    elif not contract and extra:
        yield ValidationError(say("the keys {extra} are not known", extra=clip(", ".join(extra), SHOWN)))


def _unique_items(validator: Any, wanted: bool, instance: Any, _: Any) -> Iterator[Any]:
    from jsonschema import ValidationError

    if wanted and validator.is_type(instance, "array") and len(set(map(identify, instance))) < len(instance):
        yield ValidationError(say("an entry is there twice"))


def find_extra(instance: Mapping[str, Any], schema: Mapping[str, Any], patterns: Patterns) -> list[str]:
    """Find the keys of a mapping that its contract does not name. Raises FaultyPattern."""
    known: Collection[str] = schema.get("properties", {})
    written: Collection[str] = schema.get("patternProperties", {})
    return [key for key in instance if key not in known and not any(patterns.are_in(each, key) for each in written)]


def identify(item: Any) -> tuple[bool, Any]:
    """Give what two items share just where JSON Schema takes them for equal: 1 is 1.0, and true is no 1."""
    is_plain = item is None or isinstance(item, (str, int, float, bool))
    return isinstance(item, bool), item if is_plain else json.dumps(item, sort_keys=True)


def find_faulty_pattern(contract: Any) -> str | None:
    """Say which pattern of a contract is no regular expression; None: all are."""
    for written in _find_patterns(contract):
        try:
            compile_expression(written, longest=_LONGEST)
        except ValueError as error:
            return say("the pattern {written!r} {error}", written=clip(written, SHOWN), error=error)
    return None


def _find_patterns(contract: Any) -> Iterator[str]:
    if isinstance(contract, Mapping):
        for key, value in contract.items():
            if key == "pattern" and isinstance(value, str):
                yield value
            elif key == "patternProperties" and isinstance(value, Mapping):
                yield from value
            if key not in ("default", "enum", "const", "examples"):
                yield from _find_patterns(value)
    elif isinstance(contract, list):
        for value in contract:
            yield from _find_patterns(value)
