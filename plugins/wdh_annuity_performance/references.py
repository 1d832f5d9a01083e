"""The reference tables that follow from the facts: the default refs block, in the YAML's own form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wdh_annuity.references import make_further_references, make_references

_SIZE: Final = "期末资产规模"

# Off until a configuration says enabled: true, so that the ones there are mean what they meant.
_FURTHER: Final = {name: {**entry, "enabled": False} for name, entry in make_further_references(_SIZE).items()}

REFERENCES: Final[Mapping[str, Any]] = {**make_references(_SIZE), **_FURTHER}
