"""Reports and errors such as a plugin is told, made of the contract of the report: with every key, and with few."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wdh_schemas import REPORT, read_contract

_NOT_OF_SUCCESS = "error"
_VETO = "a reason (wdh-other 1.0)"
_TEXT: Mapping[str, Any] = {"type": "string"}


def sample_reports() -> Mapping[str, Mapping[str, Any]]:
    """Make documents for ``run_finished``, by what they are: a committed run with every key that there is, and others.

    A list of the full one has an entry with all of its keys, and one with those that are always there.
    """
    contract = read_contract(REPORT)
    full = _fill(contract, contract, whole=True)
    least = _fill(contract, contract, whole=False) | {
        key: _fill(contract["properties"][key], contract, whole=False) for key in contract["else"]["required"]
    }
    for document in (full, least):
        document.pop(_NOT_OF_SUCCESS, None)
    return {
        "a plan that found nothing": least | {"executed": False},
        "an unchanged run": least | {"executed": False, "unchanged_since": "5b6c"},
        "a vetoed run": least
        | {"executed": True, "skip_facts": True, "vetoes": [_VETO], "facts": {**least["facts"], "vetoed": [_VETO]}},
        "a committed run": full | {"executed": True, "unchanged_since": None},
    }


def sample_errors() -> Mapping[str, Mapping[str, Any]]:
    """Make documents for ``run_failed``, by what they are."""
    cell = {"file": "2024-11.xlsx", "sheet": "Sheet1", "cell": "B7", "value": "#REF!"}
    return {
        "an error without facts": {"kind": "RuntimeError", "exit_code": 1, "message": "a fault of wdh", "facts": {}},
        "a cell that cannot be read": {"kind": "DataError", "exit_code": 3, "message": "B7: #REF!", "facts": cell},
        "a lost connection": {
            "kind": "OutcomeUnknown",
            "exit_code": 5,
            "message": "The connection was lost during COMMIT.",
            "facts": {"database": "the warehouse", "places": ["A", "B"], "rejected_rows": 2},
        },
    }


def _fill(entry: Mapping[str, Any], contract: Mapping[str, Any], *, whole: bool) -> Any:
    """Make a value that keeps a contract: as much as it describes where it is to be ``whole``, else as little."""
    if "$ref" in entry:
        return _fill(contract["$defs"][entry["$ref"].rpartition("/")[2]], contract, whole=whole)
    if "const" in entry:
        return entry["const"]
    kinds = [each.get("type") for each in entry.get("anyOf", ())] or entry.get("type", "object")
    if not whole and "null" in kinds:
        return None
    if "anyOf" in entry:
        return _fill(entry["anyOf"][0], contract, whole=whole)
    if "enum" in entry:
        return entry["enum"][0]
    kind, least = kinds if isinstance(kinds, str) else kinds[0], entry.get("minItems", 0)
    if kind == "object":
        properties = entry.get("properties", {})
        wanted = properties if whole else entry.get("required", ())
        made = {key: _fill(properties[key], contract, whole=whole) for key in wanted}
        if whole and isinstance(more := entry.get("additionalProperties"), dict):
            made["name"] = _fill(more, contract, whole=True)
        return made
    if kind == "array":
        return (
            _fill_array(entry, contract) if whole else [_fill(entry.get("items", _TEXT), contract, whole=False)] * least
        )
    return {"string": "text", "integer": 1, "number": 1.5, "boolean": whole}[kind]


def _fill_array(entry: Mapping[str, Any], contract: Mapping[str, Any]) -> list[Any]:
    items = entry.get("items", _TEXT)
    first, second = (_fill(items, contract, whole=whole) for whole in (True, False))
    return [first] if second is None else [first, second]
