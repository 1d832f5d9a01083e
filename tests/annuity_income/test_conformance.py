"""annuity_income keeps the laws that every domain keeps."""

from __future__ import annotations

import pytest

from wdh.testing import DomainConformance

pytestmark = pytest.mark.once


class TestConformance(DomainConformance):
    domain = "annuity_income"
