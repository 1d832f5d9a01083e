"""The contracts (JSON Schemas, draft 2020-12) of what wdh reads and writes.

``data_sources`` is the whole file data_sources.yml, ``columns`` the fact columns that a domain declares, ``refs`` a
domain's references once its own defaults have completed them. ``report`` is what a run reports to programs,
``approval`` a plan that is written down to be approved, ``event`` a line of the log. The others are what the commands
of their names print with ``--output json``.
"""

from __future__ import annotations

from typing import Any, Final

CONTRACTS: Final = ("data_sources", "columns", "refs")
"""The contracts to which data_sources.yml is held."""

REPORT: Final = "report"
APPROVAL: Final = "approval"
EVENT: Final = "event"
CHECK: Final = "check"
DOMAINS: Final = "domains"
HISTORY: Final = "history"
HISTORY_SHOW: Final = "history_show"
INSPECT: Final = "inspect"
PLAN_SHOW: Final = "plan_show"

NAMES: Final = (
    REPORT,
    EVENT,
    APPROVAL,
    CHECK,
    DOMAINS,
    HISTORY,
    HISTORY_SHOW,
    INSPECT,
    PLAN_SHOW,
    *CONTRACTS,
)
"""All contracts, those of what wdh writes first."""

_ENDING: Final = ".schema.json"


def read_contract(name: str) -> dict[str, Any]:
    """Read the contract ``name``, of :data:`NAMES`: a fresh mapping, which the caller may change.

    Raises FileNotFoundError for any other name.
    """
    # Imported here: a command that never checks a configuration has no use for these.
    import json
    from importlib.resources import files

    text = files(__name__).joinpath(f"{name}{_ENDING}").read_text(encoding="utf-8")
    contract: dict[str, Any] = json.loads(text)
    return contract


def bundle_contract(name: str) -> dict[str, Any]:
    """Read the contract ``name`` with those that it refers to inside (JSON Schema's *compound schema document*): a
    validator needs nothing else.
    """
    contract = read_contract(name)
    inside: dict[str, Any] = {}
    wanted = _named_files(contract)
    while wanted:
        file = wanted.pop()
        if file not in inside:
            inside[file] = {"$id": file, **read_contract(file.removesuffix(_ENDING))}
            wanted |= _named_files(inside[file])
    if inside:
        contract["$defs"] = {**contract.get("$defs", {}), **inside}
    return contract


def _named_files(part: Any) -> set[str]:
    """Find the files that the references of a contract name."""
    if isinstance(part, list):
        return {file for item in part for file in _named_files(item)}
    if not isinstance(part, dict):
        return set()
    reference = part.get("$ref")
    own = {reference.partition("#")[0]} - {""} if isinstance(reference, str) else set()
    return own.union(*map(_named_files, part.values()))
