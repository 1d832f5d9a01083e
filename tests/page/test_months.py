"""The months of a page are those of the ledger: the latest run of each counts, and what was appended to it."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from support.pages import history

from wdh.apply.history import RecordedRun
from wdh.page.months import show_months
from wdh.page.parts import Charts, Row, Section, Table
from wdh.page.words import Both


def load(run: RecordedRun, run_id: str, facts: int, *, mode: str = "delete_insert", month: str = "2024-05-01") -> Any:
    periods = {"column": "月度", "periods": [{"period": month, "facts": facts, "sums": {"供款": f"{facts}.50"}}]}
    return replace(run, run_id=run_id, mode=mode, periods=periods)


def rows_of(sections: list[Section]) -> list[Row]:
    (section,) = sections
    (table,) = (part for part in section.parts if isinstance(part, Table))
    return list(table.rows)


def show(*runs: RecordedRun, marked: str | None = None, planned: Any = None) -> list[tuple[Any, ...]]:
    rows = rows_of(list(show_months(runs, marked=marked, planned=planned)))
    return [tuple(value.text if hasattr(value, "text") else value for value in row) for row in rows]


def test_a_month_that_was_loaded_again_is_as_its_latest_run_left_it() -> None:
    (run,) = history(1)
    assert show(load(run, "b", 70), load(run, "a", 50)) == [("2024-05", 70, "70.50", 2, "b")]


def test_what_was_appended_is_added() -> None:
    (run,) = history(1)
    first, more = load(run, "a", 50), load(run, "b", 70, mode="append")
    assert show(more, first) == [("2024-05", 120, "121.00", 2, "b")]


def test_the_run_that_the_page_is_about_is_marked_with_what_was_there_before() -> None:
    (run,) = history(1)
    (row,) = show(load(run, "b", 70), load(run, "a", 50), marked="b")
    assert row[1:3] == (70, 50)
    assert isinstance(row[-1], Both)
    assert row[-1].en == "this run"


def test_a_plan_is_shown_as_if_it_were_loaded() -> None:
    (run,) = history(1)
    planned = {"column": "月度", "periods": [{"period": "2024-06-01", "facts": 9, "sums": {}}]}
    assert [row[:3] for row in show(load(run, "a", 50), planned=planned)] == [
        ("2024-06", 9, None),
        ("2024-05", 50, None),
    ]


def test_facts_without_months_have_no_such_section() -> None:
    (run,) = history(1)
    assert list(show_months([replace(run, periods=None)])) == []
    assert list(show_months([load(run, "a", 5, month="(withheld)")])) == []


def test_a_chart_has_a_bar_for_each_month_and_marks_those_of_the_run() -> None:
    (section,) = show_months(history(4), marked="00000000-0000-4000-8000-000000000001")
    (charts,) = (part for part in section.parts if isinstance(part, Charts))
    assert [chart.svg.count('class="bar"') for chart in charts.charts] == [4, 4]
    for chart in charts.charts:
        assert chart.svg.partition("color-1")[2].count('class="bar"') == 1
        assert not any(word in chart.svg for word in ("<script", "<style", "style=", "http:", "https:"))
