"""The report of every kind of run keeps the contract ``report``, which describes each key that is there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openpyxl import load_workbook
from support.reports import find_faults

from wdh_schemas import REPORT, read_contract


def report(workspace: Any, *arguments: str, code: int = 0) -> dict[str, Any]:
    ended = workspace.job("--output", "json", *arguments)
    assert ended.code == code, ended.err
    document: dict[str, Any] = json.loads(ended.out)
    assert find_faults(document) == []
    return document


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--skip-facts",),
        ("--backfill-mode", "fill_null_only"),
        ("--backfill-mode", "insert_and_fill", "--max-files", "3"),
        ("--mode", "append", "--backfill-refs", "none"),
        ("--withhold-values",),
    ],
)
def test_a_plan_and_its_execution(workspace: Any, arguments: tuple[str, ...]) -> None:
    assert report(workspace, *arguments)["executed"] is False
    assert report(workspace, *arguments, "--execute")["executed"] is True


def test_a_run_that_is_skipped_as_unchanged(workspace: Any) -> None:
    first = report(workspace, "--execute", "--skip-unchanged")
    assert report(workspace, "--execute", "--skip-unchanged")["unchanged_since"] == first["run_id"]


def test_rejected_cells(workspace: Any) -> None:
    path = next(workspace.folder.rglob("2024年11月*.xlsx"))
    book = load_workbook(path)
    cells = [cell for row in book["规模明细"].iter_rows() for cell in row]
    header = next(cell for cell in cells if cell.value == "期末资产规模")
    header.offset(row=20).value = "many"
    book.save(path)
    refused = report(workspace, code=3)
    assert [reject["reason"] for reject in refused["rejects"]] == ["not_a_number"]
    assert report(workspace, "--max-rejects", "1")["workbooks"][0]["rejected"] == 1


def test_values_that_the_warehouse_cannot_hold(workspace: Any) -> None:
    workspace.database.execute('ALTER TABLE "规模明细" ALTER COLUMN "计划代码" TYPE varchar(3)')
    refused = report(workspace, "--execute", code=3)
    assert {reject["reason"] for reject in refused["rejects"]} == {"does_not_fit"}


def test_a_run_that_fails_before_it_reads(bare_workspace: Any) -> None:
    assert report(bare_workspace, "--config", "nowhere.yml", code=2)["rejects"] == []
    assert report(bare_workspace, "--execute", code=2)["error"]["kind"] == "SetupError"


def test_every_key_has_a_description() -> None:
    contract = read_contract(REPORT)
    for place in (contract, *contract["$defs"].values()):
        bare = [key for key, entry in place["properties"].items() if not entry.get("description", "").endswith(".")]
        assert bare == []
