"""The layouts of the sample sheets: titles, headers as people write them, and rows that are not facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from wdh_annuity_performance.demo import cells
from wdh_annuity_performance.demo.lines import AMOUNTS, FEES, Line
from wdh_annuity_performance.demo.workbook import Area, SheetRow

Spell = Callable[[Any, Random], cells.Cell]

_SPELLINGS: dict[str, Spell] = {
    "月度": cells.spell_month,
    "业务类型": cells.spell_as_is,
    "计划类型": cells.spell_as_is,
    "计划代码": cells.spell_loose_code,
    "组合代码": cells.spell_portfolio_code,
    "机构代码": cells.spell_code,
    "产品线代码": cells.spell_code,
    "年金账户号": cells.spell_code,
    "company_id": cells.spell_loose_code,
    "当期收益率": cells.spell_rate,
    **dict.fromkeys((*AMOUNTS, *FEES), cells.spell_amount),
}
_BRANCH = ("机构代码", "机构名称")
_MERGED_ROWS = 3


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a sheet. ``column`` is the line's, None for an extra one; ``spell`` None: as usual."""

    header: str | None
    column: str | None = None
    spell: Spell | None = None

    def cell(self, line: Line, random: Random) -> cells.Cell:
        """Spell what ``line`` says in this column."""
        if self.column is None:
            return "采集系统" if self.header is not None and random.random() < 0.3 else None
        spell = self.spell or _SPELLINGS.get(self.column, cells.spell_text)
        return spell(line[self.column], random)


@dataclass(frozen=True, slots=True)
class Layout:
    """A sheet's fields in order, the rows above its header, and how often a peculiar row comes (0: never)."""

    fields: tuple[Field, ...]
    titles: tuple[str, ...] = ()
    hidden_every: int = 0
    blank_every: int = 0
    subtotal_every: int = 0
    merged_every: int = 0

    def arrange(self, lines: Iterable[Line], random: Random) -> Iterator[SheetRow]:
        """Lay the lines out below titles and header, with a grand total at the end."""
        width = len(self.fields)
        for title in self.titles:
            yield SheetRow((title,), areas=(Area(0, width=width),))
        yield SheetRow(tuple(field.header for field in self.fields))
        sums = dict.fromkeys(AMOUNTS, Decimal(0))
        for number, line in enumerate(self._share_branches(lines), 1):
            yield from self._before(number, sums)
            yield self._row(number, line, random)
            for name in AMOUNTS:
                amount = line.get(name)
                sums[name] += amount if isinstance(amount, Decimal) else 0
        yield SheetRow()
        yield self._total("合计", sums)

    def _share_branches(self, lines: Iterable[Line]) -> Iterator[Line]:
        """Let the lines under one merged cell say what its first line says."""
        first: Line = {}
        for number, line in enumerate(lines, 1):
            if self._place_in_area(number) == 0:
                first = line
            shared = self._place_in_area(number) is not None
            yield {**line, **{column: first[column] for column in _BRANCH}} if shared else line

    def _row(self, number: int, line: Line, random: Random) -> SheetRow:
        place = self._place_in_area(number)
        covered = _BRANCH if place else ()
        written = tuple(None if field.column in covered else field.cell(line, random) for field in self.fields)
        starts = [index for index, field in enumerate(self.fields) if place == 0 and field.column in _BRANCH]
        areas = tuple(Area(index, height=_MERGED_ROWS) for index in starts)
        return SheetRow(written, _comes(number, self.hidden_every), areas, line)

    def _place_in_area(self, number: int) -> int | None:
        """Give the place of the line in its merged range, from 0; None: in none. The first line is in none."""
        if not self.merged_every or number < self.merged_every:
            return None
        place = number % self.merged_every
        return place if place < _MERGED_ROWS else None

    def _before(self, number: int, sums: dict[str, Decimal]) -> Iterator[SheetRow]:
        if self._place_in_area(number):
            return  # nothing may come between the rows of a merged range
        if _comes(number, self.blank_every):
            yield SheetRow((None, " ", None))
        if _comes(number, self.subtotal_every):
            yield self._total("小计", sums)

    def _total(self, word: str, sums: dict[str, Decimal]) -> SheetRow:
        amounts = [None if field.column not in sums else float(sums[field.column]) for field in self.fields]
        return SheetRow((word, *amounts[1:]))


