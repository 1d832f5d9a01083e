"""The columns of the sheet 规模明细 beside its month, in the vocabulary of wdh."""

from __future__ import annotations

from functools import partial
from typing import Final

from wdh import amount, percent
from wdh_annuity.columns import (
    ACCOUNT_CODE,
    ACCOUNT_NAME,
    BRANCH,
    BUSINESS,
    COMPANY_ID,
    ID_LENGTH,
    PLAN,
    PLAN_TYPE,
    coded,
)

GROUP_ACCOUNT: Final = "集团企业客户号"

_amount = partial(amount, scale=4, precision=20)

_rate = partial(percent, low=-1, high=10, scale=6)

RATE: Final = _rate("当期收益率")
YEARLY_RATE: Final = _rate("年化收益率")

COLUMNS: Final = (
    BUSINESS,
    PLAN_TYPE,
    *PLAN,
    _amount("期初资产规模"),
    _amount("期末资产规模"),
    _amount("供款"),
    _amount("流失_含待遇支付", source="流失(含待遇支付)"),
    _amount("流失"),
    _amount("待遇支付"),
    _amount("投资收益"),
    RATE,
    *BRANCH,
    ACCOUNT_CODE,
    coded(GROUP_ACCOUNT, max_length=ID_LENGTH + 1),
    ACCOUNT_NAME,
    COMPANY_ID,
)
