from wdh.testing import DomainConformance


class TestConformance(DomainConformance):
    domain = "sales"
