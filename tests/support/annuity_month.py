"""A month of 规模明细 as the business really sends it, made from a seed, with what each row means.

The truth is decided first and spelt afterwards; nothing here is read or cleaned by the domain's own code.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

Cells = dict[str, Any]
Truth = dict[str, Any]

MONTH = datetime.date(2024, 11, 1)
SHARE_OF_BLANK_NAMES = 0.87
COLLECTIVE_ROWS = 1530 / 12_000

_PLACES = ("青禾", "远澜", "墨川", "橙舟", "栗原", "晴野", "霁蓝", "松塔", "云杉", "石竹")
_FORMS = ("集团有限公司", "（控股）有限公司", "会计师事务所（特殊普通合伙）", "股份有限公司")
_BLANK_NAMES = (None, None, None, None, "null", "NULL", "(空白)", "空白", "无", "N/A", "-", "——", "0", 0)
_MONTHS = (202411, "202411", "2024年11月", "2024年11", "24.11", 24.11, "24-11-15", 20241115, "24年11月", "2024/11/1")
_DRESSES: tuple[Callable[[str], str], ...] = (
    lambda name: f"{name}-已转出",
    lambda name: f"{name}(待转出)",
    lambda name: f"（{name[:2]}）{name}",
    lambda name: f"「{name}」",
    lambda name: f"{name}及下属子企业",
    lambda name: f"{name}(团托)",
    lambda name: f"{name}—养老",
    lambda name: f"{name}-12",
    lambda name: f"{name}-A",
    lambda name: f"原-{name}",
    lambda name: f"{name[:3]} {name[3:]}",
    lambda name: f"{name}（保留账户）-B",
)
"""How people dress up a name that is clean."""

_OFFICES = {
    "总部": "G00",
    "北京": "G01",
    "广州": "G04",
    "济南": "G21",
    "内蒙古": "G31",
    "北分": "G37",
    "火星": "G00",
    None: "G00",
}
_LINES = {"企年受托": "PL202", "企年投资": "PL201", "职年受托": "PL204"}
_KINDS = {"单一计划": ("企年受托", "企年投资"), "集合计划": ("企年受托", "企年投资"), "职业年金": ("职年受托",)}


@dataclass(frozen=True, slots=True)
class Company:
    """A customer. ``known`` says which mapping knows it, None: none does."""

    name: str
    number: str
    account: str
    known: str | None

    @property
    def account_name(self) -> str:
        """The name under which its account runs, which says nothing of its own name."""
        return f"账户{self.account}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan; ``owner`` None: it has several."""

    code: str
    name: str
    kind: str
    owner: Company | None


@dataclass(frozen=True, slots=True)
class Row:
    """What the sheet has below its headers, and what the warehouse must have."""

    cells: Cells
    truth: Truth


@dataclass(frozen=True, slots=True)
class AnnuityMonth:
    """A month's rows, and the mappings that the company has beside its configuration, by their keys."""

    rows: tuple[Row, ...]
    company_ids: Mapping[str, Mapping[str, str]]


