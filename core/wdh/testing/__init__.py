"""The test kit for authors of domains and plugins: fixtures, cases as files, and the laws that every package keeps.

A pytest plugin, found by pytest itself where wdh is installed; see docs/testing.md.
"""

from wdh.testing.conformance import DomainConformance
from wdh.testing.plugin_conformance import PluginConformance
from wdh.testing.plugin_under_test import PluginCase
from wdh.testing.rows import batch, facts_of
from wdh.testing.warehouse import fake_warehouse

__all__ = ["DomainConformance", "PluginCase", "PluginConformance", "batch", "facts_of", "fake_warehouse"]
