"""Writes a domain package that its author owns from then on: complete, tested, and without any real data.

:func:`plan_package` decides every file, :func:`write_package` writes them.
"""

from wdh.scaffold.example import example_sheet
from wdh.scaffold.package import PackageNames, check_name, plan_package, write_package

__all__ = ["PackageNames", "check_name", "example_sheet", "plan_package", "write_package"]
