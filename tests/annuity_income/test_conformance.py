"""annuity_income keeps the laws that every domain keeps."""

from __future__ import annotations

from wdh.testing import DomainConformance


class TestConformance(DomainConformance):
    domain = "annuity_income"
