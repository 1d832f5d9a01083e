"""A delivery is loaded again without a doubt only where its file cannot but give the same facts."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from wdh.apply.history import RecordedRun
from wdh.run.deliveries import Delivery
from wdh.run.readings import FileRead, document_of, hash_path
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


def test_a_file_that_its_package_read_makes_a_doubt_once_it_is_another(tmp_path: Path) -> None:
    lookup = tmp_path / "rates.csv"
    lookup.write_text("1")
    read = document_of(FileRead(str(lookup), hash_path(lookup), "wdh-shops 1.0"))
    delivery = Delivery(replace(RUN, files=[*RUN.files, read]), "a.xlsx", "/old", ("明细",), "ab", 0, MOVED)
    assert delivery.doubt(DOMAIN, hashes={"known"}) is None
    lookup.write_text("2")
    assert delivery.doubt(DOMAIN, hashes={"known"}) == f"{lookup}, which wdh-shops 1.0 read, is not what it was"


@pytest.mark.parametrize(
    ("scope", "pk", "named"),
    [
        (["月"], ("月",), False),
        (["月", "司"], ("月",), True),
        (["月"], None, True),
        ([], ("月",), False),
        (None, ("月",), False),
    ],
)
def test_the_command_names_the_columns_by_which_the_run_replaced_where_they_are_others_now(
    scope: list[str] | None, pk: tuple[str, ...] | None, *, named: bool
) -> None:
    """Else another scope would be deleted than the run deleted."""
    run = replace(RUN, periods={"scope": scope})
    command = Delivery(run, "a.xlsx", "/old", ("明细",), "ab", 0, MOVED).command(pk=pk)
    assert command is not None
    assert command.split()[:4] == ["wdh-run", "--forecast", "--domain", "d"]
    assert ("--pk" in command) is named
    if named:
        assert f"--pk {','.join(scope or ())}" in command.replace("'", "")