def _comes(number: int, every: int) -> bool:
    return every > 0 and number % every == 0


def _named(names: Sequence[str]) -> tuple[Field, ...]:
    return tuple(Field(name, name) for name in names)


def _year(month: Any, random: Random) -> cells.Cell:
    return random.choice((month.year, str(month.year)))


def _month_of_year(month: Any, random: Random) -> cells.Cell:
    return random.choice((month.month, str(month.month)))


_KIND_NAMES = ("业务类型", "计划类型", "计划代码", "计划名称", "组合类型", "组合代码", "组合名称", "客户名称")
_KINDS = _named(_KIND_NAMES)
_MOVED = (Field("流失（含待遇支付）", "流失(含待遇支付)"), *_named(("流失", "待遇支付", "投资收益", "当期收益率")))
_SPLIT_MONTH = (Field("年", "月度", _year), Field("月", "月度", _month_of_year))

TITLED = Layout(
    fields=(
        Field("月度 ", "月度"),
        *_KINDS,
        Field("期初\n资产规模", "期初资产规模"),
        Field("期末\n资产规模", "期末资产规模"),
        Field("供款", "供款"),
        *_MOVED,
        *_named(("机构代码",)),
        Field("机构", "机构名称"),
        *_named(("产品线代码", "年金账户号", "年金账户名", "company_id")),
    ),
    titles=("示例养老保险公司年金规模明细表（单位：元）",),
    hidden_every=97,
    blank_every=211,
    subtotal_every=500,
    merged_every=150,
)
"""A title above the header, merged cells, hidden rows; 机构 for 机构名称."""

WITHOUT_COMPANY = Layout(
    fields=(
        *_KINDS[:4],
        Field("月度", "月度"),
        *_KINDS[4:],
        Field(None),
        *_named(("期初资产规模", "期末资产规模", "供款")),
        *_MOVED,
        Field("备注"),
        *_named(("机构代码", "机构名称", "产品线代码", "年金账户号", "年金账户名")),
        Field("备注"),
    ),
    hidden_every=131,
    subtotal_every=700,
)
"""No company_id at all; another order; an empty header; two extra columns under one header."""

SPLIT_MONTH = Layout(
    fields=(
        *_SPLIT_MONTH,
        *_KINDS,
        *_named(("期初资产规模", "期末资产规模")),
        Field("供　款", "供款"),
        Field("流失\t(含待遇支付)", "流失(含待遇支付)"),
        *_MOVED[1:],
        *_named(("机构代码", "机构名称", "产品线代码")),
        Field("集团企业客户号", "年金账户号", cells.spell_account),
        *_named(("年金账户名",)),
        Field("公司代码", "company_id", cells.spell_loose_code),
        Field("数据来源"),
    ),
    titles=("示例养老保险公司", "年金规模明细表"),
    blank_every=300,
    subtotal_every=1000,
)
"""Two titles; 年 and 月 for 月度, 集团企业客户号 for 年金账户号, 公司代码 for company_id."""

COMPLETE = Layout(
    fields=(
        Field("月度", "月度"),
        *_KINDS,
        *_named(("期初资产规模", "期末资产规模", "供款")),
        *_MOVED,
        *_named(("机构代码", "机构名称", "产品线代码", "年金账户号", "年金账户名", "company_id")),
    ),
    hidden_every=997,
    blank_every=1999,
    subtotal_every=5000,
    merged_every=2500,
)
"""The 23 columns, with all peculiarities, at the rates of a large workbook."""

PLAIN = Layout(fields=COMPLETE.fields)
"""The 23 columns, and no peculiar rows but the total."""

INCOME = Layout(fields=_named(("月度", *_KIND_NAMES, *FEES, "机构代码", "机构名称", "产品线代码", "年金账户名")))
"""收入明细, a sheet of another domain in the same workbook."""
