"""The test kit for authors of domains and plugins: fixtures, cases as files, and the laws that every package keeps.

A pytest plugin, found by pytest itself where wdh is installed; see docs/testing.md.
"""

from typing import TYPE_CHECKING

from wdh.testing.conformance import DomainConformance
from wdh.testing.kinds import KindConformance
from wdh.testing.plugin_conformance import PluginConformance
from wdh.testing.plugin_under_test import PluginCase
from wdh.testing.rows import batch, facts_of
from wdh.testing.warehouse import fake_warehouse

if TYPE_CHECKING:
    from wdh.testing.database import Database
else:

    def __getattr__(name: str) -> object:
        if name != "Database":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from wdh.testing.database import Database  # imports the driver, which few tests need

        return Database


__all__ = [
    "Database",
    "DomainConformance",
    "KindConformance",
    "PluginCase",
    "PluginConformance",
    "batch",
    "facts_of",
    "fake_warehouse",
]
