"""The laws that every domain keeps."""

from wdh.testing import DomainConformance


class TestByColumns(DomainConformance):
    domain = "orders"


class TestByFrame(DomainConformance):
    domain = "orders_by_frame"
