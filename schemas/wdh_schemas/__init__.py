"""The contracts (JSON Schemas, draft 2020-12) of what wdh reads and writes: data_sources.yml, reports, approvals.

``data_sources`` is the whole file, ``columns`` the fact columns that a domain declares, ``refs`` a domain's references
once its own defaults have completed them. ``report`` is what a run reports to programs, ``approval`` a plan that is
written down to be approved.
"""

from __future__ import annotations

from typing import Any

CONTRACTS = ("data_sources", "columns", "refs")
REPORT = "report"
APPROVAL = "approval"


def read_contract(name: str) -> dict[str, Any]:
    """Read the contract ``name``, of :data:`CONTRACTS`, :data:`REPORT` or :data:`APPROVAL`: a fresh mapping, which the
    caller may change.

    Raises FileNotFoundError for any other name.
    """
    # Imported here: a command that never checks a configuration has no use for these.
    import json
    from importlib.resources import files

    text = files(__name__).joinpath(f"{name}.schema.json").read_text(encoding="utf-8")
    contract: dict[str, Any] = json.loads(text)
    return contract
