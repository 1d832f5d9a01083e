"""Documents of runs and of the ledger for pages: of every size, and with values that mean something to a browser."""

from __future__ import annotations

import datetime
from typing import Any

from wdh.apply.history import RecordedRun
from wdh.approval import Approval

MADE_AT = "2024-12-01 08:00:00"
HOSTILE = (
    "<script>document.title = 'taken over'</script>",
    '"><img src=x onerror="document.title=1">',
    "</style></script></title><b onmouseover=alert(1)>",
    "{{ 7 * 7 }} {% raw %} ${1} &lt; &amp;",
    "a\u202eb\x1b[31m\ud800",
)
"""Values of cells, names of files, columns and periods that a page must show as text."""

COLUMNS = ("月度", "计划代码", "期末资产规模", "供款")
KINDS = ("not_a_number", "not_a_month", "missing_value", "a_package's own")


def sheet(number: int, *, name: str = "", rows: int = 1_000, rejected: int = 0) -> dict[str, Any]:
    """Give an entry of `workbooks`."""
    return {
        "path": f"/data/{number}.xlsx",
        "file": name or f"年金规模明细 2024-{number:02}.xlsx",
        "sheet": "规模明细",
        "reader": "fast",
        "sha256": f"{number:064x}",
        "chosen": "It is the newest.",
        "facts": rows - rejected - 5,
        "totals": 4,
        "rejected": rejected,
        "blank": 1,
        "hidden": 0,
        "repeated": 0,
        "total_rows": [[10, 10], [20, 22]],
        "totals_checked": 4,
        "totals_agreed": 3 if number % 2 else 4,
        "header_row": 1,
        "unread": {"备注": "Z1"},
        "data_rows": rows,
    }


def rejects(count: int, *, values: tuple[str, ...] = HOSTILE) -> list[dict[str, Any]]:
    """Give that many entries of `rejects`."""
    return [
        {
            "file": "年金规模明细 2024-01.xlsx",
            "sheet": "规模明细",
            "row": row,
            "cell": f"C{row}" if row % 7 else None,
            "column": COLUMNS[row % len(COLUMNS)],
            "value": values[row % len(values)] if row % 3 else None,
            "reason": KINDS[row % len(KINDS)],
            "sentence": f"{values[row % len(values)]!r} is not what this column holds: correct the cell.",
        }
        for row in range(2, count + 2)
    ]


def run_document(*, sheets: int = 2, rejected: int = 3, periods: int = 2, text: str = "客户") -> dict[str, Any]:
    """Give the report of an executed run that fills every part of a page; ``text`` is in all that can be a value."""
    names = [f"2024-{month:02}-01" for month in range(1, periods + 1)]
    forecast = _forecast(names, text)
    return {
        "wdh_report": 1,
        "domain": "annuity_performance",
        "executed": True,
        "database": "PostgreSQL on db:5432, database warehouse",
        "run_id": "00000000-0000-4000-8000-000000000001",
        "unchanged_since": None,
        "approval": "a-1",
        "remarks": [f"A remark about {text}"],
        "skip_facts": False,
        "vetoes": [],
        "plugins_off": [{"plugin": "period_lock", "package": None, "why": "--without-plugin"}],
        "facts": {"loaded": True, "inserted": 1_990, "vetoed": []},
        "periods": {
            "column": "月度",
            "periods": [{"period": name, "facts": 995, "sums": {"期末资产规模": "1234567.50"}} for name in names],
        },
        "seconds": 4.2,
        "stages": [{"name": name, "seconds": 0.8} for name in ("prepare", "read", "plan", "forecast", "apply")],
        "workbooks": [sheet(1, name=text, rejected=rejected), *(sheet(place) for place in range(2, sheets + 1))],
        "rejects": rejects(rejected),
        "notes": [{"code": "rounded", "sentence": f"Rounded: {text}.", "cases": {text: 3, "供款": 2}}],
        "incomplete_references": [{"ref": "plans", "key": [text], "missing": ["名称"]}],
        "disagreements": [
            {
                "ref": "plans",
                "key": ["P1"],
                "column": "客户名称",
                "values": [text, 2],
                "rows": [{"file": text, "row": 3}, {"file": "b.xlsx", "row": 9}],
            }
        ],
        "passed_over": {"other_month": 2},
        "guards": [
            {
                "name": "shrink",
                "refuses": True,
                "accepted": True,
                "sentence": f"2024-01 shrinks, says {text}.",
                "figures": [{"period": text, "before": 100, "after": 20}],
                "more": 2,
                "advice": "Look at the workbook.",
            }
        ],
        "accept_unneeded": ["deletes"],
        "lock": 'LOCK TABLE "规模明细" IN SHARE ROW EXCLUSIVE MODE',
        "steps": [*_backfills(), *_loads()],
        "forecast": forecast,
        "foreseen": forecast,
    }


