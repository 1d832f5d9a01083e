"""The test kit for authors of domains: fixtures, cases as files, and the laws that every domain keeps.

A pytest plugin, found by pytest itself where wdh is installed; see docs/testing.md.
"""

from wdh.testing.conformance import DomainConformance
from wdh.testing.kinds import KindConformance

__all__ = ["DomainConformance", "KindConformance"]
