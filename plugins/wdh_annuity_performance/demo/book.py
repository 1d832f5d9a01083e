"""The made-up business behind the demonstration: clients, branches, plans and portfolios that exist nowhere else.

Every name carries the word 示例 (example), so that nobody takes one for a real company.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

_WORDS = ("青禾", "远澜", "墨川", "橙舟", "栗原", "晴野", "霁蓝", "松塔", "云杉", "石竹", "朝露", "白桦")
_TRADES = ("纺织", "机械", "食品", "物流", "仪表", "园艺", "陶瓷", "造纸", "玻璃", "乳业", "钟表", "风筝", "灯具")
_FORMS = ("集团有限公司", "股份有限公司", "有限责任公司", "（控股）有限公司")
_PLACES = ("东山", "南湖", "西岭", "北桥", "中洲", "上林", "下渡", "左岸", "右滩", "高塬", "平江", "长堤")
_PORTFOLIOS = ("固定收益组合", "稳健配置组合", "权益组合", "养老金产品组合", "流动性组合")
_CLIENTS_OF_A_COLLECTIVE_PLAN = 6

SINGLE, COLLECTIVE, OCCUPATIONAL = "单一计划", "集合计划", "职业年金"
BUSINESS = {
    SINGLE: ("企年受托", "企年投资"),
    COLLECTIVE: ("企年受托", "企年投资"),
    OCCUPATIONAL: ("职年受托", "职年投资"),
}
"""Which 业务类型 the lines of a 计划类型 have."""


@dataclass(frozen=True, slots=True)
class Client:
    """A company or office whose people save: its name, its number and its account."""

    name: str
    company_id: str
    account: str


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch (机构) that serves plans."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan with its clients (several for a collective one). ``code`` None: the business left it blank."""

    code: str | None
    name: str | None
    kind: str
    clients: tuple[Client, ...]
    branch: Branch


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A portfolio of a plan. ``code`` None: the business left it blank."""

    code: str | None
    name: str | None
    kind: str | None
    plan: Plan


@dataclass(frozen=True, slots=True)
class Book:
    """All portfolios, in the order in which they were opened; through them the plans."""

    portfolios: tuple[Portfolio, ...]

    def opened(self, share: float) -> Book:
        """The book as it was when this share of the portfolios was open."""
        return Book(self.portfolios[: max(1, int(len(self.portfolios) * share))])


def make_book(*, plans: int, portfolios: int, seed: int) -> Book:
    """Make up a business with this many plans and portfolios that have codes, and four without.

    The same numbers and seed give the same book. There are at least as many portfolios as plans.
    """
    random = Random(f"book {seed}")  # noqa: S311 - sample data
    branches = tuple(Branch(f"G{n:02d}", f"{place}示例分公司") for n, place in enumerate(_PLACES, 1))
    made = [_plan(number, random, branches) for number in range(1, plans + 1)]
    numbered = [_portfolio(number, made[(number - 1) % plans]) for number in range(1, max(plans, portfolios) + 1)]
    # Near the start, so that every month has lines without codes.
    return Book((*numbered[:10], *_without_codes(made, random, branches), *numbered[10:]))


def _plan(number: int, random: Random, branches: tuple[Branch, ...]) -> Plan:
    kind = (SINGLE, COLLECTIVE, SINGLE, OCCUPATIONAL, SINGLE)[number % 5]
    members = _CLIENTS_OF_A_COLLECTIVE_PLAN if kind == COLLECTIVE else 1
    clients = tuple(_client(number * 10 + member) for member in range(members))
    code = f"{number:04d}" if number % 4 == 0 else f"{_letter(kind)}{number:04d}"
    return Plan(code, _plan_name(kind, number, clients[0]), kind, clients, random.choice(branches))


def _letter(kind: str) -> str:
    return {SINGLE: "Z", COLLECTIVE: "J", OCCUPATIONAL: "P"}[kind]


def _plan_name(kind: str, number: int, client: Client) -> str:
    if kind == COLLECTIVE:
        return f"示例{_WORDS[number % len(_WORDS)]}集合企业年金计划 {number} 号"
    return f"{client.name} {'企业年金计划' if kind == SINGLE else '职业年金计划'}"


def _client(number: int) -> Client:
    word, rest = _WORDS[number % len(_WORDS)], number // len(_WORDS)
    trade, form = _TRADES[rest % len(_TRADES)], _FORMS[number % len(_FORMS)]
    return Client(f"{word}示例{trade}{form}第{number}部", f"6{number:08d}", f"{number * 37:012d}")


def _portfolio(number: int, plan: Plan) -> Portfolio:
    kind = _PORTFOLIOS[number % len(_PORTFOLIOS)]
    code = (f"{number:05d}", f"{number:04d}A", f"S{number:04d}")[number % 3]
    return Portfolio(code, f"{plan.name}{kind}{number}", kind, plan)


def _without_codes(plans: list[Plan], random: Random, branches: tuple[Branch, ...]) -> tuple[Portfolio, ...]:
    # The four blanks that have a default: 计划代码 of single and collective plans, 组合代码 of all three kinds.
    single = Plan(None, None, SINGLE, (_client(1),), random.choice(branches))
    collective = Plan(None, None, COLLECTIVE, tuple(_client(n) for n in range(2, 6)), random.choice(branches))
    occupational = next((plan for plan in plans if plan.kind == OCCUPATIONAL), single)
    named = Portfolio("00007", "示例零散组合", _PORTFOLIOS[0], single)
    return (*(Portfolio(None, None, None, plan) for plan in (single, collective, occupational)), named)
