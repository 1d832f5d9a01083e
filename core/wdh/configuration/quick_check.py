"""Values that surely keep a contract: told without the package jsonschema, whose import takes far longer than this.

What is not certain here is left to jsonschema, which also says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from msgspec import Struct

from wdh.configuration.keywords import FaultyPattern, Patterns, find_extra, identify

_SORTS: Final[Mapping[type, str]] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    list: "array",
    dict: "object",
    type(None): "null",
}
_TYPES: Final = frozenset(_SORTS.values())
_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_PLAIN_REFERENCE: Final = re.compile(r"(?:[a-z_]+\.schema\.json)?#?(?:/[\w$]+)*", re.ASCII)

_LEFT_TO_JSONSCHEMA: Final = frozenset(
    (
        "$anchor",
        "$dynamicAnchor",
        "$dynamicRef",
        "$id",
        "$recursiveAnchor",
        "$recursiveRef",
        "$vocabulary",
        "contains",
        "contentEncoding",
        "contentMediaType",
        "contentSchema",
        "definitions",
        "dependencies",
        "dependentRequired",
        "dependentSchemas",
        "format",
        "maxContains",
        "minContains",
        "multipleOf",
        "oneOf",
        "prefixItems",
        "unevaluatedItems",
        "unevaluatedProperties",
    )
)
"""Keywords of JSON Schema that a contract of wdh hardly ever has."""


class _NotCertain(Exception):
    """Only jsonschema can tell."""


def surely_keeps(value: Any, contract: Any) -> bool:
    """Say whether a value surely keeps a contract, which surely is one."""
    try:
        return is_surely_contract(contract) and _Root(contract, Patterns()).keeps(value, contract)
    except (_NotCertain, FaultyPattern, RecursionError):
        return False


def is_surely_contract(contract: Any) -> bool:
    """Say whether something surely is a JSON Schema, but for its patterns."""
    if not isinstance(contract, dict):
        return isinstance(contract, bool)
    return _LEFT_TO_JSONSCHEMA.isdisjoint(contract) and all(
        key not in _FORMS or _FORMS[key](value) for key, value in contract.items()
    )


def _is_type(value: Any) -> bool:
    return (isinstance(value, str) and value in _TYPES) or (_are_names(value) and {*value} <= _TYPES and value != [])


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(type(name) is str for name in value) and len({*value}) == len(value)


def _are_contracts(value: Any) -> bool:
    return isinstance(value, dict) and all(
        type(key) is str and is_surely_contract(contract) for key, contract in value.items()
    )


_FORMS: Final[Mapping[str, Callable[[Any], bool]]] = {
    **dict.fromkeys(("$comment", "description", "pattern", "title"), lambda value: type(value) is str),
    **dict.fromkeys(("$defs", "patternProperties", "properties"), _are_contracts),
    **dict.fromkeys(
        ("additionalProperties", "else", "if", "items", "not", "propertyNames", "then"), is_surely_contract
    ),
    **dict.fromkeys(
        ("allOf", "anyOf"),
        lambda value: isinstance(value, list) and value != [] and all(map(is_surely_contract, value)),
    ),
    **dict.fromkeys(
        ("maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties"),
        lambda value: type(value) is int and value >= 0,
    ),
    **dict.fromkeys(
        ("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum"), lambda value: type(value) in (int, float)
    ),
    **dict.fromkeys(("deprecated", "readOnly", "uniqueItems", "writeOnly"), lambda value: type(value) is bool),
    **dict.fromkeys(("enum", "examples"), lambda value: isinstance(value, list)),
    "$ref": lambda value: type(value) is str and _PLAIN_REFERENCE.fullmatch(value) is not None,
    "$schema": lambda value: value == _DRAFT,
    "required": _are_names,
    "type": _is_type,
}
"""Say whether the value of a keyword has its form. Any other keyword says nothing to JSON Schema."""


class _Root(Struct, frozen=True):
    """The contract to whose parts references without a name lead."""

    contract: Mapping[str, Any]
    patterns: Patterns

    def keeps(self, value: Any, contract: Any) -> bool:
        """Say whether a value keeps a contract, which is a part of this one. Raises _NotCertain and FaultyPattern."""
        if isinstance(contract, bool):
            return contract
        kind = type(value)
        if kind not in _SORTS or value != value or (kind is dict and any(type(key) is not str for key in value)):
            raise _NotCertain
        return all(
            check(self, value, contract)
            for keyword, (kinds, check) in _CHECKS.items()
            if keyword in contract and (not kinds or kind in kinds)
        )

    def refer(self, reference: str) -> tuple[_Root, Any]:
        """Give the contract that a reference means, with its root."""
        name, _, pointer = reference.partition("#")
        root = _Root(_read_root(name), self.patterns) if name else self
        found: Any = root.contract
        for part in pointer.split("/")[1:]:
            if not isinstance(found, dict) or part not in found:
                raise _NotCertain
            found = found[part]
        return root, found


@cache
def _read_root(name: str) -> Mapping[str, Any]:
    from wdh_schemas import CONTRACTS, read_contract

    own = name.removesuffix(".schema.json")
    if own not in CONTRACTS:
        raise _NotCertain
    return read_contract(own)


def _keeps_reference(root: _Root, value: Any, contract: Mapping[str, Any]) -> bool:
    other, found = root.refer(contract["$ref"])
    return other.keeps(value, found)


def _has_type(_: _Root, value: Any, contract: Mapping[str, Any]) -> bool:
    wanted = [contract["type"]] if isinstance(contract["type"], str) else contract["type"]
    if type(value) is float and value.is_integer() and "integer" in wanted:  # 1.0 is an integer
        return True
    return _SORTS[type(value)] in wanted or (type(value) is int and "number" in wanted)


def _is_one_of(value: Any, values: Sequence[Any]) -> bool:
    if any(isinstance(each, (dict, list)) for each in (value, *values)):
        raise _NotCertain
    return identify(value) in map(identify, values)


def _keeps_pattern_properties(root: _Root, value: dict[str, Any], contract: Mapping[str, Any]) -> bool:
    return all(
        root.keeps(value[key], own)
        for written, own in contract["patternProperties"].items()
        for key in value
        if root.patterns.are_in(written, key)
    )


def _keeps_additional(root: _Root, value: dict[str, Any], contract: Mapping[str, Any]) -> bool:
    extra = find_extra(value, contract, root.patterns)
    return all(root.keeps(value[key], contract["additionalProperties"]) for key in extra)


_ALL: Final = ()
_TEXT, _NUMBER, _LIST, _MAPPING = (str,), (int, float), (list,), (dict,)
_CHECKS: Final[Mapping[str, tuple[Sequence[type], Callable[[_Root, Any, Mapping[str, Any]], bool]]]] = {
    "$ref": (_ALL, _keeps_reference),
    "type": (_ALL, _has_type),
    "enum": (_ALL, lambda _, value, contract: _is_one_of(value, contract["enum"])),
    "const": (_ALL, lambda _, value, contract: _is_one_of(value, [contract["const"]])),
    "allOf": (_ALL, lambda root, value, contract: all(root.keeps(value, each) for each in contract["allOf"])),
    "anyOf": (_ALL, lambda root, value, contract: any(root.keeps(value, each) for each in contract["anyOf"])),
    "not": (_ALL, lambda root, value, contract: not root.keeps(value, contract["not"])),
    "if": (
        _ALL,
        lambda root, value, contract: root.keeps(
            value, contract.get("then" if root.keeps(value, contract["if"]) else "else", True)
        ),
    ),
    "minLength": (_TEXT, lambda _, value, contract: len(value) >= contract["minLength"]),
    "maxLength": (_TEXT, lambda _, value, contract: len(value) <= contract["maxLength"]),
    "pattern": (_TEXT, lambda root, value, contract: root.patterns.are_in(contract["pattern"], value)),
    "minimum": (_NUMBER, lambda _, value, contract: value >= contract["minimum"]),
    "maximum": (_NUMBER, lambda _, value, contract: value <= contract["maximum"]),
    "exclusiveMinimum": (_NUMBER, lambda _, value, contract: value > contract["exclusiveMinimum"]),
    "exclusiveMaximum": (_NUMBER, lambda _, value, contract: value < contract["exclusiveMaximum"]),
    "items": (_LIST, lambda root, value, contract: all(root.keeps(each, contract["items"]) for each in value)),
    "minItems": (_LIST, lambda _, value, contract: len(value) >= contract["minItems"]),
    "maxItems": (_LIST, lambda _, value, contract: len(value) <= contract["maxItems"]),
    "uniqueItems": (
        _LIST,
        lambda _, value, contract: not contract["uniqueItems"] or len({*map(identify, value)}) == len(value),
    ),
    "required": (_MAPPING, lambda _, value, contract: all(key in value for key in contract["required"])),
    "properties": (
        _MAPPING,
        lambda root, value, contract: all(
            root.keeps(value[key], own) for key, own in contract["properties"].items() if key in value
        ),
    ),
    "patternProperties": (_MAPPING, _keeps_pattern_properties),
    "additionalProperties": (_MAPPING, _keeps_additional),
    "propertyNames": (
        _MAPPING,
        lambda root, value, contract: all(root.keeps(key, contract["propertyNames"]) for key in value),
    ),
    "minProperties": (_MAPPING, lambda _, value, contract: len(value) >= contract["minProperties"]),
    "maxProperties": (_MAPPING, lambda _, value, contract: len(value) <= contract["maxProperties"]),
}
"""The types of values that each keyword asks something of (none: all), and the function that answers."""
