"""The configuration, data_sources.yml: found, read with the place of every key, checked, completed.

A run asks for :func:`load_configuration`; ``wdh check`` for :func:`find_faults`.
"""

from __future__ import annotations

from wdh.configuration.cautions import find_cautions
from wdh.configuration.checking import Judges, find_faults
from wdh.configuration.faults import Fault
from wdh.configuration.loading import (
    load_configuration,
    locate_configuration,
    point_at,
    read_ledger,
    written_domains,
    written_plugins,
)
from wdh.configuration.plugin_blocks import find_switched_off
from wdh.configuration.provided import Provided

__all__ = [
    "Fault",
    "Judges",
    "Provided",
    "find_cautions",
    "find_faults",
    "find_switched_off",
    "load_configuration",
    "locate_configuration",
    "point_at",
    "read_ledger",
    "written_domains",
    "written_plugins",
]
