"""How plans and portfolios follow from the facts: the default refs block, in the YAML's own form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wdh_annuity.references import make_references

REFERENCES: Final[Mapping[str, Any]] = make_references("期末资产规模")
