"""What the shops domain makes of a sheet."""

from decimal import Decimal

import wdh_shops

from wdh import Batch


def read(codes, amounts):
    numbers = list(range(2, 2 + len(codes)))
    columns = {
        "月度": ["2024年11月"] * len(codes),
        "店号": codes,
        "店铺名称": [" 南京路店 "] * len(codes),
        "销售额": amounts,
    }
    letters = dict(zip(columns, "ABCD", strict=True))
    return Batch("2024年11月门店销售.xlsx", "销售", numbers, columns, letters)


def test_a_row_becomes_a_fact_with_a_code_of_four_digits_and_an_exact_amount():
    facts = wdh_shops.transform("shops", read(["12"], ["1,234.50"]))
    assert facts.rejects == ()
    assert facts.row_numbers == [2]
    assert facts.columns["店铺代码"] == ["0012"]
    assert facts.columns["店铺名称"] == ["南京路店"]
    assert [Decimal(str(value)) for value in facts.columns["销售额"]] == [Decimal("1234.50")]


def test_an_error_in_a_cell_rejects_its_row_by_name():
    facts = wdh_shops.transform("shops", read(["0012", "0013"], [1, "#REF!"]))
    assert facts.row_numbers == [2]
    assert [(reject.cell, reject.column) for reject in facts.rejects] == [("D3", "销售额")]


def test_a_row_without_a_shop_is_rejected():
    facts = wdh_shops.transform("shops", read([None], [1]))
    assert len(facts) == 0
    assert [reject.row for reject in facts.rejects] == [2]