def plan_document(**settings: Any) -> dict[str, Any]:
    """Give the report of the same run before anything was asked or written."""
    document = run_document(**settings)
    steps = [{**step, "rows": None, "seconds": None} for step in document["steps"]]
    return document | {
        "executed": False,
        "database": None,
        "run_id": None,
        "facts": {"loaded": False, "inserted": None, "vetoed": []},
        "forecast": None,
        "foreseen": None,
        "steps": steps,
    }


def failed_document(*, rejected: int = 3, text: str = "客户") -> dict[str, Any]:
    """Give the report of a run that failed for its rejects."""
    document = run_document(rejected=rejected, text=text)
    kept = ("workbooks", "rejects", "notes", "incomplete_references", "disagreements")
    error = {"kind": "TooManyRejects", "exit_code": 3, "message": f"{rejected} rows, {text}.", "facts": {}}
    head = {"wdh_report": 1, "domain": "annuity_performance", "executed": False, "error": error}
    return head | {name: document[name] for name in kept}


def _step(operation: str, table: str, **more: Any) -> dict[str, Any]:
    sql = f'INSERT INTO "{table}" ("计划代码") VALUES (%s)'
    return {"operation": operation, "schema": None, "table": table, "target": f'"{table}"', "sql": [sql]} | more


def _backfills() -> list[dict[str, Any]]:
    counts = {"columns": ["计划代码"], "planned": 62, "rows": 5, "key": ["计划代码"], "seconds": 0.01}
    return [
        _step("INSERT_MISSING", "年金计划", ref="plans", path="on conflict", **counts),
        _step("UPDATE_NULL_ONLY", "组合计划", ref="portfolios", **counts),
    ]


def _loads() -> list[dict[str, Any]]:
    counts = {"columns": list(COLUMNS), "planned": 1_990, "seconds": 0.4}
    return [
        _step("DELETE", "规模明细", **counts, rows=2_000),
        _step("INSERT", "规模明细", **counts, rows=1_990),
    ]


def _forecast(names: list[str], text: str) -> dict[str, Any]:
    change = {"key": [text], "column": "客户名称", "old": None, "new": text}
    reference = {
        "ref": "plans",
        "schema": None,
        "table": "年金计划",
        "key": ["计划代码"],
        "table_rows": None,
        "candidates": 62,
        "inserted": 5,
        "rows_filled": 4,
        "untouched": 53,
        "filled": {"客户名称": 4},
        "differing": {text: 30},
        "new_keys": [[text], [None]],
        "fills": [change],
        "differences": [change | {"old": "甲"}],
    }
    amounts = {"before": "100.00", "after": "123.50", "size_before": "100.00", "size_after": "123.50"}
    periods = [
        {
            "period": name,
            "before": 1_000,
            "deleted": 1_000,
            "inserted": 995,
            "updated": 0,
            "moved": 0,
            "after": 995,
            "left_behind": place or None,
            "amounts": {"期末资产规模": amounts},
        }
        for place, name in enumerate(names)
    ]
    facts = {
        "schema": None,
        "table": "规模明细",
        "period_column": "月度",
        "scope_columns": ["月度", "计划代码"],
        "key": [],
        "deleted": 2_000,
        "inserted": 1_990,
        "updated": 0,
        "periods": periods,
        "left_behind": [{"scope": [names[0], text], "facts": 7}],
    }
    other = {**reference, "ref": "portfolios", "table": "组合计划"}
    return {"changes": 4_000, "references": [reference, other], "facts": facts, "unknown": [f"{text} is not counted"]}


