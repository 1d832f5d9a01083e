"""What a user sees of a forecast: on the terminal, in the report for programs, and by the exit code."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wdh.run import order

SUMMARY = "Left behind: 2 facts of 1 period, of scopes that the workbooks do not have."


def numbers(report: dict[str, Any], form: str = "forecast") -> dict[str, Any]:
    found = report[form]
    (shops,), facts = found["references"], found["facts"]
    (period,) = facts["periods"]
    return {
        "shops": [shops[name] for name in ("candidates", "inserted", "rows_filled", "untouched")],
        "facts": [period[name] for name in ("before", "deleted", "inserted", "after", "left_behind")],
        "sums": [period["amounts"]["销售额"][name] for name in ("before", "after")],
        "changes": found["changes"],
    }


def test_a_forecast_tells_rows_amounts_and_samples_and_writes_nothing(sales: Any) -> None:
    before = sales.contents()
    report = sales.report("sales", "--forecast")
    assert numbers(report) == {
        "shops": [3, 1, 1, 1],
        "facts": [4, 2, 3, 5, 2],
        "sums": ["1285.50", "1592.25"],
        "changes": 7,
    }
    (shops,) = report["forecast"]["references"]
    assert shops["filled"] == {"店铺名称": 1, "城市": 1}
    assert shops["differences"] == [{"key": ["0001"], "column": "城市", "old": "北京", "new": "天津"}]
    assert shops["new_keys"] == [["0003"]]
    assert report["forecast"]["facts"]["left_behind"] == [{"scope": ["2024-11-01", "0009"], "facts": 2}]
    assert report["forecast"]["unknown"] == []
    assert report["executed"] is False
    assert sales.contents() == before


def test_the_terminal_shows_it_within_80_columns(sales: Any) -> None:
    told = sales.ask("--forecast").out
    for line in (
        "  shops           3    1            1          1          1",
        "  2024-11-01             4        2         3   +1     5            2",
        "  2024-11-01  销售额  1,285.50  1,592.25  +306.75",
        "  shops  0001  城市    北京          天津",
        "  2024-11-01  0009          2",
        "  " + SUMMARY,
    ):
        assert line in told.splitlines()
    assert "replaces 2 facts of 3 scopes (月度, 店铺代码)" in told
    shown = told[told.index("New keys") : told.index("Guards")]
    assert max(map(len, shown.splitlines())) < 80


def test_without_a_database_a_plan_says_what_it_does_not_know(sales: Any) -> None:
    told = sales.ask("--plan-only", "--dsn", "host=127.0.0.1 port=1").out
    assert "up to 3" in told
    assert "every row of 3 scopes (月度, 店铺代码)" in told
    assert "Forecast" not in told


def test_an_executed_run_tells_the_same_as_it_happened(sales: Any) -> None:
    foreseen = numbers(sales.report("sales", "--forecast"))
    report = sales.report("sales", "--execute")
    assert numbers(report) == foreseen
    assert report["foreseen"] is None
    assert not [remark for remark in report["remarks"] if "forecast" in remark]
    told = sales.ask("--execute", "--forecast").out
    assert "As it happened: facts" in told
    assert SUMMARY in told


@pytest.mark.parametrize("how", ["option", "configuration", "variable"])
def test_a_forecast_is_asked_for_in_three_ways(sales: Any, how: str) -> None:
    if how == "configuration":
        sales.config.write_text("forecast: true\n" + sales.config.read_text("utf-8"), "utf-8")
    environment = {"WDH_FORECAST": "1"} if how == "variable" else {}
    arguments = ["--forecast"] if how == "option" else []
    assert "Forecast: facts" in sales.ask(*arguments, environment=environment).out


def test_the_exit_code_says_whether_there_is_anything_to_do(sales: Any) -> None:
    assert sales.ask("--forecast").code == 0
    assert sales.ask("--forecast", "--detailed-exitcode").code == 10
    assert sales.ask("--detailed-exitcode", "--dsn", "host=127.0.0.1 port=1").code == 10
    assert sales.ask("--execute", "--detailed-exitcode").code == 0
    assert sales.ask("--forecast", "--skip-facts", "--detailed-exitcode").code == 0, "its references are all there"
    assert sales.ask("--skip-facts", "--detailed-exitcode").code == 10, "which nobody knows who does not ask"
    assert sales.ask("--skip-facts", "--backfill-refs", "none", "--detailed-exitcode").code == 0


def test_withheld_values_are_in_no_forecast(sales: Any) -> None:
    for arguments in (["--forecast"], ["--forecast", "--output", "json"], ["--forecast", "--execute"]):
        ended = sales.ask("--withhold-values", *arguments)
        assert ended.code == 0, ended.err
        told = json.dumps(json.loads(ended.out), ensure_ascii=False) if "json" in arguments else ended.out
        for value in ("北京", "天津", "乙店", "旧店", '"0003"', "shops: 0003", "1285.5", "1,285.5", "2024-11-01"):
            assert value not in told


def test_what_others_wrote_between_forecast_and_locks_is_told(sales: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    apply = order.apply_at

    def write_first(*arguments: Any, **how: Any) -> Any:
        sales.database.execute("INSERT INTO 店铺 VALUES ('0003', '丙店', '西安')")
        sales.database.execute("INSERT INTO 门店销售 VALUES ('2024-11-01', '0001', '甲店', '北京', 1)")
        return apply(*arguments, **how)

    monkeypatch.setattr(order, "apply_at", write_first)
    report = sales.report("sales", "--execute", "--forecast")
    told = [remark for remark in report["remarks"] if "others wrote meanwhile" in remark]
    assert [remark.split(" in the forecast")[0] for remark in told] == [
        "refs.shops: inserted 1",
        'facts of "public"."门店销售": deleted 2',
        'facts of "public"."门店销售", 2024-11-01: in the table 4',
    ]
    assert numbers(report, "foreseen")["changes"] == 7
    assert numbers(report)["changes"] == 7


def test_a_period_that_is_no_column_of_dates_is_refused(sales: Any) -> None:
    text = sales.config.read_text("utf-8")
    for period, words in (("城市", "has something else than dates in it"), ("月", "did you mean 月度?")):
        sales.config.write_text(text.replace("    pk:", f"    period: {period}\n    pk:"), "utf-8")
        ended = sales.ask("--forecast")
        assert ended.code == 2
        assert words in ended.err
