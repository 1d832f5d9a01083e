"""Finds the company of a fact where the sheet does not name it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from wdh import squeeze
from wdh_annuity.columns import ACCOUNT_CODE, COMPANY_ID, PLAN_CODE, spell
from wdh_annuity.settings import Rules

TEMPORARY: Final = "IN_"
_HEX_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Companies:
    """Finds a row's company where the sheet does not name it: by its plan, its account, its name, in this order.

    Names are compared in compatibility form and without blanks. ``salt`` keys the temporary ids.
    """

    by_plan: Mapping[str, str]
    by_account: Mapping[str, str]
    by_name: Mapping[str, str]
    salt: bytes

    @classmethod
    def of(cls, rules: Rules) -> Companies:
        """Take the mappings of ``rules``, spelt as facts are. Raises SetupError for one that no fact could have."""
        spelt = partial(spell, domain=rules.domain)
        return cls(
            by_plan={spelt(PLAN_CODE, plan): spelt(COMPANY_ID, company) for plan, company in rules.by_plan},
            by_account={spelt(ACCOUNT_CODE, key): spelt(COMPANY_ID, company) for key, company in rules.by_account},
            by_name={squeeze(name): spelt(COMPANY_ID, company) for name, company in rules.by_name},
            salt=rules.salt.encode("utf-8"),
        )

    def find(self, plan: str | None, account: str | None, name: str | None) -> str | None:
        """Find or make the id of a row that has none. None: nobody knows it, and it has no name."""
        known = self.by_plan.get(plan or "") or self.by_account.get(account or "")
        if known is not None or name is None:
            return known
        return self.by_name.get(squeeze(name)) or temporary_id(name, self.salt)


def temporary_id(name: str, salt: bytes) -> str:
    """Make the stable id of a customer: ``IN_`` and 16 hex digits of the HMAC-SHA256, keyed by ``salt``, of the name.

    Spellings of a name that differ in blanks or width only have the same id.
    """
    return TEMPORARY + hmac.new(salt, squeeze(name).encode("utf-8"), hashlib.sha256).hexdigest()[:_HEX_DIGITS]


def is_temporary(company: str) -> bool:
    """Say whether an id was made here: ids of the sheet and of the settings have lost every ``_``."""
    return company.startswith(TEMPORARY)
