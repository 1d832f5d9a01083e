"""Laws of cleaning, over cells that nobody thought of."""

from __future__ import annotations

import datetime
import unicodedata
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.batches import cut_batch, join_facts, make_batch, read_cell

from wdh.columns import Columns, amount, boolean, choice, code, date, integer, month, percent, text
from wdh.columns import datetime as moment
from wdh.facts import Reject
from wdh.facts.cells import ERROR_TEXTS, UNCACHED, CellValue, DamagedValue, ErrorValue, Merged
from wdh.words.blanks import is_blank

SPECIMENS = st.sampled_from(
    [
        *(
            "合计",
            "小 计：",
            "(空白)",
            "",
            " ",
            "-",
            "—",
            "无",
            "N/A",
            "0012",
            "z-0003",
            "F12",
            "１２",
            "12",
            "1,234.50",
        ),
        *("1,23", "(5)", "¥5", "5.36%", "5.36", "2024年11月", "24年1月", "2024-11", "2024/11/1", "2024.11", "202413"),
        *("是", "否", "集合", "集合计划", "A\nB", "A²", "A\0", "x" * 40, "\u200bA\ufeff", "1.2E+17", "1e-7"),
        *(0, 1, 12, 202411, 45600, 20241101, -3, 10**15, 10**16, 0.0, -0.0, 1.0, 12.5, 2024.1, 2024.11, 0.1 + 0.2),
        *(1.00005, 10936191575.209999, 1e-10, 1e300, float("inf"), float("nan"), True, False, None, UNCACHED),
        *(
            datetime.datetime.fromisoformat("2024-11-01"),
            datetime.date(2024, 11, 1),
            datetime.time(1),
            datetime.timedelta(2),
        ),
        *sorted(ERROR_TEXTS),
        *(ErrorValue("Err:502"), ErrorValue(""), DamagedValue("1,5")),
    ]
)
PLAIN = SPECIMENS | st.text(max_size=8) | st.floats() | st.integers() | st.datetimes() | st.booleans()
CELLS = PLAIN | st.builds(Merged, PLAIN, st.just("A2:A4"))
FORMATS = st.sampled_from(
    [
        None,
        None,
        None,
        "0000",
        '"C"0000',
        "#,##0",
        "0.00",
        "0%",
        "# ?/?",
        ";;;",
        "General;-0",
        '0"%"',
        "0,",
        "[$$-409]0",
        "[>1]0;@",
        '@"期"',
    ]
)
AMOUNTS = st.decimals(min_value=-(10**15), max_value=10**15, places=4, allow_nan=False)
MONTHS = st.dates(datetime.date(2000, 1, 1), datetime.date(2099, 12, 31)).map(lambda day: day.replace(day=1))
LABELS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


def make_sheet(remembered: int = 50_000) -> Columns:
    """Describe a sheet with a column of every kind."""
    return Columns(
        text("文", max_length=20, blank=["(空白)"]),
        code("码", aliases=["别"], upper=True, drop="-_ ", max_length=12),
        code("号", width=4),
        month("月", required=True),
        date("日", formats=["%d/%m/%Y", "%b %d %y"]),
        moment("时"),
        amount("额", scale=4, precision=20),
        amount("数"),
        percent("率"),
        integer("个"),
        choice("类", values=["集合计划"], mapping={"集合": "集合计划"}),
        boolean("否"),
        totals=["合计", "小计"],
        remembered=remembered,
    )


HEADERS = ("文", "码", "别", "号", "月", "月#2", "日", "时", "额", "额#2", "数", "率", "个", "类", "否", "注")


@st.composite
def batches(draw: st.DrawFn) -> Any:
    """Draw a batch of any cells under the headers of the sheet."""
    rows = draw(st.integers(1, 6))
    columns: dict[str, list[CellValue]] = {
        header: draw(st.lists(CELLS, min_size=rows, max_size=rows)) for header in HEADERS
    }
    # a month that is fine, so that most rows are not refused for it alone
    columns["月"] = draw(st.lists(st.just(202411) | CELLS, min_size=rows, max_size=rows))
    formats = {
        header: draw(st.lists(FORMATS, min_size=rows, max_size=rows))
        for header in ("文", "码", "月", "额", "数", "率", "个")
    }
    return make_batch(columns, formats=formats)


@given(batches())
def test_no_row_is_lost_and_none_is_invented(batch: Any) -> None:
    """Each row is a fact, has rejects, or is a total, and only one of these; whatever the cells are."""
    facts = make_sheet().clean(batch)
    refused = {reject.row for reject in facts.rejects}
    assert facts.totals + len(refused) + len(facts) == len(batch)
    assert not refused & set(facts.row_numbers)
    assert {len(column) for column in facts.columns.values()} == {len(facts)}


