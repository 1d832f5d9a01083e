"""Facts by period: counted and summed as they are spooled, whatever the batches."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from wdh.facts import Facts, FactValue
from wdh.facts.spool import Spool

OCTOBER, NOVEMBER = datetime.date(2024, 10, 1), datetime.date(2024, 11, 1)

rows = st.lists(
    st.tuples(
        st.sampled_from([OCTOBER, NOVEMBER]),
        st.sampled_from([None, 0, 7, -3, Decimal("0.10"), Decimal("-2.5"), 0.5]),
        st.sampled_from(["一", "二"]),
    ),
    min_size=1,
    max_size=12,
)


def batch_of(rows: Sequence[tuple[FactValue, ...]]) -> Facts:
    columns = dict(zip(("月度", "金额", "名称"), map(list, zip(*rows, strict=True)), strict=True))
    return Facts(list(range(2, 2 + len(rows))), columns)


@given(rows, rows)
def test_however_rows_are_cut_each_period_has_its_facts_and_their_sums(
    upper: list[tuple[FactValue, ...]], lower: list[tuple[FactValue, ...]]
) -> None:
    with Spool(("月度",), period_columns=("名称", "月度")) as spool, Spool((), period_columns=("月度",)) as other:
        spool.append(batch_of(upper), file="f.xlsx", sheet="s")
        other.append(batch_of(lower), file="f.xlsx", sheet="s")
        file = other._file
        assert spool.take_over(other.written(), file)
        facts = spool.facts()
    counts: defaultdict[FactValue, int] = defaultdict(int)
    sums: defaultdict[FactValue, Fraction] = defaultdict(Fraction)
    sizes: defaultdict[FactValue, Fraction] = defaultdict(Fraction)
    for period, amount, _ in (*upper, *lower):
        counts[period] += 1
        sums[period] += Fraction(amount or 0)  # type: ignore[arg-type]
        sizes[period] += abs(Fraction(amount or 0))  # type: ignore[arg-type]
    assert facts.period_column == "月度"
    assert {period: tally.facts for period, tally in facts.periods.items()} == dict(counts)
    for period, tally in facts.periods.items():
        found = tally.sums.get("金额")
        assert (sums[period], sizes[period]) == ((0, 0) if found is None else (found.value, found.size))


def test_a_column_with_a_text_tells_no_periods_apart() -> None:
    with Spool(("月度",), period_columns=("月度",)) as spool:
        spool.append(batch_of([(OCTOBER, 1, "一"), ("2024-11", 2, "二")]), file="f.xlsx", sheet="s")
        facts = spool.facts()
    assert facts.period_column is None
    assert {period: tally.facts for period, tally in facts.periods.items()} == {None: 2}
