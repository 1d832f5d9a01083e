"""Reports for programs, held to their contract: each key that is there has to be described."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

from wdh_schemas import REPORT, read_contract


def find_faults(report: object) -> list[str]:
    """Give what the report breaks of its contract, each with its place; a key that it does not describe, too."""
    validator = Draft202012Validator(_closed(read_contract(REPORT)))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(report)]


def _closed(contract: Any) -> Any:
    if isinstance(contract, list):
        return [_closed(item) for item in contract]
    if not isinstance(contract, dict):
        return contract
    inner = {name: _closed(item) for name, item in contract.items()}
    return {"additionalProperties": False, **inner} if "properties" in inner and "type" in inner else inner
