"""The contracts (JSON Schemas, draft 2020-12) that wdh checks data_sources.yml against.

``data_sources`` is the whole file, ``columns`` the fact columns that a domain declares, ``refs`` a domain's references
once its own defaults have completed them.
"""

from __future__ import annotations

from typing import Any

CONTRACTS = ("data_sources", "columns", "refs")


def read_contract(name: str) -> dict[str, Any]:
    """Read the contract ``name`` of :data:`CONTRACTS`: a fresh mapping, which the caller may change.

    Raises FileNotFoundError for any other name.
    """
    # Imported here: a command that never checks a configuration has no use for these.
    import json
    from importlib.resources import files

    text = files(__name__).joinpath(f"{name}.schema.json").read_text(encoding="utf-8")
    contract: dict[str, Any] = json.loads(text)
    return contract
