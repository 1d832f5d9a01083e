"""The tables of the model: lists of rows, and the constraints that a DBA laid on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from .rows import NOVEMBER, OCTOBER, Row, Value

Name = tuple[str, str]
"""A table by schema and name."""

SCHEMAS = ("public", "别库")
KINDS = {"plans": "计划", "portfolios": "组合", "facts": "事实"}

TYPES: Mapping[str, Mapping[str, str]] = {
    "计划": dict.fromkeys(("计划号", "全称", "客户", "主拓", "资格", "备注", "来源"), "text"),
    "组合": dict.fromkeys(("组合号", "计划号", "名称", "来源"), "text"),
    "事实": {
        "月度": "date",
        **dict.fromkeys(("计划代码", "计划名称", "组合代码", "组合名称", "客户", "机构", "业务"), "text"),
        "金额": "numeric(20, 2)",
        "批次": "text",
        "来源": "text",
    },
}
DEFAULT = {"来源": "库"}
"""A column that no run writes; the database fills it in."""

VALUES: Mapping[str, Sequence[Value]] = {
    "月度": (OCTOBER, NOVEMBER),
    "计划号": ("P1", "P2", "P3", None),
    "计划代码": ("P1", "P2", None),
    "组合号": ("G1", "12", "012", None),
    "组合代码": ("G1", "12"),
    "全称": ("甲", "旧", "禁", "", None),
    "金额": (Decimal(7), Decimal(2000), None),
    "来源": ("手",),
}
"""What other people write into a column; into any other they write 旧, or nothing."""

STOCK: Mapping[str, Sequence[Row]] = {
    "计划": ({"计划号": "P1", "全称": "旧"}, {"计划号": "P2", "备注": "旧"}),
    "组合": ({"组合号": "12"}, {"组合号": "G1", "计划号": "P1"}),
    "事实": (
        {"月度": OCTOBER, "计划代码": "P1", "金额": Decimal(7)},
        {"月度": NOVEMBER, "计划代码": "P2", "金额": Decimal(8)},
        {"月度": NOVEMBER, "金额": Decimal(9)},
    ),
}
"""What each table holds in the beginning, in both schemas."""

UNIQUE_KEYS = {"计划": (("计划号",),), "组合": (("组合号",), ("组合号", "计划号"))}
NOT_NULL = {"计划": ("全称", "客户"), "组合": ("名称",), "事实": ("金额", "组合代码")}
CHECKS: Mapping[str, tuple[str, str, Value]] = {
    "计划": ("全称", "<>", "禁"),
    "组合": ("名称", "<>", "组 乙"),
    "事实": ("金额", "<", Decimal(1000)),
}
"""The one check of each table: column, comparison, value."""

UNIQUE_FORMS = ("", "DEFERRABLE", "DEFERRABLE INITIALLY DEFERRED")


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint of one table: ``unique`` over columns, ``not null`` of a column, or the table's ``check``."""

    kind: str
    columns: tuple[str, ...]
    form: str = ""

    def violated(self, rows: Sequence[Row], *, table: str) -> bool:
        """Say whether these rows of ``table`` break it. NULL equals nothing, and passes a check."""
        if self.kind == "unique":
            keys = Counter(tuple(row[column] for column in self.columns) for row in rows)
            return any(count > 1 and None not in key for key, count in keys.items())
        values = [row[self.columns[0]] for row in rows]
        if self.kind == "not null":
            return None in values
        _, comparison, limit = CHECKS[table]
        return any(not _passes(value, comparison, limit) for value in values)


def _passes(value: Value, comparison: str, limit: Value) -> bool:
    if value is None:
        return True
    if comparison == "<>":
        return value != limit
    assert isinstance(value, Decimal)
    assert isinstance(limit, Decimal)
    return value < limit


@dataclass(slots=True)
class Tables:
    """What every table holds, and its constraints by their names."""

    rows: dict[Name, list[Row]] = field(
        default_factory=lambda: {
            (schema, table): [stored(table, row) for row in STOCK[table]] for schema in SCHEMAS for table in TYPES
        }
    )
    constraints: dict[Name, dict[str, Constraint]] = field(
        default_factory=lambda: {(schema, table): {} for schema in SCHEMAS for table in TYPES}
    )

    def allow(self, rows: Mapping[Name, Sequence[Row]]) -> bool:
        """Say whether the constraints let these rows be what the tables hold."""
        return not any(
            constraint.violated(rows[name], table=name[1])
            for name, constraints in self.constraints.items()
            for constraint in constraints.values()
        )

    def copy(self) -> dict[Name, list[Row]]:
        """Give the rows to play with."""
        return {name: [dict(row) for row in rows] for name, rows in self.rows.items()}


def stored(table: str, row: Row) -> Row:
    """Complete a row as the database does where a column is not given."""
    return {column: row.get(column, DEFAULT.get(column)) for column in TYPES[table]}
