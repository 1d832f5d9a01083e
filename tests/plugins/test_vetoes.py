"""A stranger's veto in earnest: asked once with all facts, it may ask the warehouse, and its word is kept."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from support.workspaces import Workspace

pytestmark = pytest.mark.once

DOMAIN = "annuity_performance"
AGAIN = ("--execute", "--skip-unchanged")
HEAD = "from wdh import Note, SetupError, Target, hookimpl\n"


def count(workspace: Workspace, table: str) -> int:
    ((number,),) = workspace.database.rows(f'SELECT count(*) FROM "{table}"')
    return int(number)


def test_a_veto_sees_every_fact_of_the_run_and_the_references_are_backfilled_all_the_same(
    workspace: Workspace, install: Any
) -> None:
    """In append mode, too, where the run knows no delete scopes."""
    install(
        "gate",
        HEAD + "@hookimpl\ndef skip_facts(domain, facts):\n"
        "    months = sorted(f'{month:%Y-%m}' for month in facts.distinct_values('月度'))\n"
        "    return f'{domain} has {facts.count} facts of {months}'\n",
    )
    report = workspace.report(DOMAIN, "--execute", "--mode", "append", "--max-files", "3")
    reason = f"{DOMAIN} has 480 facts of ['2024-09', '2024-10', '2024-11'] (wdh-gate 1.2.0)"
    assert (report["vetoes"], report["skip_facts"], report["executed"]) == ([reason], True, True)
    assert report["steps"][-1]["reason"] == reason
    assert count(workspace, "规模明细") == 0
    assert count(workspace, "年金计划") > 0


def test_a_plugin_of_before_that_takes_no_new_argument_is_heard(workspace: Workspace, install: Any) -> None:
    install("old", HEAD + "@hookimpl\ndef skip_facts(domain, context): return f'{context.domain} is not ready'\n")
    install("older", HEAD + "@hookimpl\ndef skip_facts(): return None\n")
    assert workspace.report(DOMAIN)["vetoes"] == [f"{DOMAIN} is not ready (wdh-old 1.2.0)"]


def test_a_plan_asks_no_warehouse(bare_workspace: Workspace, install: Any) -> None:
    install("gate", HEAD + "@hookimpl\ndef skip_facts(warehouse): return f'warehouse: {warehouse}'\n")
    ended = bare_workspace.job(DOMAIN, "--output", "json", environment={"WDH_DATABASE__URI": "postgresql://nowhere/x"})
    assert ended.report["vetoes"] == ["warehouse: None (wdh-gate 1.2.0)"]


def test_a_veto_may_ask_the_warehouse_at_execute_and_can_change_nothing(workspace: Workspace, install: Any) -> None:
    source = HEAD + (
        "@hookimpl\ndef skip_facts(warehouse):\n"
        "    if warehouse is None: return None\n"
        "    found = warehouse.rows(Target(None, 'gate'), ['open'], where={'domain': 'annuity_performance'})\n"
        "    return None if (True,) in found else 'the gate is shut'\n"
    )
    install("gate", source)
    workspace.database.execute("CREATE TABLE gate (domain text, open boolean)")
    assert workspace.report(DOMAIN)["vetoes"] == []
    assert workspace.report(DOMAIN, "--execute")["vetoes"] == ["the gate is shut (wdh-gate 1.2.0)"]
    workspace.database.execute("INSERT INTO gate VALUES ('annuity_performance', true)")
    assert workspace.report(DOMAIN, "--execute")["vetoes"] == []
    assert count(workspace, "规模明细") == 160


def test_a_table_that_is_not_there_stops_the_run_before_anything_is_written(workspace: Workspace, install: Any) -> None:
    """Who cannot look does not agree."""
    install("gate", HEAD + "@hookimpl\ndef skip_facts(warehouse): warehouse.rows(Target('public', 'gate'), ['a'])\n")
    ended = workspace.job(DOMAIN, "--execute")
    said = 'hook skip_facts: "public"."gate" cannot be asked: it does not exist; create it with the column "a".'
    assert (ended.code, said in ended.err) == (2, True), ended.err
    assert count(workspace, "年金计划") == 0


def test_a_note_agrees_and_stands_in_every_form_of_the_report(workspace: Workspace, install: Any) -> None:
    install("gate", HEAD + "@hookimpl\ndef skip_facts(): return Note('gate', 'The gate closes soon.', {})\n")
    report = workspace.report(DOMAIN)
    assert {"code": "gate", "sentence": "The gate closes soon.", "cases": {}} in report["notes"]
    assert report["vetoes"] == []
    assert re.search(r"  gate +The gate closes soon\.\n", workspace.job(DOMAIN).out)


def test_a_run_that_a_plugin_kept_from_loading_is_never_taken_for_one_that_loaded(
    workspace: Workspace, install: Any
) -> None:
    """The hash of a vetoed run is no prediction of a full one; a full one is known again, whatever is vetoed since."""
    mark = workspace.folder / "shut"
    answer = f"'shut' if os.path.exists({str(mark)!r}) else None"
    install("gate", HEAD + f"import os\n@hookimpl\ndef skip_facts(): return {answer}\n")
    mark.touch()
    assert workspace.report(DOMAIN, *AGAIN)["vetoes"] == ["shut (wdh-gate 1.2.0)"]
    assert workspace.report(DOMAIN, *AGAIN)["executed"], "a vetoed run is tried again each time"
    mark.unlink()
    full = workspace.report(DOMAIN, *AGAIN)
    assert (full["executed"], full["vetoes"], count(workspace, "规模明细")) == (True, [], 160)
    assert workspace.report(DOMAIN, *AGAIN)["unchanged_since"] == full["run_id"]
    mark.touch()
    assert workspace.report(DOMAIN, *AGAIN)["unchanged_since"] == full["run_id"], "what it would load is there"


def test_the_operators_own_veto_is_known_beforehand(workspace: Workspace) -> None:
    first = workspace.report(DOMAIN, *AGAIN, "--skip-facts")
    assert workspace.report(DOMAIN, *AGAIN, "--skip-facts")["unchanged_since"] == first["run_id"]
    assert workspace.report(DOMAIN, *AGAIN)["executed"]


@pytest.mark.parametrize("answer", ["42", "Note('a', '', {})"])
def test_an_answer_that_is_none_names_plugin_and_hook(workspace: Workspace, install: Any, answer: str) -> None:
    install("gate", HEAD + f"@hookimpl\ndef skip_facts(): return {answer}\n")
    ended = workspace.job(DOMAIN, "--execute")
    assert ended.code == 2
    assert "wdh-gate 1.2.0 (wdh.plugins: gate = wdh_gate), hook skip_facts: returned" in ended.err
    assert count(workspace, "年金计划") == 0


def test_a_plugin_has_settings_with_defaults_and_faults_with_lines(workspace: Workspace, install: Any) -> None:
    install(
        "gate",
        HEAD + "@hookimpl\ndef provide_settings(): return {'open': {'type': 'boolean', 'default': False}}\n"
        "@hookimpl\ndef skip_facts(settings): return repr(settings)\n",
    )
    assert workspace.report(DOMAIN)["vetoes"] == ["None (wdh-gate 1.2.0)"]
    workspace.add("plugins:\n  gate: {}\n")
    assert workspace.report(DOMAIN)["vetoes"] == ["{'open': False} (wdh-gate 1.2.0)"]
    assert workspace.tool("check", "--config", str(workspace.config)).code == 0
    workspace.add("    opne: true\n")
    workspace.config.write_text(workspace.config.read_text(encoding="utf-8").replace("gate: {}", "gate:"), "utf-8")
    lines = workspace.config.read_text(encoding="utf-8").splitlines()
    fault = f"data_sources.yml:{len(lines)}:5 plugins.gate.opne: is not a key here; did you mean open?"
    assert fault in workspace.job(DOMAIN).err
    checked = workspace.tool("check", "--config", str(workspace.config))
    assert (checked.code, checked.out.splitlines()[0]) == (2, fault)


def test_a_block_without_its_plugin_is_a_fault_even_of_a_plan(workspace: Workspace) -> None:
    workspace.add("plugins:\n  period_lok: {closed: [2024-09]}\n")
    ended = workspace.job(DOMAIN, "--output", "json")
    assert ended.code == 2
    assert "plugins.period_lok: is no plugin that is installed" in json.loads(ended.out)["error"]["message"]
    assert "did you mean period_lock?" in ended.err


def test_a_plugin_sees_wdhs_variables_but_none_that_may_hold_a_password(workspace: Workspace, install: Any) -> None:
    """By its name, or by a value that is a connection string; a salt is for whoever makes ids."""
    install("gate", HEAD + "@hookimpl\ndef skip_facts(context): return ' '.join(sorted(context.environment))\n")
    hidden = {
        "WDH_TEST_DSN": "host=h dbname=x",
        "WDH_DSN_OF_ARCHIVE": "x",
        "WDH_ARCHIVE_URI": "x",
        "WDH_MAIL_PASSWORD": "x",
        "WDH_DATABASE__USER": "x",
        "WDH_ARCHIVE": "postgresql://u:geheim@h/x",
        "WDH_MORE": "host=h password=geheim",
    }
    seen = {"WDH_ALIAS_SALT": "password=7", "WDH_SECURITY": "high", "WDH_WEBHOOK": "https://example.org/x"}
    report = workspace.job(DOMAIN, "--output", "json", environment={**hidden, **seen}).report
    (veto,) = report["vetoes"]
    assert {*veto.split()} >= {*seen}
    assert {*veto.split()}.isdisjoint(hidden)


def test_a_password_in_the_text_of_a_plugins_error_is_not_shown_even_with_its_traceback(
    workspace: Workspace, install: Any
) -> None:
    failing = "@hookimpl\ndef skip_facts(): raise RuntimeError('postgresql://u:geh' + 'eim@h/db')\n"
    install("gate", HEAD + failing)
    for more in ((), ("--debug",), ("--output", "json")):
        ended = workspace.job(DOMAIN, *more)
        assert ended.code == 2
        assert "raised RuntimeError: postgresql://***@h/db" in ended.err
        assert "geheim" not in ended.out + ended.err
