"""The laws that every domain keeps."""

from wdh.testing import DomainConformance


class TestConformance(DomainConformance):
    domain = "bank"
