"""The reference tables that follow from the facts: the default refs block, in the YAML's own form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wdh_annuity.references import make_further_references, make_references

_SIZE: Final = "固费"

REFERENCES: Final[Mapping[str, Any]] = {**make_references(_SIZE), **make_further_references(_SIZE)}
