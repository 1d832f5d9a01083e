"""A setting that cannot do, or turns out wrong at work, ends every command with a sentence and its line: exit 2."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

from wdh.command.main import main as tool_command
from wdh.command.run import main as job_command

pytestmark = pytest.mark.once

ROWS = [["2024-11-30", "1", "一店", "上海", "直营", 12.5, 0.1, "是", None]]


def change(place: Any, old: str, new: str) -> None:
    before = place.config.read_text(encoding="utf-8")
    assert old in before
    place.config.write_text(before.replace(old, new), encoding="utf-8")
    place.write(ROWS)


def history(place: Any, environment: dict[str, str] | None = None) -> Any:
    settings = {**place.database.environment, **(environment or {})}
    return CliRunner().invoke(tool_command, ["history", "--config", str(place.config)], env=settings)


@pytest.mark.many
@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("    table: 门店销售\n", "    table: pg_authid\n", "data_sources.yml:6:12 domains.sales.table: "),
        ("    table: 门店销售\n", "    schema: pg_catalog\n    table: pg_authid\n", "data_sources.yml:6:13 "),
        (
            "        table: 店铺\n",
            "        table: pg_authid\n",
            "data_sources.yml:20:16 domains.sales.refs.shops.table: ",
        ),
        (
            "domains:\n",
            "ledger: {schema: pg_catalog, table: pg_class}\ndomains:\n",
            "data_sources.yml:2:18 ledger.schema: ",
        ),
        (
            "domains:\n",
            "plugins: {period_lock: {table: {schema: pg_catalog, table: pg_authid, month: rolname}}}\ndomains:\n",
            "data_sources.yml:2:41 plugins.period_lock.table.schema: ",
        ),
        (
            "domains:\n",
            "plugins: {period_lock: {table: {table: pg_authid, month: rolname}}}\ndomains:\n",
            "data_sources.yml:2:40 plugins.period_lock.table.table: ",
        ),
    ],
    ids=["facts", "schema of the facts", "reference", "ledger", "lock", "lock without a schema"],
)
def test_a_table_of_postgresqls_own_is_told_by_every_command(place: Any, old: str, new: str, line: str) -> None:
    change(place, old, new)
    for ended in (place.run(), place.run("--execute"), place.tool("check"), place.tool("ddl", "sales")):
        assert ended.exit_code == 2, ended.output
        assert line in ended.output
        assert "PostgreSQL's own" in ended.output or "table of its own" in ended.output
    if "ledger" in line:
        assert history(place).exit_code == 2


def test_a_name_that_the_search_path_finds_among_postgresqls_own_is_told_with_its_line(place: Any) -> None:
    """Only the server can say so; nothing is written."""
    change(place, "        table: 店铺\n", "        table: sql_features\n")
    place.database.execute(place.tool("ddl", "sales").stdout)
    path = {"PGOPTIONS": "-c search_path=information_schema,public"}
    ended = CliRunner().invoke(
        job_command,
        ["--domain", "sales", "--config", str(place.config), "--data-dir", str(place.folder), "--execute"],
        env={**place.database.environment, **path},
    )
    assert ended.exit_code == 2, ended.output
    assert "data_sources.yml:20:16 domains.sales.refs.shops.table: " in ended.output
    assert "is a table of PostgreSQL itself by way of the search_path" in ended.output


def test_a_pattern_that_can_match_in_too_many_ways_ends_the_run_with_its_line(place: Any) -> None:
    """It would be at work until somebody kills it; what other patterns mean stays as it is."""
    change(place, r"(?P<year>\d{4})年(?P<month>\d{1,2})月门店销售", "(a|aa)+$")
    (place.folder / ("a" * 200 + "!.xlsx")).write_bytes(b"")
    ended = place.run()
    assert ended.exit_code == 2, ended.output
    assert (
        "data_sources.yml:4:14 domains.sales.pattern: '(a|aa)+$' takes too long to compare with 'aaaa" in ended.output
    )


def test_the_expression_of_version_folders_is_stopped_too(place: Any) -> None:
    change(place, "domains:\n", "discovery: {version_folders: '(?P<version>(1|11)+)'}\ndomains:\n")
    folder = place.folder / ("1" * 200 + "!")
    folder.mkdir()
    (place.folder / "2024年11月门店销售.xlsx").rename(folder / "2024年11月门店销售.xlsx")
    ended = place.run()
    assert ended.exit_code == 2, ended.output
    assert "data_sources.yml:2:30 discovery.version_folders: " in ended.output


def test_look_arounds_and_full_width_digits_go_on_matching(place: Any) -> None:
    change(
        place,
        r"'(?P<year>\d{4})年(?P<month>\d{1,2})月门店销售'",
        r"'^(?!~)(?=.*门店\w)(?P<year>\d{4})年(?P<month>\d+)月'",
    )
    (place.folder / "2024年11月门店销售.xlsx").rename(place.folder / "２０２４年１１月门店销售.xlsx")
    assert place.run().exit_code == 0


FIRST_SEEN = "domains.sales.refs.shops.columns.首次.format: "


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ('{from: 月度, format: "%2000000000Y"}', "pads a value to more than 100 characters"),
        ('{from: 销售额, format: "2000000000.2f"}', "pads a value to more than 100 characters"),
        ('{from: 店铺名称, pick: template, format: "{:2000000000}"}', "pads a value to more than 100 characters"),
        ('{from: 店铺名称, format: "%Y-%m"}', "is no format for the kind text"),
        ('{from: 店铺名称, pick: template, format: "{:{}}"}', "a template has one place for the value"),
        ('{from: 店铺名称, pick: template, format: "{.__class__}"}', "a template has one place for the value"),
    ],
)
def test_a_format_that_asks_for_gigabytes_or_cannot_write_is_told_by_run_and_check(
    place: Any, rule: str, fault: str
) -> None:
    change(place, '{from: 月度, format: "%Y-%m"}', rule)
    column = len("          首次: ") + rule.index("format: ") + len("format: ") + 1
    for ended in (place.run(), place.tool("check")):
        assert ended.exit_code == 2, ended.output
        assert f"data_sources.yml:27:{column} {FIRST_SEEN}{fault}" in ended.output


def test_a_format_that_fails_only_on_a_value_is_told_with_its_line(place: Any) -> None:
    """An amount may come as a whole number or as one with decimals, and d writes only the first."""
    change(place, '{from: 月度, format: "%Y-%m"}', '{from: 销售额, format: "d"}')
    ended = place.run()
    assert ended.exit_code == 2, ended.output
    assert f"data_sources.yml:27:35 {FIRST_SEEN}'d' is no format for the values of '销售额': " in ended.output
