"""What each guard says to a forecast, a delivery and its columns."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from msgspec.structs import replace

from wdh.apply.forecast import AmountForecast, FactForecast, Forecast, LeftBehind, PeriodForecast, ReferenceForecast
from wdh.apply.guards import Breach, Judged, Watch
from wdh.apply.guards.judging import Repeats, find_repeats, judge
from wdh.apply.guards.values import Vanished, decide
from wdh.facts import Facts
from wdh.facts.spool import FactRows, Spool
from wdh.settings import Bound, Guards
from wdh.sql.identifiers import Target

FACTS = Target("public", "明细")
TODAY = datetime.date(2024, 11, 29)


def watch(guards: Guards | None = None, *, declares: bool = False, **more: Any) -> Watch:
    return Watch(guards or Guards(), frozenset(), TODAY, declares, **more)


@contextmanager
def facts_of(*rows: Mapping[str, Any]) -> Iterator[FactRows]:
    with Spool(("月",), period_columns=("月",)) as spool:
        values = {name: [row.get(name) for row in rows] for name in ("月", "店", "额")}
        spool.append(Facts(list(range(2, 2 + len(rows))), values), file="f.xlsx", sheet="明细", letters={"月": "A"})
        yield spool.facts()


def periods(*found: PeriodForecast, **more: Any) -> Forecast:
    return Forecast((), FactForecast(FACTS, "月", ("月", "店"), found, **more))


def find(forecast: Forecast, guards: Guards | None = None, **more: Any) -> dict[str, Breach]:
    known = {"facts": None, "repeats": Repeats(), **more}
    return {breach.name: breach for breach in judge(watch(guards), forecast=forecast, **known)}


def amount(before: int, after: int) -> AmountForecast:
    return AmountForecast(Decimal(0), Decimal(0), Decimal(before), Decimal(after))


@pytest.mark.parametrize(
    ("before", "deleted", "inserted", "is_found"),
    [(20_000, 20_000, 38, True), (100, 100, 50, False), (100, 100, 49, True), (0, 0, 0, False), (100, 60, 10, False)],
)
def test_a_period_may_lose_half_of_its_facts_and_no_more(
    before: int, deleted: int, inserted: int, is_found: bool
) -> None:
    found = find(periods(PeriodForecast("2024-11-01", before, deleted, inserted)))
    assert ("shrink" in found) == is_found
    if is_found:
        (figure,) = found["shrink"].figures
        assert figure["of"] == "facts"
        assert (figure["before"], figure["after"]) == (f"{before:,}", f"{before - deleted + inserted:,}")
        assert "2024" not in found["shrink"].sentence


def test_an_amount_may_lose_half_of_its_absolute_sum_and_no_more() -> None:
    amounts = {"净": amount(100, 49), "毛": amount(100, 50), "空": amount(0, 0)}
    found = find(periods(PeriodForecast("2024-11-01", 10, 10, 10, amounts=amounts)))
    assert [figure["of"] for figure in found["shrink"].figures] == ["净"]


def test_the_share_is_that_of_the_configuration_and_off_is_off() -> None:
    lost = periods(PeriodForecast(None, 100, 20, 0))
    assert not find(lost)
    assert find(lost, Guards(shrink=Fraction(1, 10)))["shrink"].figures[0]["period"] == "all"
    assert not find(periods(PeriodForecast(None, 100, 100, 0)), Guards(shrink=None))


def test_deletes_are_bounded_by_a_number_or_by_a_share_of_the_table() -> None:
    forecast = periods(PeriodForecast("2024-11-01", 100, 60, 100), table_rows=500)
    assert not find(forecast)
    assert not find(forecast, Guards(deletes=Bound(rows=60)))
    assert "at most 59 may" in find(forecast, Guards(deletes=Bound(rows=59)))["deletes"].sentence
    assert not find(forecast, Guards(deletes=Bound(share=Fraction(12, 100))))
    assert "11 % of 500" in find(forecast, Guards(deletes=Bound(share=Fraction(11, 100))))["deletes"].sentence


def test_facts_left_behind_are_told_with_their_scopes_and_refused_where_that_is_asked() -> None:
    forecast = periods(
        PeriodForecast("2024-11-01", 10, 5, 5, left_behind=5), left_behind=(LeftBehind(("2024-11-01", None), 5),)
    )
    told = find(forecast)["left_behind"]
    assert not told.refuses
    assert told.figures == ({"月": "2024-11-01", "店": "", "facts": "5"},)
    assert find(forecast, Guards(left_behind="refuse"))["left_behind"].refuses


def test_a_reference_may_not_grow_by_more_than_its_share_but_an_empty_one_may_be_filled() -> None:
    grown = ReferenceForecast("shops", FACTS, ("店",), 20, inserted=6, table_rows=100)
    guards = Guards(new_values=Fraction(5, 100))
    assert not find(Forecast((grown,), None))
    assert find(Forecast((grown,), None), guards)["new_values"].figures == (
        {"ref": "shops", "rows": "100", "new": "6"},
    )
    for fine in (replace(grown, inserted=5), replace(grown, table_rows=0), replace(grown, table_rows=None)):
        assert not find(Forecast((fine,), None), guards)


@pytest.mark.parametrize(("month", "is_found"), [((2024, 12), False), ((2025, 1), True), ((2020, 1), False)])
def test_a_month_after_the_next_one_is_refused(month: tuple[int, int], is_found: bool) -> None:
    with facts_of({"月": datetime.date(*month, 1)}) as facts:
        found = find(Forecast((), None), facts=facts)
        assert ("future_period" in found) == is_found
        assert not is_found or found["future_period"].refuses
        assert not find(Forecast((), None), Guards(future_period="off"), facts=facts)


def test_rows_that_are_the_same_in_every_column_are_told_with_their_places() -> None:
    row = {"月": datetime.date(2024, 11, 1), "店": "0001", "额": 5}
    with facts_of(row, row | {"额": 6}, row, row, row | {"额": 6}, row | {"店": "5"}) as facts:
        repeats = find_repeats(facts)
        assert (repeats.rows, repeats.groups) == (3, 2)
        assert [place.rows for place in repeats.places] == [(2, 4, 5), (3, 6)]
        found = find(Forecast((), None), facts=facts, repeats=repeats)["repeated_rows"]
        assert not found.refuses
        assert found.figures[0] == {"file": "f.xlsx", "sheet": "明细", "rows": "2, 4, 5"}
        refusing = find(Forecast((), None), Guards(repeated_rows="refuse"), facts=facts, repeats=repeats)
        assert refusing["repeated_rows"].refuses


def test_of_a_row_that_is_there_many_times_the_first_ten_places_are_told() -> None:
    with facts_of(*[{"月": datetime.date(2024, 11, 1), "店": "0001", "额": 5}] * 12) as facts:
        repeats = find_repeats(facts)
    assert (repeats.rows, [place.rows for place in repeats.places]) == (11, [tuple(range(2, 12))])


def test_a_vanished_column_is_told_with_its_near_match_and_the_line_that_mends_it() -> None:
    gone = Vanished("Net Pay", 1200, near="Net Salary", place="f.xlsx, sheet 明细, E1")
    with facts_of({"月": datetime.date(2024, 11, 1)}) as facts:
        known: dict[str, Any] = {"forecast": Forecast((), None), "facts": facts, "repeats": Repeats()}
        (breach,) = judge(watch(declares=True), vanished=[gone], **known)
        assert breach.refuses
        assert "is it Net Salary (f.xlsx, sheet 明细, E1)?" in breach.sentence
        assert breach.advice.endswith("aliases: [Net Salary]")
        assert breach.figures == ({"column": "Net Pay", "values replaced": "1,200"},)
        (breach,) = judge(watch(), vanished=[Vanished("Net Pay", 0, recorded=True)], **known)
        assert "in the latest runs" in breach.sentence
        assert breach.advice == ""


def test_what_is_accepted_does_not_refuse_and_what_was_not_needed_is_told() -> None:
    breaches = [Breach("shrink", "x"), Breach("left_behind", "y", refuses=False)]
    judged = decide(breaches, frozenset(("shrink", "left_behind", "deletes")))
    assert judged.accepted == ("shrink",)
    assert judged.unneeded == ("deletes", "left_behind")
    assert judged.refusing == ()
    assert decide(breaches, frozenset()) == Judged(tuple(breaches), (), ())
