"""From the rows of 规模明细 to facts of the warehouse: what this sheet has beside the others of the business."""

from __future__ import annotations

from typing import Final

from wdh_annuity.columns import ACCOUNT_CODE
from wdh_annuity.facts import Form, Values
from wdh_annuity_performance.columns import COLUMNS, GROUP_ACCOUNT, RATE, YEARLY_RATE

ACCOUNT: Final = ACCOUNT_CODE.name


def take_group_accounts(values: Values) -> Values:
    """Take 集团企业客户号 without its C for a blank 年金账户号."""
    groups = values.pop(GROUP_ACCOUNT)
    bare = {group: group.removeprefix("C").strip() or None for group in set(groups) if group is not None}
    accounts = zip(values[ACCOUNT], groups, strict=True)
    return values | {ACCOUNT: [bare.get(group) if account is None else account for account, group in accounts]}


FORM: Final = Form(
    COLUMNS,
    adapt=take_group_accounts,
    often_absent=frozenset((GROUP_ACCOUNT, YEARLY_RATE.name)),
    rates=(RATE, YEARLY_RATE),
    optional=(YEARLY_RATE,),
)
