"""Bank statements whose balance must run on: a complete domain for wdh, with a check over the whole sheet."""

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
def provide_refs(domain):
    columns = {"账号": "账号", "户名": {"from": "户名", "pick": "most_frequent"}}
    return {"accounts": {"table": "账户", "key": ["账号"], "updatable": ["户名"], "columns": columns}}


@hookimpl
def transform(domain, batch):
    return FACTS.clean(batch)


@hookimpl
def check_facts(domain, facts):
    for sheet in facts.sheets():
        balances = {}  # of each account: what the row before states, and what it should have stated
        for row in sheet.rows("账号", "收入", "支出", "余额"):
            account, received, spent, balance = row.values
            if row.follows_reject:
                balances.clear()
            change = (received or 0) - (spent or 0)
            expected = [before + change for before in balances.get(account, ())]
            if expected and balance not in expected:
                sentence = f"余额 is {balance:,}, and {expected[0]:,} follows from the row before of {account}."
                yield row.reject("余额", "balance_differs", sentence)
                balances[account] = [balance, expected[-1]]
            else:
                balances[account] = [balance]
