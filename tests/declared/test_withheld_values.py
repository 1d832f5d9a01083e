"""With --withhold-values, or withhold_values in the configuration, no cell's value is told by a domain of the file."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from wdh.report.reporters import REPORTERS

from .conftest import Place

VALUE = "Geheim"
SHOP = "乙店"  # no digits alone: the time of a line of the log may have any
TABLES = """
CREATE TABLE 门店销售 (月度 date, 店铺代码 text, 店铺名称 text, 城市 text, 类型 text, 销售额 numeric,
    毛利率 numeric, 营业 boolean);
CREATE TABLE 店铺 (店铺代码 varchar(4), 店铺名称 text, 城市 text, 首次 text)"""
GOOD = ["202411", "0001", "甲", "北京", "直营", 1, 0.5, "是", None]


def row(**values: Any) -> list[Any]:
    names = ["月度", "店铺代码", "店铺名称", "城市", "类型", "销售额", "毛利率", "营业", "备注"]
    return [values.get(name, good) for name, good in zip(names, GOOD, strict=True)]


def everything(result: Any, folder: Path) -> str:
    """All that a run leaves behind but for the workbook: both streams, and the text of the files of the report."""
    left = [result.stdout, result.stderr]
    for path in folder.glob("*") if folder.exists() else ():
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as package:
                left += [package.read(name).decode("utf-8") for name in package.namelist()]
        else:
            left.append(path.read_text(encoding="utf-8"))
    return "\n".join(left)


def run(place: Place, *arguments: str, output: str = "text") -> tuple[Any, str]:
    """Run, withholding values, with all logs and tracebacks and a report; give the result and all that was told."""
    folder = place.folder / "reports"
    options = ["--report-dir", str(folder), "--output", output, "--debug", *arguments]
    result = place.run(*options)
    return result, everything(result, folder)


FAULTY = [
    row(月度=f"{VALUE}月"),
    row(店铺代码=f"{VALUE}\n0002"),
    row(类型=f"{VALUE}类"),
    row(销售额=f"{VALUE}额"),
    row(毛利率=f"{VALUE}率"),
    row(营业=f"{VALUE}业"),
]


@pytest.mark.many
@pytest.mark.parametrize("output", REPORTERS)
@pytest.mark.parametrize("limit", ["0", "100%"])
@pytest.mark.parametrize("how", ["option", "configuration"])
def test_rejects_are_told_by_place_and_reason_alone(place: Place, output: str, limit: str, how: str) -> None:
    place.database.execute(TABLES)
    place.write([row(), *FAULTY])
    if how == "configuration":
        place.config.write_text("withhold_values: true\n" + place.config.read_text("utf-8"), "utf-8")
    arguments = ["--withhold-values"] if how == "option" else []
    result, told = run(place, "--execute", "--max-rejects", limit, *arguments, output=output)
    assert result.exit_code == (3 if limit == "0" else 0), result.stderr
    assert VALUE not in told
    sheet = load_workbook(place.folder / "reports" / "rejects.xlsx")["rejects"]
    found = {line[3]: (line[5], line[6], line[7]) for line in sheet.iter_rows(min_row=2, values_only=True)}
    assert list(found) == ["A4", "B5", "E6", "F7", "G8", "H9"]
    assert found["A4"] == (
        "(withheld)",
        "not_a_month",
        "(withheld) is not a month: write it like 202411, 2024-11 or 2024年11月.",
    )


def test_without_it_they_are_told_with_their_values(place: Place) -> None:
    place.write([row(), *FAULTY])
    _, told = run(place)
    assert f"{VALUE}月" in told


@pytest.mark.parametrize("output", REPORTERS)
def test_disagreements_keys_and_totals_are_counted_and_not_told(place: Place, output: str) -> None:
    config = place.config.read_text("utf-8").replace(
        "key: [店铺代码]", "key: [店铺代码]\n        required: [首次, 城市]"
    )
    config = config.replace("城市: 城市\n", "城市: 城市\n          电话: {from: 店铺名称}\n")
    place.config.write_text(config, "utf-8")
    place.write(
        [
            row(店铺代码="G001", 店铺名称=f"{VALUE}甲", 销售额=123456789.67),
            row(店铺代码="G001", 店铺名称=f"{VALUE}乙", 城市=f"{VALUE}城", 销售额=1),
            row(店铺代码="G002", 城市="(空白)", 销售额=1),
            row(月度="合计", 店铺代码=None, 店铺名称=f"合计 {VALUE}", 销售额=987654321.43),
        ]
    )
    result, told = run(place, "--withhold-values", output=output)
    assert result.exit_code == 0, result.stderr
    for value in (VALUE, "G001", "G002", "987654321", "987,654,321", "123456789", "123,456,790"):
        assert value not in told
    assert "(withheld)" in told


REFUSALS = {
    "a value that does not fit": "ALTER TABLE 门店销售 ALTER 店铺名称 TYPE varchar(2)",
    "a check": f"ALTER TABLE 门店销售 ADD CHECK (店铺名称 NOT LIKE '{VALUE}%')",
    "a check of a reference": f"ALTER TABLE 店铺 ADD CHECK (店铺名称 NOT LIKE '{VALUE}%')",
    "a unique index": "CREATE UNIQUE INDEX ON 门店销售 (店铺名称);"
    f"INSERT INTO 门店销售 (店铺名称) VALUES ('{VALUE}甲')",
    "a foreign key": "CREATE TABLE o (k text PRIMARY KEY);ALTER TABLE 门店销售 ADD FOREIGN KEY (店铺名称) REFERENCES o",
    "another type": "ALTER TABLE 门店销售 ALTER 店铺名称 TYPE jsonb USING NULL",
    "a trigger that raises": "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "RAISE 'no %', NEW.店铺名称 USING HINT = NEW.店铺名称, ERRCODE = '40001'; END $$; "
    "CREATE TRIGGER t BEFORE INSERT ON 门店销售 FOR EACH ROW EXECUTE FUNCTION f()",
    "a trigger that drops rows": "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
    "CREATE TRIGGER t BEFORE INSERT ON 店铺 FOR EACH ROW EXECUTE FUNCTION f()",
}


@pytest.mark.many
@pytest.mark.parametrize("output", REPORTERS)
@pytest.mark.parametrize("name", REFUSALS)
def test_what_the_warehouse_refuses_is_told_by_place_and_kind_alone(place: Place, name: str, output: str) -> None:
    place.database.execute(TABLES + ";" + REFUSALS[name])
    place.write([row(), row(店铺代码=SHOP, 店铺名称=f"{VALUE}甲")])
    result, told = run(place, "--execute", "--withhold-values", output=output)
    assert result.exit_code in (2, 3, 4), told
    assert VALUE not in told
    assert SHOP not in told
    assert "a run without withhold_values tells" in told
    if name == "a value that does not fit":
        assert "2024年11月门店销售.xlsx, sheet 销售, C4" in told
    if name == "a check":
        assert "2024年11月门店销售.xlsx, sheet 销售, row 4" in told


@pytest.mark.parametrize("output", REPORTERS)
def test_a_cell_that_a_pick_refuses_is_told_by_its_place_alone(place: Place, output: str) -> None:
    config = place.config.read_text("utf-8")
    config = config.replace("城市: 城市\n", "城市: 城市\n          整: {from: 销售额, format: d}\n")
    place.config.write_text(config, "utf-8")
    place.write([row(店铺代码="0001", 销售额=987654321.43), row(店铺代码="0002", 销售额=1)])
    result, told = run(place, "--withhold-values", output=output)
    assert result.exit_code == 3, told
    assert "F3" in told
    assert "987654321" not in told


def test_a_warehouse_that_is_not_there_is_told_in_full(place: Place) -> None:
    """What repeats no value is needed to go on."""
    place.write([row()])
    result, _ = run(place, "--execute", "--withhold-values", "--dsn", "host=127.0.0.1 port=1 dbname=d user=u")
    assert result.exit_code == 2
    assert "cannot connect to PostgreSQL on 127.0.0.1:1" in result.stderr