def make_month(seed: int, *, rows: int, has_account_names: bool) -> AnnuityMonth:
    """Make up a month of this many rows. The same arguments give the same month.

    ``has_account_names``: the sheet has a column 年金账户名; otherwise it is the name as typed.
    """
    random = Random(f"annuity {seed}")  # noqa: S311 - sample data
    companies = [_company(number, random) for number in range(max(20, rows // 10))]
    single = [_single_plan(number, company, random) for number, company in enumerate(companies)]
    shared = [
        Plan(f"J{number:04d}", f"示例{place}企业年金集合计划", "集合计划", None) for number, place in enumerate(_PLACES)
    ]
    state = [
        Plan(f"Q{number:04d}", f"示例{place}职业年金计划", "职业年金", None) for number, place in enumerate(_PLACES)
    ]
    made = []
    for _ in range(rows):
        dice = random.random()
        plans = shared if dice < COLLECTIVE_ROWS else state if dice < COLLECTIVE_ROWS + 0.02 else single
        made.append(_row(random.choice(plans), random, has_account_names=has_account_names))
    return AnnuityMonth(tuple(made), _mappings(companies, single))


def temporary(name: str) -> str:
    """The temporary id of a clean name, without a salt of the company's own."""
    plain = "".join(unicodedata.normalize("NFKC", name).split())
    return f"IN_{hmac.new(b'wdh', plain.encode(), hashlib.sha256).hexdigest()[:16]}"


def _company(number: int, random: Random) -> Company:
    name = f"{_PLACES[number % len(_PLACES)]}示例第{number}{_FORMS[number // len(_PLACES) % len(_FORMS)]}"
    known = random.choice(("by_plan", "by_plan", "by_account", "by_name", "by_account_name", None))
    return Company(name, f"6{number:08d}", f"{number * 37 + 1:010d}", known)


def _single_plan(number: int, owner: Company, random: Random) -> Plan:
    code = ("P0290", "P0807")[number] if number < 2 else f"Z{number:04d}"
    name = f"{owner.name}企业年金计划" if random.random() < 0.95 else f"示例第{number}号计划"
    return Plan(code, name, "单一计划", owner)


def _mappings(companies: list[Company], plans: list[Plan]) -> Mapping[str, Mapping[str, str]]:
    def of(link: str) -> list[Company]:
        return [company for company in companies if company.known == link]

    owned = [(plan.code, plan.owner) for plan in plans if plan.owner is not None and plan.owner.known == "by_plan"]
    return {
        "by_plan": {code: owner.number for code, owner in owned},
        "by_account": {company.account: company.number for company in of("by_account")},
        "by_name": {company.name: company.number for company in of("by_name")},
        "by_account_name": {company.account_name: company.number for company in of("by_account_name")},
    }


def _row(plan: Plan, random: Random, *, has_account_names: bool) -> Row:
    business = random.choice(_KINDS[plan.kind])
    office = random.choice(list(_OFFICES))
    typed, name = _spell_name(plan, random)
    has_account = plan.owner is not None and random.random() < 0.7
    account = plan.owner.account if plan.owner is not None and has_account else None
    account_name = plan.owner.account_name if plan.owner is not None and has_account_names else None
    number = plan.owner.number if plan.owner is not None and random.random() < 0.02 else None
    company = number or _find(plan, account=account, name=name, account_name=account_name)
    rate = random.choice((0.0123, 0.0456, -0.02, 5.5 if random.random() < 0.02 else 0.0111))
    size = random.randrange(10**9)
    portfolio = f"{plan.code}A{random.randrange(3)}"
    own_code = random.choice(("G05", None, None, "null"))
    truth = {
        "月度": MONTH,
        "业务类型": business,
        "计划类型": plan.kind,
        "计划代码": plan.code,
        "计划名称": plan.name,
        "组合代码": portfolio,
        "客户名称": name,
        "期末资产规模": Decimal(size),
        "当期收益率": Decimal(repr(rate)),
        "机构代码": "G05" if own_code == "G05" else _OFFICES[office],
        "机构名称": office,
        "产品线代码": _LINES[business],
        "年金账户号": account,
        "年金账户名": account_name if has_account_names else typed if name_is_typed(typed) else None,
        "company_id": company,
    }
    cells = {
        "月度": random.choice(_MONTHS),
        "业务类型": business,
        "计划类型": plan.kind,
        "计划号": f"1{plan.code}" if plan.code in ("P0290", "P0807") and random.random() < 0.5 else plan.code,
        "计划名称": plan.name,
        "组合类型": None,
        "组合代码": f"F{portfolio}" if random.random() < 0.3 else portfolio,
        "客户名称": typed,
        "期末资产规模": size,
        "当期收益率": rate,
        "机构代码": own_code,
        "机构": office,
        "集团企业客户号": None if account is None else f"C{account}",
        "子企业号": "0001",
        "子企业名称": "示例子企业",
        "集团企业客户名称": None,
        "company_id": number,
    }
    return Row(cells | ({"年金账户名": account_name} if has_account_names else {}), truth)


def name_is_typed(cell: Any) -> bool:
    """Say whether a cell of 客户名称 has a name, and no placeholder."""
    return cell not in _BLANK_NAMES


def _spell_name(plan: Plan, random: Random) -> tuple[Any, str | None]:
    """Give the cell of 客户名称, and the name that the warehouse must have."""
    if plan.owner is None:
        return random.choice(_BLANK_NAMES), None
    if random.random() < SHARE_OF_BLANK_NAMES:
        has_name = plan.name.endswith("企业年金计划")
        return random.choice(_BLANK_NAMES), plan.owner.name if has_name else None
    dress = random.choice(_DRESSES) if random.random() < 0.4 else str
    return dress(plan.owner.name), plan.owner.name


def _find(plan: Plan, *, account: str | None, name: str | None, account_name: str | None) -> str | None:
    if plan.owner is not None:
        known = {"by_plan": plan.code, "by_account": account, "by_name": name, "by_account_name": account_name}
        if plan.owner.known is not None and known[plan.owner.known] is not None:
            return plan.owner.number
    return None if name is None else temporary(name)
