"""From the rows of 收入明细 to facts of the warehouse: what this sheet has beside the others of the business."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from wdh import amount
from wdh_annuity.columns import ACCOUNT_NAME, BRANCH, BUSINESS, COMPANY_ID, PLAN, PLAN_TYPE
from wdh_annuity.facts import Form

AMOUNTS: Final = ("固费", "浮费", "回补", "税")

_required = partial(replace, is_required=True)  # they are part of what a later delivery replaces

COLUMNS: Final = (
    _required(BUSINESS),
    _required(PLAN_TYPE),
    *PLAN,
    *(amount(name, scale=4, precision=18, default=0) for name in AMOUNTS),
    *BRANCH,
    ACCOUNT_NAME,
    COMPANY_ID,
)

# A blank cell is 0; a sheet that lacks a whole column of them is another sheet.
FORM: Final = Form(COLUMNS, needed=("计划代码", *AMOUNTS))
