"""`wdh new`: what it writes, says, and refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML
from support.workbooks import write_rows

from wdh.command.main import main as tool_command

ROWS: list[list[Any]] = [
    ["月度", "店铺代码", "店铺名称", "业态类型", "备注", "备注", "销售额"],
    *([202411, f"{n % 9:04}", f"店{n % 9}", ["直营", "加盟"][n % 2], "甲", n % 2, n + 0.25] for n in range(90)),
    [202413, "0001", "店1", "直营", None, None, 5],
]


def new(*arguments: str) -> Any:
    return CliRunner().invoke(tool_command, ["new", *arguments])


def test_new_writes_an_example_and_says_how_to_go_on(tmp_path: Path) -> None:
    shown = new("shops", "--directory", str(tmp_path))
    assert shown.exit_code == 0, shown.stderr
    assert (tmp_path / "wdh-shops" / "wdh_shops" / "columns.py").is_file()
    assert f"Written: {tmp_path / 'wdh-shops'}, 14 files." in shown.stdout
    assert "wdh-run --domain shops --config data_sources.yml --data-dir tests/cases" in shown.stdout


def test_new_writes_a_plugin_and_says_how_to_go_on(tmp_path: Path) -> None:
    shown = new("small_deliveries", "--plugin", "--directory", str(tmp_path))
    assert shown.exit_code == 0, shown.stderr
    assert (tmp_path / "wdh-small-deliveries" / "wdh_small_deliveries" / "__init__.py").is_file()
    assert f"Written: {tmp_path / 'wdh-small-deliveries'}, 9 files." in shown.stdout
    assert "\n  wdh domains\n" in shown.stdout
    assert shown.stdout.endswith("has a block plugins: {small_deliveries: …}; README.md has one.\n")
    again = new("small_deliveries", "--plugin", "--directory", str(tmp_path))
    assert again.exit_code == 2
    assert "is there already; move it away, or name another --directory" in again.stderr


def test_new_says_what_it_proposed_of_a_workbook_and_what_may_be_wrong_with_it(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "sales.xlsx", ROWS, sheet="销售")
    shown = new("shop_sales", "--from", str(path), "--sheet", "销售", "--directory", str(tmp_path))
    assert shown.exit_code == 0, shown.stderr
    for expected in (
        "From sales.xlsx, sheet 销售: 5 columns",
        "a delivery replaces what is there of the same 月度, 店铺代码: 9 scopes in 90 rows",
        "reference 店铺: 店铺代码 has one 店铺名称",
        "left out: column E 备注: its header occurs again",
        "1 cell in 1 row would be rejects",
        "业态类型: read as text, as the package holds no value of the workbook",
        f"The evidence for each: wdh inspect {path}",
    ):
        assert expected in shown.stdout, shown.stdout
    assert (tmp_path / "wdh-shop-sales" / "wdh_shop_sales" / "references.py").is_file()


def test_new_from_a_table_in_text_takes_its_kind_beside_that_of_the_sample(tmp_path: Path) -> None:
    path = tmp_path / "Lager202411.csv"
    path.write_bytes("".join(["Straße;Größe\n", *(f"Weg {n};{n}\n" for n in range(20))]).encode("cp1252"))
    shown = new("sizes", "--from", str(path), "--encoding", "windows-1252", "--directory", str(tmp_path))
    assert shown.exit_code == 0, shown.stderr
    assert f"wdh inspect {path} --sheet Lager202411 --encoding windows-1252 --delimiter ';'" in shown.stdout
    written = YAML(typ="safe").load(tmp_path / "wdh-sizes" / "data_sources.yml")
    assert written["discovery"] == {"file_extensions": [".xlsx", ".xlsm", ".csv"]}
    assert written["domains"]["sizes"]["text"] == {"encoding": "windows-1252", "delimiter": ";"}
    assert (tmp_path / "wdh-sizes" / "tests" / "cases" / "Lager202411.xlsx").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["Shops"], 2, "cannot be the name of a domain"),
        (["annuity_performance"], 2, "is there already"),
        (["shops", "--sheet", "销售"], 2, "are about a workbook; name it with --from"),
        (["shops", "--encoding", "gb18030"], 2, "are about a workbook; name it with --from"),
        (["shops", "--from", "nowhere.xlsx"], 3, "nowhere.xlsx"),
        (["Gate", "--plugin"], 2, "cannot be the name of a plugin"),
        (["period_lock", "--plugin"], 2, "the plugin 'period_lock' is there already"),
        (["gate", "--plugin", "--sheet", "销售"], 2, "for the workbooks of every domain; leave out --from, --sheet"),
        (["gate", "--plugin", "--from", "nowhere.xlsx"], 2, "for the workbooks of every domain; leave out --from"),
    ],
)
def test_new_refuses_what_cannot_become_a_package_and_writes_nothing(
    tmp_path: Path, arguments: list[str], code: int, message: str
) -> None:
    ended = new(*arguments, "--directory", str(tmp_path))
    assert (ended.exit_code, message in ended.stderr) == (code, True), ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_new_does_not_write_over_what_is_there(tmp_path: Path) -> None:
    assert new("shops", "--directory", str(tmp_path)).exit_code == 0
    again = new("shops", "--directory", str(tmp_path))
    assert (again.exit_code, "is there already; move it away" in again.stderr) == (2, True)
