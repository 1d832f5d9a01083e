"""A delivery is loaded again without a doubt only where its file cannot but give the same facts."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from wdh.apply.history import RecordedRun
from wdh.run.deliveries import Delivery
from wdh.settings import Computed, Constant, Domain, Lookup, MappingTable
from wdh.sql.identifiers import Target

NOW = datetime.datetime(2024, 12, 1, tzinfo=datetime.timezone.utc)
RUN = RecordedRun("r", "d", "delete_insert", "t", "", [], [], {}, NOW, NOW, periods={"configuration": "known"})
DOMAIN = Domain("d", "x", 0, Target(None, "t"), ("月",))
MOVED = Path("/new/b.xlsx")
FILE, FOLDER = (Constant("月", place, "(?P<value>.*)") for place in ("file", "folder"))
LOOKUP = Lookup(Target(None, "司"), {"号": "号"}, "名")
LOOKED_UP, ASKED = Computed("司", ("号",), lookup=LOOKUP), MappingTable(("by_name",), LOOKUP)


@pytest.mark.parametrize(
    ("domain", "path", "doubt"),
    [
        ({}, MOVED, None),
        ({"constants": (FILE,)}, Path("/new/a.xlsx"), None),
        ({"constants": (FILE,)}, MOVED, "another name"),
        ({"constants": (FOLDER,)}, Path("/old/b.xlsx"), None),
        ({"constants": (FOLDER,)}, MOVED, "another folder"),
        ({"computed": (LOOKED_UP,)}, Path("/old/a.xlsx"), "looked up"),
        ({"tables": (ASKED,)}, Path("/old/a.xlsx"), "looked up"),
    ],
)
def test_what_else_a_value_is_read_from_makes_a_doubt(domain: dict[str, Any], path: Path, doubt: str | None) -> None:
    delivery = Delivery(RUN, "a.xlsx", "/old", ("明细",), "ab", 0, path)
    said = delivery.doubt(replace(DOMAIN, **domain), hashes={"known"})
    assert said is None if doubt is None else doubt in str(said)
    assert "not configured" in str(delivery.doubt(DOMAIN, hashes={"another"}))
