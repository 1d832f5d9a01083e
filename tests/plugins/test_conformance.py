"""The lock keeps the laws that every plugin keeps."""

from __future__ import annotations

import datetime

from wdh import Table, Target
from wdh.testing import PluginCase, PluginConformance

FACTS = ({"月度": datetime.date(2024, 9, 1), "金额": 1}, {"月度": datetime.date(2024, 10, 1), "金额": None})
CLOSED = Target("public", "closed")
ASKING = {"table": {"schema": "public", "table": "closed", "month": "m", "domain": "d"}}


class TestPeriodLock(PluginConformance):
    plugin = "period_lock"
    cases = (
        PluginCase("a closed month", FACTS, {"closed": ["2024-09"]}, veto="closed months: 2024-09"),
        PluginCase("another closed month", FACTS, {"closed": ["2024-08"]}),
        PluginCase("a plan that would ask", FACTS, ASKING, note="period_lock_not_asked"),
        PluginCase(
            "a month closed by a table",
            FACTS,
            ASKING,
            {CLOSED: [{"m": datetime.date(2024, 9, 30), "d": None}]},
            veto='closed months: 2024-09 ("public"."closed")',
        ),
        PluginCase("an empty table", FACTS, ASKING, {CLOSED: Table({"m": "date", "d": "text"})}),
        PluginCase("a month closed for another", FACTS, ASKING, {CLOSED: [{"m": datetime.date(2024, 9, 1), "d": "x"}]}),
        PluginCase("another column of one domain", FACTS, {"closed": ["2024-08"], "columns": {"shops": "月度"}}),
    )
