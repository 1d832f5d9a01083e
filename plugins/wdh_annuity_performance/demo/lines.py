"""The lines of the sample sheets before they are spelt: one mapping of clean values per line.

``None`` means blank. The domain's own defaults (codes, product lines, company ids) are not filled in here.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from decimal import Decimal
from random import Random

from wdh_annuity_performance.demo.book import BUSINESS, Book, Portfolio

Value = str | Decimal | datetime.date | None
Line = Mapping[str, Value]

AMOUNTS = ("期初资产规模", "期末资产规模", "供款", "流失(含待遇支付)", "流失", "待遇支付", "投资收益")
FEES = ("固费", "浮费", "回补", "税")
_PRODUCT_LINES = {"企年投资": "PL201", "企年受托": "PL202", "职年投资": "PL203", "职年受托": "PL204"}
_LARGEST = 12_000_000_000_00
"""In cents: amounts reach eleven digits before the point, as the business's do."""


def performance_lines(book: Book, month: datetime.date, *, rows: int, random: Random) -> Iterator[Line]:
    """Give ``rows`` lines of 规模明细: each portfolio of the book first, then any again."""
    for portfolio in _portfolios(book, rows, random):
        yield {**_shared(portfolio, month, random), **_movements(random), **_identity(portfolio, random)}


def income_lines(book: Book, month: datetime.date, *, rows: int, random: Random) -> Iterator[Line]:
    """Give ``rows`` lines of 收入明细, the sheet beside it that belongs to another domain."""
    for portfolio in _portfolios(book, rows, random):
        fees = {name: _money(random.randrange(-10_000, 5_000_000)) for name in FEES}
        yield {**_shared(portfolio, month, random), **fees, **_identity(portfolio, random)}


def _portfolios(book: Book, rows: int, random: Random) -> Iterator[Portfolio]:
    yield from book.portfolios[:rows]
    for _ in range(rows - len(book.portfolios)):
        yield random.choice(book.portfolios)


def _shared(portfolio: Portfolio, month: datetime.date, random: Random) -> Line:
    plan = portfolio.plan
    business = random.choice(BUSINESS[plan.kind])
    return {
        "月度": month,
        "业务类型": business,
        "计划类型": plan.kind,
        "计划代码": plan.code,
        "计划名称": plan.name,
        "组合类型": portfolio.kind,
        "组合代码": portfolio.code,
        "组合名称": portfolio.name,
        "机构代码": plan.branch.code,
        "机构名称": plan.branch.name,
        "产品线代码": _PRODUCT_LINES[business] if random.random() < 0.7 else None,
    }


def _identity(portfolio: Portfolio, random: Random) -> Line:
    client = random.choice(portfolio.plan.clients)
    return {
        "客户名称": client.name,
        "年金账户号": client.account,
        "年金账户名": client.name if random.random() < 0.8 else None,
        "company_id": client.company_id if random.random() < 0.95 else None,
    }


def _movements(random: Random) -> Line:
    """Make up the seven amounts of a line, which add up as a balance does, and its rate of return."""
    opening = int(_LARGEST * random.random() ** 6)
    paid_in, left, paid_out = (int(opening * random.random() * share) for share in (0.02, 0.004, 0.006))
    rate = random.randrange(-300, 900)
    earned = opening * rate // 10_000
    cents = (opening, opening + paid_in - left - paid_out + earned, paid_in, left + paid_out, left, paid_out, earned)
    amounts: dict[str, Value] = {name: _money(amount) for name, amount in zip(AMOUNTS, cents, strict=True)}
    if random.random() < 0.03:
        amounts["投资收益"] = None
    return {**amounts, "当期收益率": Decimal(rate).scaleb(-4) if random.random() < 0.97 else None}


def _money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
