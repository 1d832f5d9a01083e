"""What is told without jsonschema is what jsonschema tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as some
from jsonschema import Draft202012Validator, SchemaError

from wdh.configuration.quick_check import is_surely_contract, surely_keeps
from wdh_schemas import CONTRACTS, NAMES, read_contract

KEYS = some.sampled_from(("a", "b", "ab", "c d"))
NUMBERS = some.sampled_from((0, 1, -1, 2, 1.0, 0.5, -0.0, float("nan"), float("inf")))
PLAIN = some.none() | some.booleans() | NUMBERS | some.sampled_from(("", "a", "ab", "年金", "a b"))
VALUES = some.recursive(
    PLAIN, lambda inner: some.lists(inner, max_size=3) | some.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)
TYPES = some.sampled_from(("array", "boolean", "integer", "null", "number", "object", "string"))
PATTERNS = some.sampled_from((r"\S", "^a", r"^\S+$", "b$", "(a|b)+"))
COUNTS = some.integers(0, 3)


def contracts_with(inner: Any) -> Any:
    """Give contracts of any keywords whose parts are ``inner``, two or three in each."""
    keywords: Mapping[str, Any] = {
        "type": TYPES | some.lists(TYPES, min_size=1, max_size=3, unique=True),
        "enum": some.lists(PLAIN, max_size=3),
        "const": VALUES,
        **dict.fromkeys(("allOf", "anyOf", "oneOf"), some.lists(inner, min_size=1, max_size=2)),
        **dict.fromkeys(("not", "if", "then", "else", "items", "additionalProperties", "propertyNames"), inner),
        **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), COUNTS),
        **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), some.sampled_from((0, 1, 0.5))),
        "pattern": PATTERNS,
        "uniqueItems": some.booleans(),
        "required": some.lists(KEYS, max_size=2, unique=True),
        "properties": some.dictionaries(KEYS, inner, max_size=2),
        "patternProperties": some.dictionaries(PATTERNS, inner, max_size=1),
        "$ref": some.just("#/$defs/part"),
        "title": some.just("A title"),
        "derives": some.just("what JSON Schema does not know"),
    }
    entries = some.sampled_from(sorted(keywords)).flatmap(lambda key: some.tuples(some.just(key), keywords[key]))
    return some.lists(entries, max_size=4).map(dict)


CONTRACT = some.recursive(some.booleans() | contracts_with(some.booleans()), contracts_with, max_leaves=6)
ODD = some.sampled_from((None, -1, 1.5, "a", "object", [], ["a", "a"], ["string", 1], {"a": 1}, [{}], True))


def keeps(value: Any, contract: Any) -> bool:
    """Say what jsonschema does."""
    return not [*Draft202012Validator(contract).iter_errors(value)]


@given(VALUES, CONTRACT, CONTRACT)
@example({"a": float("nan")}, {"not": {"properties": {"a": {"minimum": 0}}}}, True)
@example(1.0, {"not": {"type": "integer"}}, True)
@example(True, {"enum": [1]}, True)
@example([1, 1.0], {"uniqueItems": True}, True)
@example({"a": 1, "c": 2}, {"patternProperties": {"^a": True}, "additionalProperties": False}, True)
def test_a_value_that_surely_keeps_a_contract_keeps_it_to_jsonschema(value: Any, contract: Any, part: Any) -> None:
    whole = {**contract, "$defs": {"part": part}} if isinstance(contract, dict) else contract
    try:
        kept = keeps(value, whole)
    except RecursionError:  # a part that refers to itself
        kept = False
    assert kept or not surely_keeps(value, whole)


TEXT, LIST, MAPPING = (
    ("", "a", "ab", "a b", "年金"),
    ([], [1], [1, "a"], [1, 1], [[]]),
    ({}, {"a": 1}, {"a": "", "c d": None}),
)
EACH = (None, True, False, 0, 1, 2, -1, 0.5, 1.0, 1.5, float("inf"), *TEXT, *LIST, *MAPPING)
KEYWORDS: Mapping[str, tuple[Any, ...]] = {
    "type": ("array", "boolean", "integer", "null", "number", "object", "string", ["string", "null"], ["integer"]),
    "enum": ([], [1, "a"], [True], [None, 0]),
    "const": (1, True, 0, "a", None),
    **dict.fromkeys(("allOf", "anyOf"), ([{"type": "string"}, {"minLength": 2}], [True, False], [False])),
    "not": ({"type": "string"}, {"minimum": 1}, False, True),
    "items": ({"type": "integer"}, False),
    "additionalProperties": ({"type": "integer"}, False),
    "propertyNames": ({"maxLength": 1}, False),
    "pattern": (r"\S", "^a$"),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), (0, 1, 2)),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), (0, 1, 0.5)),
    "uniqueItems": (True, False),
    "required": ([], ["a"], ["a", "c d"]),
    "properties": ({"a": {"type": "integer"}}, {"b": False}),
    "patternProperties": ({"^a": {"type": "integer"}}, {" ": False}),
}


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_each_keyword_is_told_as_jsonschema_tells_it(keyword: str) -> None:
    for wanted in KEYWORDS[keyword]:
        told = [(value, surely_keeps(value, {keyword: wanted})) for value in EACH]
        right = [(value, keeps(value, {keyword: wanted})) for value in EACH]
        # Whether lists and mappings are among the values of an enum is left to jsonschema.
        assert told == right or keyword in ("enum", "const")
        assert [each for each in told if isinstance(each[0], (str, int))] == [
            each for each in right if isinstance(each[0], (str, int))
        ]


@pytest.mark.parametrize("value", EACH, ids=repr)
def test_a_condition_is_told_as_jsonschema_tells_it(value: Any) -> None:
    contract = {"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"type": ["integer", "array"]}}
    for left_out in ("if", "then", "else", ""):
        asked = {key: part for key, part in contract.items() if key != left_out}
        assert surely_keeps(value, asked) == keeps(value, asked)


@given(CONTRACT, some.dictionaries(some.sampled_from(("type", "items", "minItems", "required", "enum", "title")), ODD))
@example({}, {"$ref": "#/a b"})
@example({}, {"properties": {"a": {"type": "strin"}}})
@example({}, {"anyOf": []})
@example({}, {"type": []})
@example({}, {"minItems": -1})
@example({}, {"maximum": True})
@example({}, {"$schema": "http://json-schema.org/draft-04/schema#"})
def test_what_surely_is_a_contract_is_one_to_jsonschema(contract: Any, odd: dict[str, Any]) -> None:
    written = {**contract, **odd} if isinstance(contract, dict) else odd or contract
    if is_surely_contract(written):
        try:
            Draft202012Validator.check_schema(written)
        except SchemaError as error:
            raise AssertionError(f"{written} is none: {error.message}") from error


@pytest.mark.parametrize("name", NAMES)
def test_the_contracts_of_wdh_are_told_without_jsonschema(name: str) -> None:
    assert is_surely_contract(read_contract(name)) or name not in CONTRACTS


def test_a_reference_to_another_contract_is_followed_and_one_to_nothing_is_not() -> None:
    refs = {"plans": {"schema": "s", "table": "t", "key": ["k"], "columns": {"k": {"from": "计划代码"}}}}
    assert surely_keeps(refs, read_contract("refs"))
    assert surely_keeps(refs, {"$ref": "refs.schema.json"})
    assert not surely_keeps({"plans": 5}, {"$ref": "refs.schema.json"})
    assert not surely_keeps(refs, {"$ref": "nothing.schema.json"})
    assert not surely_keeps(refs, {"$ref": "#/$defs/nothing"})
