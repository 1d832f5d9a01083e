"""A file that a package declares with `context.input_file` is an input of the run, however it is read."""

from __future__ import annotations

import hashlib
import pickle
from functools import partial
from pathlib import Path

import pytest
from support.helpers import record_helpers
from support.workbooks import write_rows

from wdh import RunContext, SetupError
from wdh.intake import files as sheets
from wdh.workbook import open_sheets

from .conftest import Shop

AGAIN = ("--execute", "--skip-unchanged")
READING = """
import ctypes, os

@hookimpl
def transform(batch, context):
    more = {}
    return Facts.from_rows(row.fact({{"店": row["店"], "额": row["额"] + more}}) for row in batch.rows())
"""
UNSEEN = """
def read_unseen(path):
    descriptor = ctypes.CDLL(None).open(os.fsencode(path), os.O_RDONLY)
    try:
        return int(os.read(descriptor, 9))
    finally:
        os.close(descriptor)
"""
WAYS = {
    "read by Python": 'int(context.input_file("more.txt").read_text())',
    "read by a library of C": 'read_unseen(context.input_file("more.txt"))',
    "read by nobody that wdh sees": 'len(str(context.input_file("more.txt"))) * 0 + 10',
    "named by its whole path": 'int(context.input_file(context.folder / "more.txt").read_text())',
}


def events(shop: Shop, *arguments: str) -> str:
    return shop.run(*arguments, "--log-level", "info", "--log-format", "json").err


@pytest.mark.parametrize("way", WAYS)
def test_a_run_is_done_again_where_an_input_file_has_another_content(shop: Shop, way: str) -> None:
    (shop.folder / "more.txt").write_text("10")
    shop.install(READING.format(WAYS[way]) + UNSEEN)
    first = shop.run(*AGAIN).report
    assert shop.run(*AGAIN).report["unchanged_since"] == first["run_id"]
    (shop.folder / "more.txt").write_text("11")
    assert f"{shop.folder / 'more.txt'}, which wdh-shops 1.2.0 read, is not what it was" in events(shop, *AGAIN)
    assert shop.run(*AGAIN).report["unchanged_since"]


def test_it_counts_where_its_folder_is_one_that_the_installation_stands_for(shop: Shop) -> None:
    """Of the files that tell of installed packages, the list of the installation counts, and no content."""
    path = shop.site.parent / "rates-1.0.dist-info" / "more.txt"
    path.parent.mkdir()
    path.write_text("10")
    way = "int((context.folder / NAME).read_text()); context.input_file(NAME)"
    shop.install(f"NAME = '../rates-1.0.dist-info/more.txt'\n{READING.format(way)}")
    assert shop.run(*AGAIN).report["executed"]
    path.write_text("11")
    assert shop.run(*AGAIN).report["executed"]
    assert shop.facts() == [("A", 12), ("B", 13)]


def test_the_ledger_keeps_its_hash(shop: Shop) -> None:
    (shop.folder / "more.txt").write_text("10")
    shop.install(READING.format(WAYS["read by nobody that wdh sees"]))
    assert shop.run("--execute").report["executed"]
    ((files,),) = shop.database.rows("SELECT files FROM wdh_runs")
    assert [file["file"] for file in files] == ["销售.xlsx", str(shop.folder / "more.txt")]
    assert files[1] | {"file": ""} == {
        "file": "",
        "sha256": hashlib.sha256(b"10").hexdigest(),
        "read_by": "wdh-shops 1.2.0",
    }


def test_a_file_that_only_the_helper_asks_for_counts(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    helpers = record_helpers(monkeypatch)
    monkeypatch.setattr(sheets, "open_sheets", partial(open_sheets, batch_rows=16))
    write_rows(shop.folder / "销售.xlsx", [["店", "额"], *([f"S{n}", n] for n in range(1_000))], sheet="销售")
    (shop.folder / "more.txt").write_text("10")
    shop.install(
        READING.format("0\n    if batch.row_numbers[0] > 900: read_unseen(context.input_file('more.txt'))") + UNSEEN
    )
    assert shop.run(*AGAIN).report["executed"]
    assert len(helpers) == 1
    assert shop.run(*AGAIN).report["unchanged_since"]
    (shop.folder / "more.txt").write_text("11")
    assert shop.run(*AGAIN).report["executed"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mroe.txt", "it is not there (did you mean more.txt?)"),
        ("lookups/more.txt", "it is not there"),
        ("folder", "it is no file"),
        ("a\0b", "it is not there"),
    ],
)
def test_a_file_that_is_not_there_is_a_setup_error_with_its_path(shop: Shop, name: str, said: str) -> None:
    (shop.folder / "more.txt").write_text("10")
    (shop.folder / "folder").mkdir()
    shop.install(READING.format(f"int(context.input_file({name!r}).read_text())"))
    ended = shop.run("--execute")
    assert ended.code == 2
    assert said in ended.err
    assert "hook transform: reads the file" in ended.err
    assert "it counts from the folder of data_sources.yml" in ended.err


def test_a_context_made_by_hand_takes_files_from_the_folder_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("")
    context = RunContext("shops", folder=tmp_path)
    assert context.input_file("rates.csv") == tmp_path / "rates.csv"
    assert pickle.loads(pickle.dumps(context)) == context  # noqa: S301 - as it goes to the helper
    with pytest.raises(SetupError, match="the domain shops: reads the file .*no.csv, and it is not there") as caught:
        context.input_file("no.csv")
    assert caught.value.facts["file"] == str(tmp_path / "no.csv")


def test_the_folder_is_absolute_wherever_the_configuration_is_named_from(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.folder)
    shop.install(READING.format("10 if context.folder.is_absolute() else 0"))
    shop.workspace.job("shops", "--config", "data_sources.yml", "--execute")
    assert shop.facts() == [("A", 11), ("B", 12)]
