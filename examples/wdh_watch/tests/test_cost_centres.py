"""Which facts are kept out, by the laws of every plugin, by cases, and by calls of the hook itself."""

from wdh_watch.cost_centres import skip_facts

from wdh import Target
from wdh.testing import PluginCase, PluginConformance, facts_of, fake_warehouse

CENTRES = Target("public", "成本中心")
TABLES = {CENTRES: [{"代码": "0100", "已关闭": False}, {"代码": "0200", "已关闭": True}]}
OPEN, CLOSED, NEW = {"成本中心": "0100"}, {"成本中心": "0200"}, {"成本中心": "0300"}
SETTINGS = {"table": {"schema": "public", "table": "成本中心"}}


class TestConformance(PluginConformance):
    plugin = "cost_centres"
    cases = (
        PluginCase("an open one", [OPEN], SETTINGS, TABLES),
        PluginCase("a closed one", [OPEN, CLOSED], SETTINGS, TABLES, veto="0200 (closed)"),
        PluginCase("a new one", [NEW], SETTINGS, TABLES, veto="0300 (not known)"),
        PluginCase("a plan", [CLOSED], SETTINGS, note="cost_centres_not_asked"),
        PluginCase("no settings", [CLOSED]),
    )


def test_the_reason_names_every_cost_centre_that_is_in_the_way():
    settings = {**SETTINGS, "code": "代码", "closed": "已关闭", "column": "成本中心"}
    facts = facts_of([["0300"], ["0200"], ["0100"], [None]], columns=["成本中心"])
    reason = skip_facts("expenses", facts, fake_warehouse(TABLES), settings)
    assert reason == "cost centres of expenses that take no facts: 0200 (closed), 0300 (not known)"
