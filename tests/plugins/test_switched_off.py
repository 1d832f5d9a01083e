"""A plugin that is switched off is neither asked nor told, and not even imported; reports and ledger say so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.workspaces import Workspace

pytestmark = pytest.mark.once

DOMAIN = "annuity_performance"
HEAD = "from wdh import hookimpl\nimport pathlib\n"
BY_FILE = "plugins:\n  gate: {enabled: false}\n"
FLAG = ("--without-plugin", "gate")
GATE = "wdh-gate 1.2.0"


@pytest.fixture
def heard(tmp_path: Path, install: Any) -> Path:
    """Install the plugin ``gate``, which vetoes; give the file that it writes to when it is imported, asked or told."""
    book = tmp_path / "heard"
    install(
        "gate",
        HEAD + f"def note(word):\n    with pathlib.Path({str(book)!r}).open('a') as book: print(word, file=book)\n"
        "note('imported')\n"
        "@hookimpl\ndef skip_facts(settings):\n    note('asked')\n    return f'the gate is shut, {settings}'\n"
        "@hookimpl\ndef run_finished(): note('finished')\n"
        "@hookimpl\ndef run_failed(): note('failed')\n",
    )
    return book


@pytest.mark.parametrize(
    ("block", "flag", "why"),
    [
        (BY_FILE, (), "switched off by plugins.gate.enabled"),
        ("", FLAG, "switched off by --without-plugin"),
        (BY_FILE, FLAG, "switched off by --without-plugin"),
    ],
)
def test_it_is_neither_imported_nor_asked_nor_told_and_the_report_says_what_follows(
    workspace: Workspace, heard: Path, block: str, flag: tuple[str, ...], why: str
) -> None:
    workspace.add(block)
    report = workspace.report(DOMAIN, *flag)
    assert report["plugins_off"] == [{"plugin": "gate", "package": GATE, "why": why}]
    assert (report["vetoes"], report["skip_facts"]) == ([], False)
    assert f"gate ({GATE}) was not asked about the facts: {why}.\n" in workspace.job(DOMAIN, *flag).out
    assert workspace.job(DOMAIN, *flag, "--file", "nothing.xlsx").code == 2
    assert not heard.exists()


@pytest.mark.usefixtures("heard")
def test_the_ledger_keeps_it(workspace: Workspace) -> None:
    run = workspace.report(DOMAIN, "--execute", *FLAG)["run_id"]
    ((kept,),) = workspace.database.rows("SELECT plugins_off FROM wdh_runs")
    assert kept == [{"plugin": "gate", "package": GATE, "why": "switched off by --without-plugin"}]
    shown = workspace.tool("history", "show", run, "--config", str(workspace.config))
    assert f"without: gate ({GATE}), switched off by --without-plugin\n" in shown.out


def test_one_that_cannot_be_imported_can_be_switched_off(workspace: Workspace, install: Any) -> None:
    """Else a broken plugin would hold up every run until it is uninstalled."""
    install("gate", "raise RuntimeError('broken')\n")
    assert workspace.job(DOMAIN).code == 2
    assert workspace.job(DOMAIN, *FLAG).code == 0
    workspace.add(BY_FILE)
    assert workspace.job(DOMAIN).code == 0
    assert workspace.tool("check", "--config", str(workspace.config)).out.endswith(": no faults\n")


@pytest.mark.usefixtures("heard")
def test_switching_it_on_again_is_another_run(workspace: Workspace) -> None:
    again = ("--execute", "--skip-unchanged")
    first = workspace.report(DOMAIN, *again, *FLAG)
    assert workspace.report(DOMAIN, *again, *FLAG)["unchanged_since"] == first["run_id"]
    assert workspace.report(DOMAIN, *again)["vetoes"] == [f"the gate is shut, None ({GATE})"]


@pytest.mark.usefixtures("heard")
def test_a_name_that_no_plugin_has_is_refused_with_the_one_that_was_meant(workspace: Workspace) -> None:
    ended = workspace.job(DOMAIN, "--without-plugin", "gata")
    assert ended.code == 2
    assert "--without-plugin gata: no plugin of this name is installed; did you mean 'gate'?" in ended.err


def test_settings_are_without_the_switches(workspace: Workspace, install: Any) -> None:
    install(
        "gate",
        HEAD + "@hookimpl\ndef provide_settings(): return {'least': {'type': 'integer', 'default': 3}}\n"
        "@hookimpl\ndef skip_facts(settings): return repr(settings)\n",
    )
    workspace.add("plugins:\n  gate: {enabled: true, optional: true}\n")
    report = workspace.report(DOMAIN)
    assert (report["vetoes"], report["plugins_off"]) == ([f"{{'least': 3}} ({GATE})"], [])


@pytest.mark.parametrize("key", ["enabled", "optional"])
def test_a_plugin_with_such_a_key_of_its_own_is_told_to_choose_another(
    workspace: Workspace, install: Any, key: str
) -> None:
    install("gate", HEAD + f"@hookimpl\ndef provide_settings(): return {{{key!r}: {{'type': 'boolean'}}}}\n")
    workspace.add("plugins:\n  gate: {}\n")
    ended = workspace.job(DOMAIN)
    sentence = f"hook provide_settings: settings.{key}: returned a key that is one of wdh's own; choose another name"
    assert (ended.code, sentence in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        ("{enabled: nope}", "plugins.gate.enabled: must be true or false, not the text 'nope'"),
        ("{enabeld: false}", "plugins.gate.enabeld: is not a key here; did you mean enabled?"),
        ("{optional: 1}", "plugins.gate.optional: must be true or false"),
    ],
)
@pytest.mark.usefixtures("heard")
def test_a_wrong_switch_is_a_fault_with_its_line(workspace: Workspace, block: str, fault: str) -> None:
    workspace.add(f"plugins:\n  gate: {block}\n")
    checked = workspace.tool("check", "--config", str(workspace.config))
    line = len(workspace.config.read_text(encoding="utf-8").splitlines())
    assert (checked.code, f"data_sources.yml:{line}:" in checked.out, fault in checked.out) == (2, True, True), checked


def test_a_block_without_its_plugin_may_stand_there_where_it_is_optional(workspace: Workspace) -> None:
    workspace.add("plugins:\n  gate: {url: 'http://127.0.0.1', optional: true}\n")
    report = workspace.report(DOMAIN)
    why = "it is not installed, and plugins.gate is optional"
    assert report["plugins_off"] == [{"plugin": "gate", "package": None, "why": why}]
    assert f"gate was not asked about the facts: {why}.\n" in workspace.job(DOMAIN).out
    assert workspace.tool("check", "--config", str(workspace.config)).code == 0


@pytest.mark.parametrize("mark", ["", "optional: false", "enabled: false"])
def test_without_the_mark_it_is_a_fault(workspace: Workspace, mark: str) -> None:
    workspace.add(f"plugins:\n  gate: {{{mark}}}\n")
    ended = workspace.job(DOMAIN)
    assert ended.code == 2
    assert "plugins.gate: is no plugin that is installed" in ended.err
    assert "write optional: true into the block" in ended.err


@pytest.mark.usefixtures("heard")
def test_an_approval_of_a_plan_without_it_is_no_approval_of_one_with_it(workspace: Workspace) -> None:
    plan = workspace.folder / "plan.json"
    assert workspace.job(DOMAIN, *FLAG, "--plan-out", str(plan)).code == 0
    assert "--without-plugin gate" in workspace.tool("plan", "show", str(plan)).out
    assert json.loads(plan.read_text(encoding="utf-8"))["run"]["without_plugins"] == ["gate"]
    refused = workspace.job(DOMAIN, "--approved", str(plan))
    assert (refused.code, "the plan is not the one of approval" in refused.err) == (3, True), refused.err
    assert workspace.job(DOMAIN, *FLAG, "--approved", str(plan)).code == 0


@pytest.mark.usefixtures("heard")
def test_a_vetoed_run_does_not_say_that_it_loaded(workspace: Workspace) -> None:
    """It is executed, as the references are backfilled; what became of the facts stands beside it."""
    veto = f"the gate is shut, None ({GATE})"
    vetoed = workspace.report(DOMAIN, "--execute")
    assert (vetoed["executed"], vetoed["facts"]) == (True, {"loaded": False, "inserted": None, "vetoed": [veto]})
    assert f"{DOMAIN} · executed; the facts were vetoed and not loaded" in workspace.job(DOMAIN, "--execute").out
    loaded = workspace.report(DOMAIN, "--execute", *FLAG)
    assert loaded["facts"] == {"loaded": True, "inserted": 160, "vetoed": []}
    assert workspace.report(DOMAIN, *FLAG)["facts"] == {"loaded": False, "inserted": None, "vetoed": []}
    skipped = workspace.report(DOMAIN, "--execute", "--skip-facts", *FLAG)
    assert (skipped["executed"], skipped["facts"]["loaded"]) == (True, False)
