"""What a domain may know about the run it serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RunContext:
    """Handed to the hooks of a run; the same object for every call of one run.

    ``settings`` are the domain's own keys of data_sources.yml (see the hook ``provide_settings``), completed with
    their defaults. ``environment`` holds the variables whose name starts with ``WDH_``, but for those of the
    database: a domain never sees a password. ``period`` is (year, month) where the run was asked for one month.
    """

    domain: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    period: tuple[int, int] | None = None
