"""The rows that facts ask of each reference, derived the simplest way: one key at a time, all its facts at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from .rows import Row, Value

BLANK = ("", "(空白)")
Facts = Sequence[Row]


def _first(facts: Facts, column: str) -> Value:
    return next((fact[column] for fact in facts if fact[column] is not None), None)


def _customer(facts: Facts) -> Value:
    """The most frequent; a tie goes to the row with the largest amount, then to the first."""
    counts = Counter(fact["客户"] for fact in facts if fact["客户"] is not None)
    named = [fact for fact in facts if fact["客户"] is not None and counts[fact["客户"]] == max(counts.values())]
    return _largest(named)["客户"] if named else None


def _largest(facts: Facts) -> Row:
    """The first of the rows with the largest amount; no amount is less than any."""
    best = facts[0]
    for fact in facts[1:]:
        if _rank(fact) > _rank(best):
            best = fact
    return best


def _rank(fact: Row) -> tuple[bool, Decimal]:
    amount = fact["金额"]
    return (False, Decimal(0)) if amount is None else (True, Decimal(str(amount)))


def _licence(facts: Facts) -> Value:
    seen = {fact["业务"] for fact in facts}
    return "+".join(name for name in ("受托", "投资") if name in seen) or None


def _remark(facts: Facts) -> Value:
    return f"{facts[0]['月度']:%y%m}_新建"


Derive = Callable[[Facts], Value]
RULES: dict[str, dict[str, Derive]] = {
    "plans": {
        "计划号": lambda facts: _first(facts, "计划代码"),
        "全称": lambda facts: _first(facts, "计划名称"),
        "客户": _customer,
        "主拓": lambda facts: _largest(facts)["机构"],
        "资格": _licence,
        "备注": _remark,
    },
    "portfolios": {
        "组合号": lambda facts: _first(facts, "组合代码"),
        "计划号": lambda facts: _first(facts, "计划代码"),
        "名称": lambda facts: _first(facts, "组合名称"),
    },
}
SOURCES = {"计划号": "计划代码", "组合号": "组合代码"}
FIRST_PICKS = {"plans": {"全称": "计划名称"}, "portfolios": {"计划号": "计划代码", "名称": "组合名称"}}


def derive(reference: str, facts: Iterable[Row], *, key: Sequence[str]) -> list[Row]:
    """Give one row per key; a portfolio without a plan is left out."""
    rows = [
        {column: rule(group) for column, rule in RULES[reference].items()}
        for group in _groups(facts, [SOURCES[column] for column in key])
    ]
    return [row for row in rows if row["计划号"] is not None]


def disagree(reference: str, facts: Iterable[Row], *, key: Sequence[str]) -> bool:
    """Say whether facts of one key differ in a column of which the first is taken."""
    columns = [source for column, source in FIRST_PICKS[reference].items() if column not in key]
    return any(
        len({fact[column] for fact in group} - {None}) > 1
        for group in _groups(facts, [SOURCES[column] for column in key])
        for column in columns
    )


def _groups(facts: Iterable[Row], sources: Sequence[str]) -> Iterable[list[Row]]:
    groups: dict[tuple[Value, ...], list[Row]] = {}
    for fact in facts:
        known = {column: None if value in BLANK else value for column, value in fact.items()}
        key = tuple(known[source] for source in sources)
        if None not in key:
            groups.setdefault(key, []).append(known)
    return groups.values()
