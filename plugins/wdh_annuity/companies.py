"""Finds the company of a fact where the sheet does not name it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from wdh import squeeze
from wdh_annuity.columns import ACCOUNT_CODE, COMPANY_ID, PLAN_CODE, spell
from wdh_annuity.names import Clean
from wdh_annuity.settings import USUAL, Rules

TEMPORARY: Final = "IN_"
SINGLE_PLAN: Final = "单一计划"
"""The 计划类型 of a plan with one owner, whose code tells the company."""

_HEX_DIGITS: Final = 16


class Hints(NamedTuple):
    """The words of a row about its company: ``typed`` and ``name`` are 客户名称 before and after cleaning."""

    plan_type: str | None
    plan: str | None
    account: str | None
    typed: str | None
    name: str | None
    account_name: str | None


@dataclass(frozen=True, slots=True)
class Companies:
    """Finds a row's company by its plan, its account, its name, its account name, in this order.

    Names are compared in compatibility form and without blanks. ``unknown`` decides where nobody knows the company:
    ``temporary``, ``reject``, an id, None for NULL, or the usual rule. ``salt`` keys the temporary ids.
    """

    by_plan: Mapping[str, str]
    by_account: Mapping[str, str]
    by_name: Mapping[str, str]
    by_account_name: Mapping[str, str]
    unknown: str | None
    salt: bytes

    @classmethod
    def of(cls, rules: Rules, clean: Clean) -> Companies:
        """Take the mappings of ``rules``, spelt as facts are. Raises SetupError for one that no fact could have."""
        spelt, companies = partial(spell, domain=rules.domain), rules.companies
        names = {squeeze(name): spelt(COMPANY_ID, company) for name, company in companies.by_name}
        unknown = companies.unknown
        is_id = unknown not in (None, USUAL, "temporary", "reject")
        return cls(
            by_plan={spelt(PLAN_CODE, plan): spelt(COMPANY_ID, company) for plan, company in companies.by_plan},
            by_account={spelt(ACCOUNT_CODE, key): spelt(COMPANY_ID, company) for key, company in companies.by_account},
            by_name={**_clean_names(names, clean), **names},
            by_account_name={squeeze(key): spelt(COMPANY_ID, company) for key, company in companies.by_account_name},
            unknown=spelt(COMPANY_ID, str(unknown)) if is_id else unknown,
            salt=companies.salt.encode("utf-8"),
        )

    def find(self, row: Hints) -> str | None:
        """Find the company of a row. None: nobody knows it."""
        plan = self.by_plan.get(row.plan or "") if row.plan_type == SINGLE_PLAN else None
        return (
            plan
            or self.by_account.get(row.account or "")
            or _get(self.by_name, row.typed)
            or _get(self.by_name, row.name)
            or _get(self.by_account_name, row.account_name)
        )

    def end(self, name: str | None) -> str | None:
        """Give the id of a row whose company nobody knows. None: it has none."""
        if self.unknown in (USUAL, "temporary"):
            return None if name is None else temporary_id(name, self.salt)
        return None if self.unknown == "reject" else self.unknown

    def may_be_null(self, name: str | None) -> bool:
        """Say whether a row may stay without a company, rather than be refused."""
        return self.unknown is None or (self.unknown == USUAL and name is None)


def temporary_id(name: str, salt: bytes) -> str:
    """Make the stable id of a customer: ``IN_`` and 16 hex digits of the HMAC-SHA256, keyed by ``salt``, of the name.

    Spellings of a name that differ in blanks or width only have the same id.
    """
    return TEMPORARY + hmac.new(salt, squeeze(name).encode("utf-8"), hashlib.sha256).hexdigest()[:_HEX_DIGITS]


def is_temporary(company: str) -> bool:
    """Say whether an id was made here: ids of the sheet and of the settings have lost every ``_``."""
    return company.startswith(TEMPORARY)


def _get(names: Mapping[str, str], name: str | None) -> str | None:
    return names.get(squeeze(name)) if names and name is not None else None


def _clean_names(names: Mapping[str, str], clean: Clean) -> dict[str, str]:
    """Give the names as they are once cleaned, but for one that would then stand for two companies."""
    found: dict[str, set[str]] = {}
    for name, company in names.items():
        found.setdefault(squeeze(clean(name)), set()).add(company)
    return {name: next(iter(companies)) for name, companies in found.items() if len(companies) == 1}
