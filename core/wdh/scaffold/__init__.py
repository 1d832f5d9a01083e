"""Writes a package of a domain or plugin that its author owns from then on: complete, tested, without any real data.

:func:`plan_package` and :func:`plan_plugin` decide every file, :func:`write_package` writes them.
"""

from wdh.scaffold.invention import example_sheet
from wdh.scaffold.names import PackageNames, check_name
from wdh.scaffold.own_wheel import WHEELS, find_checkout, make_own_wheel
from wdh.scaffold.package import plan_package, plan_plugin, write_package

__all__ = [
    "WHEELS",
    "PackageNames",
    "check_name",
    "example_sheet",
    "find_checkout",
    "make_own_wheel",
    "plan_package",
    "plan_plugin",
    "write_package",
]
