"""Each law of a plugin finds what breaks it, and says it in a sentence for the author."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.distributions import write_distribution

from wdh import PluginError, Target
from wdh.testing import PluginCase
from wdh.testing import plugin_laws as laws
from wdh.testing.database import Database, Server
from wdh.testing.plugin_laws import sample_errors, sample_reports
from wdh.testing.plugin_under_test import load_plugin
from wdh_schemas import REPORT, read_contract

pytestmark = pytest.mark.once

GOOD = """
    from wdh import Note, Target, hookimpl

    SEEN = []

    @hookimpl
    def provide_settings(domain):
        return None if domain is not None else {"least": {"type": "integer", "default": 1}}

    @hookimpl
    def skip_facts(domain, facts, warehouse, settings):
        if settings is None:
            return None
        if warehouse is not None:
            (row,) = warehouse.rows(Target("public", "gate"), ["least"])
            return "too few" if facts.count < row[0] else Note("gate", "Enough.", {})
        return f"{facts.count} facts are too few" if facts.count < settings["least"] else None

    @hookimpl
    def run_finished(domain, report, settings):
        SEEN.append(len(report["vetoes"]))

    @hookimpl
    def run_failed(domain, error, exit_code, settings):
        SEEN.append(error["message"])

    @hookimpl
    def check_facts(facts, settings):
        if settings is None or "code" not in facts.columns:
            return
        for row in facts.rows("code"):
            if row["code"] == "0":
                yield row.reject("code", "zero", "A zero is no code.")
"""

TESTS = """
    from wdh import Target
    from wdh.testing import PluginCase, PluginConformance

    ROW, GATE = {"code": "1"}, Target("public", "gate")

    class TestConformance(PluginConformance):
        plugin = "gate"
        cases = (
            PluginCase("few", [ROW], {"least": 2}, veto="1 facts are too few"),
            PluginCase("enough", [ROW], {}),
            PluginCase("a zero", [ROW, {"code": "0"}], {}, rejects=["zero"]),
            PluginCase("few by the table", [ROW], {}, {GATE: [{"least": 2}]}, veto="too few"),
            PluginCase("enough by the table", [ROW], {}, {GATE: [{"least": 1}]}, note="gate"),
        )
"""
ROW, GATE = {"code": "1"}, Target("public", "gate")
CASES = (
    PluginCase("few", [ROW], {"least": 2}, veto="1 facts are too few"),
    PluginCase("enough", [ROW], {}),
    PluginCase("a zero", [ROW, {"code": "0"}], {}, rejects=["zero"]),
    PluginCase("enough by the table", [ROW], {}, {GATE: [{"least": 1}]}, note="gate"),
    PluginCase("nothing is said"),
)
Project = Callable[..., pytest.RunResult]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Install the plugin ``gate`` with a source."""
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))

    def install_gate(source: str) -> None:
        points = {"wdh.plugins": {"gate": "wdh_gate"}}
        write_distribution(tmp_path / "site", "wdh-gate", entry_points=points, modules={"wdh_gate": source})

    yield install_gate
    sys.modules.pop("wdh_gate", None)


@pytest.fixture
def project(
    pytester: pytest.Pytester, install: Any, monkeypatch: pytest.MonkeyPatch, postgres_server: Server
) -> Project:
    """Run the tests of the plugin ``gate``."""
    monkeypatch.setenv("WDH_TEST_DSN", postgres_server.dsn)

    def run(*arguments: str, tests: str = TESTS) -> pytest.RunResult:
        install(GOOD)
        Path("test_gate.py").write_text(dedent(tests), encoding="utf-8")
        known = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"
        return pytester.runpytest_inprocess("-W", "error", "-W", known, "-p", "no:cacheprovider", *arguments)

    return run


def test_a_good_plugin_keeps_every_law(project: Project) -> None:
    project().assert_outcomes(passed=9)


def change(old: str, new: str) -> str:
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


