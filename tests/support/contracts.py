"""What wdh writes for programs, held to the contract that it publishes."""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from wdh_schemas import bundle_contract


@cache
def validator_of(name: str) -> Any:
    """Make a validator as a program does that has only what ``wdh schema`` printed."""
    return Draft202012Validator(bundle_contract(name))


def breaches(name: str, document: Any) -> list[str]:
    """Give what a document breaks of the contract ``name``, each with its place."""
    return [f"{error.json_path}: {error.message}" for error in validator_of(name).iter_errors(document)]
