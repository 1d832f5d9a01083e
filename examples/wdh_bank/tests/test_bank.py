"""What the bank domain makes of a sheet."""

import wdh_bank

from wdh import Batch

HEADER = ["日期", "账号", "流水号", "收入", "支出", "余额"]


def test_a_row_becomes_a_fact_with_exact_amounts():
    columns = dict(zip(HEADER, [["2024-11-01"], ["A1"], ["T1"], ["1,234.50"], [None], [2000]], strict=True))
    batch = Batch("2024年11月对账单.xlsx", "流水", [2], columns, dict(zip(HEADER, "ABCDEF", strict=True)))
    facts = wdh_bank.transform("bank", batch)
    assert facts.rejects == ()
    assert [str(facts.columns[name][0]) for name in ("收入", "支出", "余额")] == ["1234.50", "None", "2000"]