@given(batches(), st.sets(st.integers(1, 5)))
def test_the_result_does_not_depend_on_the_cuts(batch: Any, places: set[int]) -> None:
    """Batches of any size give the same facts, rejects, totals and notes."""
    sheet = make_sheet()
    assert join_facts([sheet.clean(part) for part in cut_batch(batch, places)]) == join_facts(
        [make_sheet().clean(batch)]
    )


@given(batches())
def test_what_is_remembered_changes_no_result(batch: Any) -> None:
    """A memory of one value, a full one, and one that has seen the batch before give the same."""
    forgetful, usual = make_sheet(remembered=1), make_sheet()
    first = join_facts([usual.clean(batch)])
    assert join_facts([usual.clean(batch)]) == first
    assert join_facts([forgetful.clean(batch)]) == first


@given(batches())
def test_clean_values_are_of_types_that_the_warehouse_takes(batch: Any) -> None:
    """Nothing that cleaning uses inside ever gets out."""
    facts = make_sheet().clean(batch)
    kinds = {type(value) for column in facts.columns.values() for value in column}
    assert kinds <= {type(None), str, int, float, bool, Decimal, datetime.date, datetime.datetime}


@given(CELLS)
def test_cleaning_twice_is_cleaning_once(cell: CellValue) -> None:
    """A clean text, code, month, day or amount is clean."""
    for column in (
        text("文"),
        code("码", upper=True, drop="-_ "),
        month("月"),
        date("日"),
        moment("时"),
        amount("额", scale=4),
    ):
        value = read_cell(column, cell)
        if not isinstance(value, Reject):
            again = read_cell(column, value)  # type: ignore[arg-type]
            assert again == value
            assert type(again) is type(value)


@given(AMOUNTS, st.sampled_from(["{:f}", "{:,f}", "¥{:,f}", "￥ {:f}", " {:e}\u3000"]))
def test_an_amount_survives_being_shown(value: Decimal, style: str) -> None:
    """However an amount is written, the same amount is read, to the last digit."""
    for column in (amount("额"), amount("额", scale=4, precision=20)):
        assert read_cell(column, style.format(value)) == value
        wide = style.format(value).translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
        assert read_cell(column, wide) == value
        assert read_cell(column, "(" + style.format(abs(value)) + ")") == -abs(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_its_repr(value: float) -> None:
    """Without a scale a float arrives as the very digits that Python shows for it."""
    got = read_cell(amount("额"), value)
    assert isinstance(got, float)
    assert Decimal(repr(got)) == Decimal(repr(value))


@given(st.floats(-1e15, 1e15) | AMOUNTS.map(float))
def test_a_scaled_float_is_off_by_less_than_excel_shows(value: float) -> None:
    """What arrives has at most four decimals and is the value that Excel shows at 15 digits, rounded half up."""
    got = Decimal(str(read_cell(amount("额", scale=4, precision=20), value)))
    exponent = got.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    assert exponent >= -4
    if Decimal(repr(value)) != got:
        shown = Decimal(f"{value:.15g}")
        assert abs(shown - got) <= Decimal("0.00005")


@given(st.decimals(min_value=-1, max_value=10, places=6, allow_nan=False))
def test_a_rate_survives_being_shown_as_a_percentage(value: Decimal) -> None:
    """A percent sign divides by 100 exactly."""
    assert read_cell(percent("率"), f"{value.scaleb(2):f}%") == value


@given(MONTHS, st.sampled_from(["%Y%m", "%Y年%m月", "%y年%m月", "%Y-%m", "%Y/%m/%d", "%Y.%m", "%Y-%m-%d 00:00:00"]))
def test_a_month_survives_being_shown(value: datetime.date, style: str) -> None:
    """Every spelling of a month, as text, number or date, is read as that month."""
    column = month("月")
    assert read_cell(column, value.strftime(style)) == value
    assert read_cell(column, int(value.strftime("%Y%m"))) == value
    assert read_cell(column, datetime.datetime.combine(value, datetime.time(23, 59))) == value


@given(st.integers(0, 10**15 - 1), st.integers(1, 15))
def test_a_code_shown_by_a_format_is_that_text(value: int, digits: int) -> None:
    """The number under a format of zeros, and the text that it shows, are one code."""
    column = code("码")
    shown = f"{value:0{digits}d}"
    assert read_cell(column, value, number_format="0" * digits) == shown
    assert read_cell(column, float(value), number_format="0" * digits) == shown
    assert read_cell(column, shown) == shown


@given(LABELS)
def test_a_text_only_loses_what_cannot_be_seen(label: str) -> None:
    """Every visible character of a text arrives, in its order."""
    value = read_cell(text("文"), label)
    if isinstance(value, Reject):
        assert value.reason == "error_value"
        return

    def seen(spelt: str) -> str:
        return "".join(char for char in spelt if not char.isspace() and unicodedata.category(char) != "Cf")

    assert (seen(str(value)) == seen(label)) if value is not None else is_blank(label)
