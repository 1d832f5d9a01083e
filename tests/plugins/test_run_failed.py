"""Plugins hear of every run that failed once they were there, with the error of the report; the exit code stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from support.workspaces import Workspace

DOMAIN, OTHER = "annuity_performance", "annuity_income"
BOTH = ("--domains", f"{DOMAIN},{OTHER}")
HEAD = "from wdh import DataError, PluginError, hookimpl\nimport json, pathlib\n"
NOWHERE = ("--execute", "--dsn", "postgresql://127.0.0.1:1/x")


@pytest.fixture
def told(tmp_path: Path, install: Any) -> Any:
    """Install a plugin that writes down whatever it hears; give what it has heard, in order."""
    book = tmp_path / "told.jsonl"
    install(
        "bell",
        HEAD + f"def note(*words):\n    with pathlib.Path({str(book)!r}).open('a') as book:\n"
        "        print(json.dumps(words), file=book)\n"
        "@hookimpl\ndef run_finished(domain): note(domain, 'finished')\n"
        "@hookimpl\ndef run_failed(domain, error, exit_code, settings): note(domain, error, exit_code, settings)\n",
    )
    return lambda: [json.loads(line) for line in book.read_text().splitlines()] if book.exists() else []


def damage(workspace: Workspace, value: object) -> None:
    """Put ``value`` into a cell of the newest workbook where a number is wanted."""
    path = next(workspace.folder.rglob("2024年11月*.xlsx"))
    book = load_workbook(path)
    cells = [cell for row in book["规模明细"].iter_rows() for cell in row]
    next(cell for cell in cells if cell.value == "期末资产规模").offset(row=20).value = value
    book.save(path)


@pytest.mark.parametrize(
    ("arguments", "code"), [(("--file", "nothing.xlsx"), 2), (NOWHERE, 2), (("--period", "1999-01"), 2)]
)
def test_a_failed_run_is_told_with_the_error_of_the_report(
    workspace: Workspace, told: Any, arguments: tuple[str, ...], code: int
) -> None:
    ended = workspace.job(DOMAIN, *arguments, "--output", "json")
    assert ended.code == code, ended.err
    error = json.loads(ended.out)["error"]
    assert told() == [[DOMAIN, error, code, None]]
    assert error["exit_code"] == code


def test_settings_are_those_of_the_block(workspace: Workspace, install: Any, tmp_path: Path) -> None:
    install(
        "bell",
        HEAD + "@hookimpl\ndef provide_settings(): return {'log': {'type': 'string'}, 'n': {'default': 3}}\n"
        "@hookimpl\ndef run_failed(settings): pathlib.Path(settings['log']).write_text(str(settings['n']))\n",
    )
    workspace.add(f"plugins:\n  bell: {{log: {tmp_path / 'log'}}}\n")
    assert workspace.job(DOMAIN, "--file", "nothing.xlsx").code == 2
    assert (tmp_path / "log").read_text() == "3"


def test_a_refused_cell_is_told_but_not_where_values_are_withheld(workspace: Workspace, told: Any) -> None:
    damage(workspace, "secret-7")
    workspace.database.execute('ALTER TABLE "规模明细" ALTER COLUMN "计划代码" TYPE varchar(3)')
    allowed = ("--execute", "--max-rejects", "1")
    open_run, withheld = (workspace.job(DOMAIN, *allowed, *more) for more in ((), ("--withhold-values",)))
    assert (open_run.code, withheld.code) == (3, 3)
    (first, second) = (entry[1] for entry in told())
    assert first["kind"] == second["kind"] == "DoesNotFit"
    assert first["message"] in open_run.err
    assert second["message"] in withheld.err
    assert first["message"] != second["message"]
    assert "is withheld" in second["message"]


def test_a_fault_of_wdh_is_told_as_one(workspace: Workspace, told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from wdh.run import planning

    monkeypatch.setattr(planning, "make_plan", lambda *_, **__: 1 / 0)
    assert workspace.job(DOMAIN).code == 1
    error = {"kind": "ZeroDivisionError", "exit_code": 1, "message": "division by zero.", "facts": {}}
    assert told() == [[DOMAIN, error, 1, None]]


def test_with_raise_on_error_plugins_are_told_all_the_same(workspace: Workspace, told: Any) -> None:
    with pytest.raises(Exception, match="nothing.xlsx"):
        workspace.job(DOMAIN, "--file", "nothing.xlsx", "--raise-on-error")
    assert [entry[2] for entry in told()] == [2]


@pytest.mark.parametrize("arguments", [("--max-files", "none"), ("--config", "nowhere.yml")])
def test_a_run_that_fails_before_the_plugins_are_there_is_not_told(
    workspace: Workspace, told: Any, arguments: tuple[str, ...]
) -> None:
    assert workspace.job(DOMAIN, *arguments).code == 2
    assert told() == []


def test_a_faulty_configuration_is_not_told_as_no_settings_are_known(workspace: Workspace, told: Any) -> None:
    workspace.add("plugins:\n  bell: {hous: 3}\n")
    assert workspace.job(DOMAIN).code == 2
    assert told() == []


def test_a_run_that_the_operator_stopped_is_not_told(workspace: Workspace, install: Any, told: Any) -> None:
    install("stopper", HEAD + "@hookimpl\ndef skip_facts(): raise KeyboardInterrupt\n")
    assert workspace.job(DOMAIN).code == 130
    assert told() == []


def test_of_two_domains_each_is_told_of_its_own_run(workspace: Workspace, told: Any) -> None:
    damage(workspace, "many")
    command = ("--domains", OTHER, "--keep-going")
    assert workspace.job(DOMAIN, *command).code == 3
    first, second = told()
    assert (first[0], first[2], second) == (DOMAIN, 3, [OTHER, "finished"])


def test_of_two_domains_in_one_transaction_each_that_was_begun_is_told_of_the_error(
    workspace: Workspace, told: Any
) -> None:
    together = ("--domains", OTHER, "--commit", "together", "--execute")
    assert workspace.job(DOMAIN, *together, "--dsn", "postgresql://127.0.0.1:1/x").code == 2
    first, second = told()
    assert ([first[0], second[0]], first[1:]) == ([DOMAIN, OTHER], second[1:])
    damage(workspace, "many")
    assert workspace.job(DOMAIN, *together).code == 3
    (third,) = told()[2:]
    assert (third[0], third[1]["facts"]["domain"]) == (DOMAIN, DOMAIN)


FAILING = {
    "raises": ("raise ValueError('no bell')", "hook run_failed: raised ValueError: no bell"),
    "is interrupted": ("raise KeyboardInterrupt", "hook run_failed: was interrupted"),
    "returns something": ("return True", "hook run_failed: returned a value of type bool (True); return nothing"),
    "ends the process": ("import os; os._exit(0)", "and was kept from it; the run ended as it was told"),
}


@pytest.mark.parametrize(("statement", "said"), FAILING.values(), ids=FAILING)
def test_what_a_plugin_does_wrong_is_told_and_the_exit_code_stays(
    workspace: Workspace, install: Any, statement: str, said: str
) -> None:
    install("broken", HEAD + f"@hookimpl\ndef run_failed(): {statement}\n")
    ended = workspace.job(DOMAIN, "--file", "nothing.xlsx", "--log-format", "json", "--log-level", "WARNING")
    assert ended.code == 2
    logged = [json.loads(line) for line in ended.err.splitlines() if line.startswith("{")]
    (event,) = [line for line in logged if line["event"] == "plugin_failed"]
    assert event["hook"] == "run_failed"
    assert said in event["error"]
    assert f"Plugin: {event['error']}\nThe run failed all the same, as it was told.\n" in ended.err


def test_one_that_sleeps_is_woken_after_its_time(workspace: Workspace, install: Any) -> None:
    install("sleeper", HEAD + "import time\n@hookimpl\ndef run_failed(): time.sleep(60)\n")
    ended = workspace.job(DOMAIN, "--file", "nothing.xlsx", "--hook-timeout", "0.5")
    assert (ended.code, "hook run_failed: took longer than the 0.5 s" in ended.err) == (2, True)
