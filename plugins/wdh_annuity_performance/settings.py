"""The settings of this domain in data_sources.yml: those of the business, and which optional columns its table has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wdh_annuity.settings import CONTRACTS as SHARED
from wdh_annuity_performance.columns import YEARLY_RATE

CONTRACTS: Final[Mapping[str, Any]] = {
    **SHARED,
    "optional_columns": {
        "title": "Optional columns",
        "description": "Columns of the sheet that are loaded, too, because the fact table has them.",
        "type": "array",
        "items": {"enum": [YEARLY_RATE.name]},
        "uniqueItems": True,
        "default": [],
        "examples": [[YEARLY_RATE.name]],
    },
}