def history(months: int = 4, *, text: str = "客户", name: str | None = None) -> tuple[RecordedRun, ...]:
    """Give the runs of that many months, the newest first; the newest is that of :func:`run_document`."""
    return tuple(_record(month, is_newest=month == months, text=text, name=name) for month in range(months, 0, -1))


def _record(month: int, *, is_newest: bool, text: str, name: str | None) -> RecordedRun:
    when = datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone.utc) + datetime.timedelta(days=30 * month)
    period = name if name is not None and month == 1 else f"{2022 + (month - 1) // 12}-{(month - 1) % 12 + 1:02}-01"
    return RecordedRun(
        run_id=f"00000000-0000-4000-8000-{1 if is_newest else 100 + month:012}",
        domain="annuity_performance",
        mode="delete_insert",
        facts_table='"规模明细"',
        input_hash="0" * 64,
        files=[{"file": text, "sheet": "规模明细", "sha256": "a" * 64, "facts": 990, "totals": 4, "rejected": 6}],
        counts=[
            {"operation": "DELETE", "table": '"规模明细"', "rows": 980},
            {"operation": "UPSERT", "table": '"规模明细"', "rows": 990, "inserted": 10, "updated": 980},
        ],
        versions={"wdh": "0.2.0"},
        started_at=when,
        committed_at=when + datetime.timedelta(seconds=5),
        database_user="loader",
        os_user=text,
        host="batch-1",
        seconds=4.25,
        accepted=["shrink"],
        periods={
            "column": "月度",
            "periods": [{"period": period, "facts": 900 + 10 * month, "sums": {"期末资产规模": f"{month}25000000.50"}}],
        },
        approval="a-1",
    )


def approval(text: str = "客户") -> Approval:
    """Give a plan that is to be approved."""
    counts = {"before": 1_000, "deleted": 1_000, "inserted": 995, "left_behind": 0}
    sums = {"期末资产规模": {"before": "100.00", "after": "123.50", "size_before": "100.00", "size_after": "123.50"}}
    return Approval(
        "a-1",
        "2024-12-01T08:00:00+08:00",
        {
            "run": {
                "domain": "annuity_performance",
                "mode": "delete_insert",
                "backfill_refs": ["all"],
                "backfill_mode": None,
                "pk": ["月度", "计划代码"],
                "sheet": text,
                "period": None,
                "max_files": None,
                "max_rejects": "3",
                "reader": "auto",
                "skip_facts": False,
                "withhold_values": False,
                "accept": ["shrink"],
            },
            "workbooks": [{"file": text, "sheet": "规模明细", "sha256": "a" * 64, "facts": 995, "rejected": 3}],
            "inputs": {text: "b" * 64},
            "configuration": "c" * 64,
            "plugins": {"wdh": {"version": "0.2.0", "code": "d" * 64}},
            "plan": {
                "sha256": "e" * 64,
                "steps": [
                    {"operation": "INSERT", "table": '"规模明细"', "rows": 995, "sql": ["COPY t", "FROM STDIN"]},
                    {"operation": "STATEMENT", "table": '"规模明细"', "package": text, "sql_sha256": "f" * 64},
                ],
            },
            "forecast": {
                "references": {
                    "plans": {
                        "table": '"年金计划"',
                        "candidates": 62,
                        "inserted": 5,
                        "rows_filled": 4,
                        "untouched": 53,
                        "filled": {text: 4},
                        "disagreeing": {"客户名称": 2},
                    }
                },
                "facts": {
                    "table": '"规模明细"',
                    "period_column": "月度",
                    "deleted": 1_000,
                    "inserted": 995,
                    "periods": {"2024-11-01": {**counts, "sums": sums}},
                },
                "unknown": [text],
            },
            "warehouse": {
                "system": "7",
                "database_oid": 5,
                "database": "warehouse",
                "ledger": '"wdh_runs"',
                "latest_run": None,
                "targets": {'"规模明细"': {"column": {"月度": "date · not null", text: "text"}}},
            },
        },
    )
