"""With --withhold-values nothing that a package says of cells is told: only that, where, and by whom it was said."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.workbooks import write_rows

from .conftest import TRANSFORM, Shop

VALUE = "Geheim"
SAID = {
    "a reject": "Facts.from_rows(row.reject('店', 'own', f'no {row[chr(24215)]}') for row in batch.rows())",
    "a note": "Facts(batch.row_numbers, dict(batch.columns), notes=(Note('own', str(batch.columns), "
    "{batch.columns['店'][0]: 1}),))",
    "an exception": "{}[batch.columns['店'][0]]",
    "an error of wdh's": "(_ for _ in ()).throw(DataError(batch.columns['店'][0], value=batch.columns['店'][0]))",
    "a wrong answer": "batch.columns['店'][0]",
}


@pytest.mark.parametrize("name", SAID)
@pytest.mark.parametrize("execute", [False, True])
def test_what_a_package_says_of_cells_is_withheld(shop: Shop, tmp_path: Path, name: str, execute: bool) -> None:
    shop.install(f"from wdh import DataError, Note\n@hookimpl\ndef transform(batch):\n    return {SAID[name]}\n")
    write_rows(shop.folder / "销售.xlsx", [["店", "额"], [f"{VALUE}店", 1]], sheet="销售")
    folder = tmp_path / "reports"
    options = ["--withhold-values", "--max-rejects", "100%", "--debug", "--report-dir", str(folder)]
    ended = shop.run(*options, *["--execute"] * execute)
    told = ended.out + ended.err + (folder / "report.json").read_text("utf-8")
    assert VALUE not in told
    assert ended.code == (0 if name in ("a reject", "a note") else 2 if "DataError" not in SAID[name] else 3), told
    assert "ithheld" in told


VETO = """
from wdh import Veto
@hookimpl
def skip_facts(facts):
    return "not " + next(iter(facts.lines(["店"])))[1][0]
"""


def test_a_veto_is_told_by_the_package_that_said_it(shop: Shop) -> None:
    shop.install(TRANSFORM + VETO.replace("from wdh import Veto\n", ""))
    write_rows(shop.folder / "销售.xlsx", [["店", "额"], [f"{VALUE}店", 1]], sheet="销售")
    ended = shop.run("--withhold-values")
    assert ended.code == 0, ended.err
    assert VALUE not in ended.out + ended.err
    assert ended.report["vetoes"] == ["(withheld) (wdh-shops 1.2.0)"]
    assert VALUE in shop.run().out


HEARD = """
@hookimpl
def transform(batch):
    return Facts.from_rows(row.reject("店", "own", row["店"]) for row in batch.rows())

@hookimpl
def run_finished(report):
    raise KeyError(str(report["rejects"]))
"""


def test_a_plugin_that_is_told_of_the_run_hears_no_values_either(shop: Shop) -> None:
    shop.install(HEARD)
    write_rows(shop.folder / "销售.xlsx", [["店", "额"], [f"{VALUE}店", 1]], sheet="销售")
    ended = shop.run("--withhold-values", "--max-rejects", "100%", "--log-level", "DEBUG")
    assert ended.code == 0, ended.err
    assert VALUE not in ended.out + ended.err
    assert "run_finished" in ended.err
