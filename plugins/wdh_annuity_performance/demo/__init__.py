"""Sample workbooks of this domain, made from a seed: a demonstration, one with faults, and large ones for measuring.

Nothing in them is real. The same arguments give the same bytes.
"""

from wdh_annuity_performance.demo.configuration import with_income, write_configuration
from wdh_annuity_performance.demo.deliveries import (
    DELIVERIES,
    FACTS_SHEET,
    INCOME_SHEET,
    Delivery,
    delivery_rows,
    income_rows,
    write_demo,
    write_faulty_workbook,
    write_performance_workbook,
    write_workbooks,
)
from wdh_annuity_performance.demo.faults import FAULTS, Fault
from wdh_annuity_performance.demo.layouts import WITHOUT_COMPANY

__all__ = [
    "DELIVERIES",
    "FACTS_SHEET",
    "FAULTS",
    "INCOME_SHEET",
    "WITHOUT_COMPANY",
    "Delivery",
    "Fault",
    "delivery_rows",
    "income_rows",
    "with_income",
    "write_configuration",
    "write_demo",
    "write_faulty_workbook",
    "write_performance_workbook",
    "write_workbooks",
]
