"""The bank domain without check_facts: the balance is followed in transform, which sees one batch at a time."""

from dataclasses import replace

from wdh import Columns, amount, code, date, hookimpl, text

FACTS = Columns(
    date("日期", required=True),
    code("账号", required=True),
    code("流水号", required=True),
    text("户名"),
    amount("收入", scale=2),
    amount("支出", scale=2),
    amount("余额", scale=2, required=True),
)


@hookimpl
def transform(batch):
    facts = FACTS.clean(batch)
    # the check begins
    places = {number: place for place, number in enumerate(batch.row_numbers)}
    refused = sorted({reject.row for reject in facts.rejects})
    names = ("账号", "收入", "支出", "余额")
    balances, kept, rejects = {}, [], []
    before = 0
    for place, number in enumerate(facts.row_numbers):
        account, received, spent, balance = (facts.columns[name][place] for name in names)
        if any(before < row < number for row in refused):
            balances.clear()
        before = number
        change = exact(received) - exact(spent)
        expected = [one + change for one in balances.get(account, ())]
        if expected and exact(balance) not in expected:
            sentence = f"余额 is {balance:,}, and {expected[0]:,} follows from the row before of {account}."
            rejects.append(batch.reject(places[number], "余额", "balance_differs", sentence))
            balances[account] = [exact(balance), expected[-1]]
        else:
            kept.append(place)
            balances[account] = [exact(balance)]
    return replace(
        facts,
        row_numbers=[facts.row_numbers[place] for place in kept],
        columns={name: [values[place] for place in kept] for name, values in facts.columns.items()},
        rejects=(*facts.rejects, *rejects),
    )


def exact(value):
    from decimal import Decimal

    return Decimal(str(value or 0))
    # the check ends