BROKEN = {
    "a contract that is none": (
        "settings",
        change('{"least": {"type": "integer", "default": 1}}', '{"least": {"type": "int"}}'),
        "settings.least: returned what is no JSON Schema",
    ),
    "a key of wdh's own": (
        "settings",
        change('{"least": {', '{"enabled": {}, "least": {'),
        "settings.enabled: returned a key that is one of wdh's own",
    ),
    "a default that breaks its contract": (
        "settings",
        change('"default": 1', '"default": "1"'),
        "the default of least breaks the contract of least: must be a whole number",
    ),
    "settings of a case that break the contract": (
        "settings",
        change('"type": "integer"', '"type": "integer", "maximum": 1'),
        "few: the settings of a case are faulty: plugins.gate.least: must be at most 1, not 2",
    ),
    "settings for every domain": (
        "claims",
        change("return None if domain is not None else", "return"),
        "provide_settings answered dict for the domain 'a_domain_that_is_not_there', and so for every domain",
    ),
    "no block is not thought of": (
        "lacking",
        change("if settings is None:", "if settings['least'] is None:"),
        "without a block in data_sources.yml (settings is None): wdh-gate 1.2.0",
    ),
    "no warehouse is not thought of": (
        "lacking",
        change("if warehouse is not None:", "if True:"),
        "without a warehouse (a plan has none): wdh-gate",
    ),
    "an answer that remembers": (
        "impure",
        change("facts are too few", "facts are too few{SEEN.append(1) or len(SEEN)}"),
        "few: skip_facts answered '1 facts are too few1', and then '1 facts are too few2'",
    ),
    "another answer than the case expects": (
        "impure",
        change("facts.count < row[0]", "facts.count <= row[0]"),
        "enough by the table: skip_facts was to agree, with the note gate; it answered 'too few'",
    ),
    "a check that takes its block for granted": (
        "lacking",
        change('settings is None or "code"', 'settings["least"] > 5 or "code"'),
        "(settings is None): wdh-gate 1.2.0 (wdh.plugins: gate = wdh_gate), hook check_facts: raised TypeError",
    ),
    "a check that takes its column for granted": (
        "lacking",
        change(' or "code" not in facts.columns', ""),
        "facts of other columns: wdh-gate 1.2.0 (wdh.plugins: gate = wdh_gate), hook check_facts: raised ValueError",
    ),
    "a check that remembers": (
        "impure",
        change('row["code"] == "0"', 'row["code"] == "0" and not SEEN.append(0) and len(SEEN) < 2'),
        "a zero: check_facts refused A3 ('zero'), and then nothing",
    ),
    "other rejects than the case expects": (
        "impure",
        change('row["code"] == "0"', 'row["code"] in "01"'),
        "a zero: check_facts was to refuse 'zero'; it refused A2 ('zero'), A3 ('zero')",
    ),
    "a reject kept from an earlier call": (
        "lacking",
        change("                yield row.reject(", "                SEEN.append(row.reject(").replace(
            'no code.")', 'no code."))\n        yield from SEEN'
        ),
        "hook check_facts: gave a reject of an earlier call (test.xlsx, sheet Sheet1, A3); keep none between calls",
    ),
    "a check that prints": (
        "printed",
        change('if settings is None or "code"', 'print("checked")\n        if settings is None or "code"'),
        "in check_facts wrote to stdout: 'checked",
    ),
    "a write past the reader": (
        "writes",
        change(
            '            return "too few" if facts',
            "            with warehouse._connection.cursor() as cursor: cursor.execute('ROLLBACK; SET SESSION "
            "CHARACTERISTICS AS TRANSACTION READ WRITE; DELETE FROM gate; COMMIT')\n"
            '            return "too few" if facts',
        ),
        'skip_facts changed "public"."gate" in the warehouse; it may only ask',
    ),
    "a key that not every report has": (
        "told",
        change('len(report["vetoes"])', 'report["workbooks"][0]'),
        "nothing is said, a plan that found nothing: wdh-gate 1.2.0",
    ),
    "an error without facts": (
        "told",
        change('error["message"]', 'error["facts"]["file"]'),
        "an error without facts: wdh-gate 1.2.0 (wdh.plugins: gate = wdh_gate), hook run_failed: raised KeyError",
    ),
    "an answer to what needs none": (
        "told",
        change('SEEN.append(error["message"])', "return True"),
        "hook run_failed: returned a value of type bool (True); return nothing",
    ),
    "a print": (
        "printed",
        change('SEEN.append(error["message"])', "print('failed')"),
        "wdh_gate.py:25 in run_failed wrote to stdout: 'failed",
    ),
    "another folder": (
        "conduct",
        change('SEEN.append(error["message"])', "__import__('os').chdir('/')"),
        "hook run_failed changed the working directory",
    ),
    "an import that prints": ("import", "print('hello')\n" + dedent(GOOD), "in <module> wrote to stdout"),
    "a call that takes too long": (
        "told",
        change('SEEN.append(error["message"])', "__import__('time').sleep(60)"),
        "hook run_failed: took longer than the 0.2 s that a call may take",
    ),
}


