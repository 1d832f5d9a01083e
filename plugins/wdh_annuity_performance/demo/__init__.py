"""Sample workbooks of this domain, made from a seed: a demonstration, one with faults, and large ones for measuring.

Nothing in them is real. The same arguments give the same bytes.
"""

from wdh_annuity_performance.demo.configuration import write_configuration
from wdh_annuity_performance.demo.deliveries import (
    DELIVERIES,
    FACTS_SHEET,
    Delivery,
    delivery_rows,
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
    "WITHOUT_COMPANY",
    "Delivery",
    "Fault",
    "delivery_rows",
    "write_configuration",
    "write_demo",
    "write_faulty_workbook",
    "write_performance_workbook",
    "write_workbooks",
]
