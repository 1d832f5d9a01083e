"""Values against a contract (JSON Schema, draft 2020-12), with every breach in words for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from wdh.configuration.faults import PUT_IN_QUOTES, SHOWN, Breach, Code, KeyPath, describe, suggest
from wdh.configuration.keywords import FaultyPattern, Patterns, find_extra, find_faulty_pattern, identify, make_keywords
from wdh.configuration.quick_check import is_surely_contract, surely_keeps
from wdh.words.language import join, later, say
from wdh.words.phrases import clip
from wdh.words.spelling import near_match

_TYPES = {
    "string": later("text"),
    "integer": later("a whole number"),
    "number": later("a number"),
    "boolean": later("true or false"),
    "array": later("a list"),
    "object": later("a mapping"),
    "null": later("nothing"),
}


class FaultyContract(Exception):
    """A contract has a broken $ref or pattern: the value is not at fault."""


def find_breaches(value: Any, contract: Mapping[str, Any], *, root: KeyPath = ()) -> Iterator[Breach]:
    """Find everything in ``value`` that breaks ``contract``, each under its path behind ``root``.

    A key that is missing is not reported where a misspelt one beside it was meant. Raises FaultyContract where the
    contract refers to something that is not there, or has a pattern that is none or takes too long.
    """
    if surely_keeps(value, contract):
        return
    from jsonschema import Draft202012Validator, validators
    from referencing import Registry

    kind: Any = validators.extend(Draft202012Validator, make_keywords())  # type: ignore[no-untyped-call]
    registry: Any = Registry(retrieve=_retrieve)  # type: ignore[call-arg] # attrs hides the argument from mypy
    errors = tuple(_errors(kind(contract, registry=registry), value))
    meant = {(*root, *path) for error in errors for path in _meant(error)}
    seen: set[tuple[KeyPath, str]] = set()
    for error in errors:
        for breach in _explain(error, (*root, *error.absolute_path)):
            mark = (breach.path, breach.message)
            if mark not in seen and not (breach.at == "parent" and breach.path in meant):
                seen.add(mark)
                yield breach


def find_contract_fault(contract: Any) -> str | None:
    """Say what is wrong with a contract itself; None where it is a valid one."""
    if not is_surely_contract(contract):
        from jsonschema import Draft202012Validator, SchemaError

        try:
            Draft202012Validator.check_schema(contract)
        except SchemaError as error:
            return str(error.message)
    return find_faulty_pattern(contract)


def _errors(validator: Any, value: Any) -> Iterator[Any]:
    from referencing.exceptions import Unresolvable

    try:
        yield from validator.iter_errors(value)
    except (Unresolvable, FaultyPattern) as error:
        raise FaultyContract(str(error)) from error


def _retrieve(uri: str) -> Any:
    # Under the names that the contracts themselves use, so that an editor and wdh follow the same $ref.
    from referencing.exceptions import NoSuchResource
    from referencing.jsonschema import DRAFT202012

    from wdh_schemas import CONTRACTS, read_contract

    name = uri.removesuffix(".schema.json")
    if name not in CONTRACTS:
        raise NoSuchResource(ref=uri)  # type: ignore[call-arg] # the same
    return DRAFT202012.create_resource(read_contract(name))


def _explain(error: Any, path: KeyPath) -> Iterator[Breach]:
    """Put one error into words; one about several keys gives one breach for each.

    Where a contract says more than its rule can, its reason stands beside the rule in ``$comment``.
    """
    if "propertyNames" in error.absolute_schema_path:
        message = say("cannot be a name here: {reason}", reason=_reason(error) or error.message)
        yield Breach((*path, error.instance), message, at="key", code="wrong_value")
    elif error.validator == "required":
        yield from _missing(error, path)
    elif error.validator == "additionalProperties":
        known: Collection[str] = error.schema.get("properties", {})
        for key in _unknown_keys(error):
            near = _find_meant(key, error)
            advice = say("did you mean {near}?", near=near) if near is not None else suggest(key, known)
            message = say("is not a key here; {advice}", advice=advice)
            yield Breach((*path, key), message, at="key", code="unknown_key", near=near)
    else:
        sentence = _SENTENCES.get(error.validator, _other)
        yield Breach(path, sentence(error), code=_code(error), near=_near_value(error))


def _code(error: Any) -> Code:
    if error.validator == "type":
        return "wrong_type"
    return "unknown_value" if error.validator in ("enum", "const") else "wrong_value"


def _near_value(error: Any) -> str | None:
    if error.validator != "enum" or error.instance is None:
        return None
    return near_match(str(error.instance), list(map(str, error.validator_value)))


def _reason(error: Any) -> str | None:
    reason = error.schema.get("$comment")
    return None if reason is None else say(str(reason))


def _missing(error: Any, path: KeyPath) -> Iterator[Breach]:
    reason = _reason(error)
    for key in error.validator_value:
        if key not in error.instance:
            yield Breach(
                (*path, key),
                say("is missing") if reason is None else say("is missing: {reason}", reason=reason),
                at="parent",
                code="missing_key",
            )


def _meant(error: Any) -> Iterator[KeyPath]:
    """Give the paths of the keys that were probably meant by unknown ones."""
    if error.validator == "additionalProperties":
        near = (_find_meant(key, error) for key in _unknown_keys(error))
        yield from ((*error.absolute_path, name) for name in near if name is not None)


def _unknown_keys(error: Any) -> Iterator[str]:
    return iter(find_extra(error.instance, error.schema, Patterns()))


def _find_meant(key: str, error: Any) -> str | None:
    """Find the known key that was meant: one that is not there yet if it can be."""
    known: Collection[str] = error.schema.get("properties", {})
    return near_match(key, [name for name in known if name not in error.instance]) or near_match(key, known)


def _type(error: Any) -> str:
    wanted = [error.validator_value] if isinstance(error.validator_value, str) else list(error.validator_value)
    words = join(say(" or "), [say(_TYPES[name]) for name in wanted if name != "null"]) or say(_TYPES["null"])
    value = error.instance
    if value is None:
        return say("has no value; {words} is wanted", words=words)
    message = say("must be {words}, not {value}", words=words, value=describe(value))
    if "string" in wanted and isinstance(value, (int, float)):
        return message + say(PUT_IN_QUOTES)
    if isinstance(value, str) and "：" in value:
        return say("{message}; a full-width ： is no colon to YAML, which wants a : and a blank", message=message)
    if isinstance(value, str) and "array" in wanted:
        return say("{message}; write [{value}]", message=message, value=value)
    return message


def _enum(error: Any) -> str:
    known = [str(value) for value in error.validator_value]
    if error.instance is None:
        return say("has no value; one of {known} is wanted", known=", ".join(known))
    near = near_match(str(error.instance), known)
    message = say("{value} is none of {known}", value=describe(error.instance), known=", ".join(known))
    return message if near is None else say("{message}; did you mean {near}?", message=message, near=near)


def _at_least(error: Any) -> str:
    if error.validator_value == 1:
        return say("must not be empty")
    return say("must have at least {least} entries or characters", least=error.validator_value)


def _at_most(error: Any) -> str:
    return say(
        "has {count} characters, and at most {most} can stand here",
        count=len(error.instance),
        most=error.validator_value,
    )


def _pattern(error: Any) -> str:
    if not error.instance.strip():
        return say("must not be empty")
    reason = _reason(error) or say("it does not match {pattern}", pattern=error.validator_value)
    return say("{value} cannot stand here: {reason}", value=describe(error.instance), reason=reason)


def _unique(error: Any) -> str:
    counts = Counter(map(identify, error.instance))
    twice = next(item for item in error.instance if counts[identify(item)] > 1)
    return say("{twice} is there twice", twice=clip(repr(twice), SHOWN))


def _bound(sentence: str) -> Callable[[Any], str]:
    return lambda error: say(sentence, limit=error.validator_value, value=error.instance)


def _other(error: Any) -> str:
    return str(error.message)


_SENTENCES: dict[str | None, Callable[[Any], str]] = {
    "type": _type,
    "enum": _enum,
    "not": lambda error: _reason(error) or str(error.message),
    "pattern": _pattern,
    "uniqueItems": _unique,
    "minItems": _at_least,
    "maxItems": lambda error: say(
        "has {count} entries; at most {most} can stand here", count=len(error.instance), most=error.validator_value
    ),
    "minLength": _at_least,
    "minProperties": _at_least,
    "maxProperties": lambda error: say(
        "has {count} keys; at most {most} can stand here", count=len(error.instance), most=error.validator_value
    ),
    "maxLength": _at_most,
    "minimum": _bound(later("must be at least {limit}, not {value}")),
    "maximum": _bound(later("must be at most {limit}, not {value}")),
    "exclusiveMinimum": _bound(later("must be more than {limit}, not {value}")),
    "exclusiveMaximum": _bound(later("must be less than {limit}, not {value}")),
}
