"""The context of a run, as its hooks see it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from wdh.words.redaction import redact

_SECRET: Final = re.compile("WDH_DATABASE__|DSN|(?<![A-Z])URI(?![A-Z])|PASSWORD|PASSWD")
"""Parts of the names of variables that may hold a password: ``WDH_TEST_DSN``, ``WDH_ARCHIVE_URI``."""


@dataclass(frozen=True, slots=True)
class RunContext:
    """Handed to the hooks of a run; the same object for every call of one run."""

    domain: str
    """The domain's name."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The domain's own keys of data_sources.yml (hook ``provide_settings``), completed with their defaults."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The variables whose name starts with ``WDH_``, but for those of a database.

    A domain never sees a password; see :func:`choose_visible`.
    """
    period: tuple[int, int] | None = None
    """Year and month, where the run was asked for one month."""
    pk: tuple[str, ...] = ()
    """The columns of the delete scope, in none of which a fact may be NULL; empty: facts are only added."""


def choose_visible(environment: Mapping[str, str]) -> dict[str, str]:
    """Choose the variables that a domain may see: wdh's own, but for those with the name or the marks of a password.

    A salt is secret too, but code that makes ids with it must know it: its name has SALT in it.
    """
    own = {name: value for name, value in environment.items() if name.startswith("WDH_")}
    return {
        name: value
        for name, value in own.items()
        if "SALT" in name or not (_SECRET.search(name) or redact(value) != value)
    }
