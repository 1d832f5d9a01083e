"""Configurations for tests: files written in place, and what a made-up domain's package brings to them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

from wdh.configuration import Provided, find_faults

ORIGIN = "wdh-shops 1.0, domain shops"

SHOP_REFS: dict[str, Any] = {
    "towns": {"schema": "public", "table": "城市", "key": ["城市代码"], "columns": {"城市名称": "城市"}},
    "shops": {
        "schema": "public",
        "table": "店铺",
        "key": ["店铺代码"],
        "updatable": ["店铺名称"],
        "columns": {
            "店铺代码": "代码",
            "店铺名称": {"from": "名称", "pick": "most_frequent", "tie_break": "销售额"},
        },
        "depends_on": ["towns"],
    },
}

SHOP_SETTINGS: dict[str, Any] = {
    "shop_ids": {
        "type": "object",
        "default": {"by_name": {"总店": "0001"}},
        "additionalProperties": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "rounding": {"type": "integer", "default": 2},
    "colour": {"enum": ["red", "green"]},
}

SHOPS = Provided(SHOP_REFS, SHOP_SETTINGS, ORIGIN)
NOTHING = Provided(None, None, ORIGIN)
SALES = Provided(None, None, "data_sources.yml (sales)", "needed")
"""A domain without a package: the file says all."""

MINIMAL = """\
domains:
  shops:
    pattern: shops
    table: 销售
    pk: [月度]
"""


def write_configuration(folder: Path, text: str) -> Path:
    """Write ``text``, with its common indentation removed, as data_sources.yml into ``folder``."""
    path = folder / "data_sources.yml"
    path.write_bytes(dedent(text).encode("utf-8"))
    return path


def list_faults(folder: Path, text: str, *, provided: Provided = SHOPS) -> list[str]:
    """Write ``text`` as a configuration and list its faults as the operator reads them."""
    path = write_configuration(folder, text)
    return [str(fault) for fault in find_faults(path, {"shops": provided})]