SEARCHES: dict[str, Callable[[Any, Any], Iterator[str]]] = {
    "settings": lambda subject, _: laws.find_faulty_settings(subject, CASES),
    "claims": lambda subject, _: laws.find_claims(subject),
    "lacking": lambda subject, _: laws.find_failures_without(subject, CASES),
    "impure": lambda subject, fresh: laws.find_impure_answers(subject, CASES, fresh),
    "writes": lambda subject, fresh: laws.find_writes(subject, CASES, fresh),
    "told": lambda subject, _: laws.find_failures_when_told(subject, CASES[-1:]),
    "printed": lambda subject, _: laws.find_printed(subject, CASES[-1:]),
    "conduct": lambda subject, _: laws.find_breaches_of_conduct(subject, CASES[-1:]),
    "import": lambda subject, _: laws.find_faulty_import(subject),
}


@pytest.mark.parametrize(("law", "source", "finding"), BROKEN.values(), ids=BROKEN)
def test_a_broken_plugin_is_found(
    install: Any, wdh_fresh_database: Callable[[], Database], law: str, source: str, finding: str
) -> None:
    install(source)
    found = list(SEARCHES[law](load_plugin("gate", time_limit=0.2 if "sleep" in source else 60), wdh_fresh_database))
    assert any(finding in each for each in found), found


def test_a_plugin_that_cannot_be_one_is_not_even_loaded(install: Any) -> None:
    install(change("def run_failed(domain,", "def run_failed(domian, domain,"))
    with pytest.raises(PluginError, match="hook run_failed: takes an argument 'domian', which this hook does not have"):
        load_plugin("gate", time_limit=1)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('plugin = "gat"', "the plugin 'gat' is not installed; did you mean 'gate'?"),
        ("pass", 'which plugin is to be tested? Write plugin = "NAME" into the class'),
    ],
)
def test_a_plugin_that_is_not_there_is_said_with_the_way_to_mend_it(project: Project, line: str, sentence: str) -> None:
    tests = f"from wdh.testing import PluginConformance\nclass TestConformance(PluginConformance):\n    {line}\n"
    result = project("-k", "print_nothing", tests=tests)
    result.assert_outcomes(errors=1, deselected=8)
    result.stdout.fnmatch_lines([f"*{sentence}*"])


def test_the_full_report_has_every_key_of_the_contract_and_the_others_few() -> None:
    contract, reports = read_contract(REPORT), sample_reports()
    full = reports["a committed run"]
    assert {*full, "error"} == {*contract["properties"]}
    for key, name in {"workbooks": "workbook", "steps": "step", "rejects": "reject", "guards": "guard"}.items():
        first, least = full[key]
        assert {*first} == {*contract["$defs"][name]["properties"]}
        assert {*least} == {*contract["$defs"][name]["required"]}
    assert reports["a plan that found nothing"]["steps"] == []
    assert {*reports["a plan that found nothing"]} == {*contract["required"], *contract["else"]["required"]}


def test_every_sample_keeps_the_contract() -> None:
    validator = Draft202012Validator(read_contract(REPORT))
    failures = (
        {"wdh_report": 1, "domain": "shops", "executed": None, "error": error} for error in sample_errors().values()
    )
    for document in (*sample_reports().values(), *failures):
        assert [error.message for error in validator.iter_errors(document)] == []
