"""A domain that loads its facts in its own way keeps the promise of every run, or the run ends and names it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from .conftest import TRANSFORM, Shop

OLD = "INSERT INTO 销售 VALUES ('A', 100), ('C', 300)"
NAMED = "wdh-shops 1.2.0 (wdh.domains: shops = wdh_shops), hook load_facts: "


def loading(*lines: str) -> str:
    """Source of a domain whose load_facts has these lines."""
    body = "".join(f"    {line}\n" for line in lines)
    return f"{TRANSFORM}\n\n@hookimpl\ndef load_facts(facts, target, steps):\n{body}"


DELETE, APPEND = "steps.delete_scope(target, facts)", "steps.append(target, facts)"


def statement(sql: str, more: str = "") -> str:
    return f"steps.statement(target, {sql!r}, purpose='own way'{more})"


@pytest.mark.parametrize(
    ("lines", "arguments", "sentence"),
    [
        (["return True"], (), "returned True without a step, and the facts would be lost"),
        (["steps.skip('no')", APPEND, "return True"], (), "said steps.skip('no') and recorded steps (1)"),
        ([DELETE, APPEND, "return True"], ("--mode", "append"), "recorded a delete scope in the mode append"),
        (
            [statement("DELETE FROM 销售"), "return True"],
            ("--mode", "append"),
            "in the mode append without having asked steps.mode",
        ),
        (
            [statement("DELETE FROM 销售 WHERE 店 LIKE 'A%' AND 额 = %s", ", parameters=(1,)"), "return True"],
            (),
            "recorded a statement (own way) that has a bare % beside parameters",
        ),
        (["steps.statement(target.sql, 'SELECT 1', purpose='x')", "return True"], (), "is a Target(schema, table)"),
    ],
)
@pytest.mark.parametrize("execute", [False, True])
def test_what_breaks_the_promise_ends_the_run_and_names_the_package(
    shop: Shop, lines: Sequence[str], arguments: tuple[str, ...], sentence: str, execute: bool
) -> None:
    shop.install(loading(*lines))
    shop.database.execute(OLD)
    before = shop.facts()
    ended = shop.run(*arguments, *["--execute"] * execute)
    assert ended.code == 2
    assert NAMED in ended.err
    assert sentence in ended.err
    assert shop.facts() == before


@pytest.mark.parametrize("recorded", [APPEND, "steps.skip('not I')"])
def test_steps_are_not_dropped_where_the_answer_was_forgotten(shop: Shop, recorded: str) -> None:
    """The facts would be loaded in another way than the package says, and old ones deleted."""
    shop.install(loading(recorded))
    shop.database.execute(OLD)
    before = shop.facts()
    ended = shop.run("--execute")
    assert ended.code == 2
    assert NAMED in ended.err
    assert "and returned None, so that the facts would be loaded otherwise; end it with return True" in ended.err
    assert shop.facts() == before


def test_a_skip_of_the_domain_is_shown_as_one_everywhere_and_writes_nothing(shop: Shop) -> None:
    shop.install(loading("steps.skip('the shops are closed')", "return True"))
    shop.database.execute(OLD)
    before = shop.facts()
    planned, executed = shop.run().report, shop.run("--execute").report
    for report in (planned, executed):
        (step,) = report["steps"]
        assert (step["operation"], step["what"], step["reason"]) == ("SKIP", "facts", "the shops are closed")
        assert (report["skip_facts"], report["vetoes"]) == (False, [])
    assert shop.facts() == before
    ended = shop.workspace.job("shops", "--execute")
    assert ended.code == 0
    assert "The facts are left alone: the shops are closed." in ended.out
    assert shop.database.rows("SELECT facts_table, counts::text FROM wdh_runs") == [(None, "[]")] * 2


@pytest.mark.parametrize("mode", ["append", "delete_insert"])
def test_the_mode_is_told_and_kept(shop: Shop, mode: str) -> None:
    shop.install(loading("if steps.mode == 'delete_insert':", f"    {DELETE}", APPEND, "return True"))
    shop.database.execute(OLD)
    assert shop.run("--execute", "--mode", mode).report["executed"]
    kept = [("A", 1)] if mode == "delete_insert" else [("A", 1), ("A", 100)]
    assert shop.facts() == [*kept, ("B", 2), ("C", 300)]


def test_an_append_by_statements_alone_says_that_nobody_recognises_it(shop: Shop) -> None:
    shop.install(loading("assert steps.mode", statement("INSERT INTO 销售 VALUES ('D', 4)"), "return True"))
    remark = (
        "wdh-shops 1.2.0 adds the facts by a statement of its own, which the ledger does not recognise: a second run "
        "would add them once more"
    )
    assert shop.run("--execute", "--mode", "append").report["remarks"] == [remark]
    assert shop.run("--execute").report["remarks"] == []


def test_the_report_shows_a_statements_rows_as_the_ledger_does(shop: Shop) -> None:
    update = statement("UPDATE 销售 SET 额 = 额 + %s", ", parameters=(1,)")
    shop.install(loading(DELETE, APPEND, update, "return True"))
    shop.database.execute("INSERT INTO 销售 VALUES ('A', 100), ('C', 300)")
    report = shop.run("--execute").report
    shown: list[dict[str, Any]] = [
        {"operation": step["operation"], "table": step["target"], "rows": step["rows"]} for step in report["steps"]
    ]
    assert shop.database.rows("SELECT counts FROM wdh_runs") == [(shown,)]
    assert [step["rows"] for step in shown] == [1, 2, 3]
    assert report["steps"][-1]["package"] == "wdh-shops 1.2.0"
    text = shop.workspace.job("shops", "--execute").out
    (line,) = [line for line in text.splitlines() if ' "public"."销售"  statement ' in line]
    assert line.split() == ['"public"."销售"', "statement", "3", "own", "way", "(wdh-shops", "1.2.0)"]
    assert "Facts: 2 deleted, 2 inserted. Statements of the domain: 3 changed." in text
    planned = shop.workspace.job("shops").out
    (line,) = [line for line in planned.splitlines() if " statement " in line and "--" not in line]
    assert line.split() == ['"public"."销售"', "statement", "own", "way", "(wdh-shops", "1.2.0)"]
