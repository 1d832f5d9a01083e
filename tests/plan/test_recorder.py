"""What a domain may record for its facts, and that it is told at once what is no step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from wdh.errors import PluginError
from wdh.facts import Facts
from wdh.facts.spool import FactRows, Spool
from wdh.plan import DeleteScope, Stage, Statement, StepRecorder, Upsert
from wdh.sql.identifiers import Target

FACTS = Target("public", "事实")


def refuse(sentence: str) -> PluginError:
    return PluginError(f"wdh-shops 1.2.0: {sentence}")


def recorder(mode: Any = "delete_insert") -> StepRecorder:
    return StepRecorder(mode, ("月",), package="wdh-shops 1.2.0", refuse=refuse)


@pytest.fixture
def facts() -> Iterator[FactRows]:
    with Spool(("月",)) as spool:
        spool.append(Facts([2, 3], {"月": ["11", "11"], "额": [1, 2]}), file="f", sheet="s")
        yield spool.facts()


WRONG: dict[str, tuple[Callable[[StepRecorder, Any], Any], str]] = {
    "no Target": (lambda steps, _: steps.statement("事实", "SELECT 1", purpose="x"), "recorded a step for '事实'"),  # type: ignore[arg-type]
    "a name that is cut": (
        lambda steps, _: steps.statement(Target(None, "长" * 22), "SELECT 1", purpose="x"),
        "is 66 bytes of UTF-8",
    ),
    "no name": (lambda steps, facts: steps.append(Target(None, ""), facts), "must be a non-empty string"),
    "a schema that is no text": (lambda steps, facts: steps.delete_scope(Target(5, "t"), facts), "for Target("),  # type: ignore[arg-type]
    "rows of its own": (lambda steps, _: steps.append(FACTS, [("11",)]), "recorded a step with list as facts"),  # type: ignore[arg-type]
    "a scope of nothing": (lambda steps, _: steps.delete_scope(FACTS, None), "with NoneType as facts"),  # type: ignore[arg-type]
    "a scope without a column": (lambda steps, facts: steps.delete_scope(FACTS, facts, columns=()), "without a column"),
    "sql in bytes": (lambda steps, _: steps.statement(FACTS, b"SELECT 1", purpose="x"), "gave bytes as sql"),  # type: ignore[arg-type]
    "no sql": (lambda steps, _: steps.statement(FACTS, " \n", purpose="x"), "gave a blank as sql"),
    "no purpose": (lambda steps, _: steps.statement(FACTS, "SELECT 1", purpose=""), "gave a blank as purpose"),
    "parameters in a text": (
        lambda steps, _: steps.statement(FACTS, "SELECT %s", purpose="x", parameters="a"),
        "with str as parameters",
    ),
    "one parameter by itself": (
        lambda steps, _: steps.statement(FACTS, "SELECT %s", purpose="x", parameters=5),  # type: ignore[arg-type]
        "with int as parameters",
    ),
    "a placeholder too many": (
        lambda steps, _: steps.statement(FACTS, "SELECT %s, %s", purpose="count", parameters=(1,)),
        "recorded a statement (count) that has 2 placeholders (%s) and 1 parameters",
    ),
    "an upsert without a key": (lambda steps, facts: steps.upsert(FACTS, facts, key=()), "an upsert without a key"),
    "a key in a text": (lambda steps, facts: steps.upsert(FACTS, facts, key="月"), "gave '月' as key of an upsert"),
    "a key that no fact has": (
        lambda steps, facts: steps.upsert(FACTS, facts, key=("月分",)),
        "named '月分' in key of an upsert, which is no column of the facts; did you mean '月'?",
    ),
    "an update of what no fact has": (
        lambda steps, facts: steps.upsert(FACTS, facts, key=("月",), update=("数",)),
        "named '数' in update of an upsert",
    ),
    "an update of the key": (
        lambda steps, facts: steps.upsert(FACTS, facts, key=("月",), update=("额", "月")),
        "recorded an upsert that updates 月 of its own key",
    ),
    "rows of its own in a stage": (
        lambda steps, _: steps.stage([("11",)], like=FACTS),  # type: ignore[arg-type]
        "recorded a step with list as facts",
    ),
    "a stage like nothing": (lambda steps, facts: steps.stage(facts, like="事实"), "recorded a step for '事实'"),  # type: ignore[arg-type]
    "no reason": (lambda steps, _: steps.skip(" "), "gave a blank as reason"),
    "a reason that is no text": (lambda steps, _: steps.skip(None), "gave NoneType as reason"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_step_is_refused_in_the_name_of_the_package_where_it_is_recorded(what: str, facts: FactRows) -> None:
    record, sentence = WRONG[what]
    steps = recorder()
    with pytest.raises(PluginError) as caught:
        record(steps, facts)
    assert str(caught.value).startswith("wdh-shops 1.2.0: ")
    assert sentence in str(caught.value)
    assert steps.steps == ()


def test_a_delete_scope_contradicts_the_mode_append(facts: FactRows) -> None:
    with pytest.raises(PluginError, match="delete scope in the mode append, which only adds; ask steps.mode"):
        recorder("append").delete_scope(FACTS, facts)
    steps = recorder()
    steps.delete_scope(FACTS, facts)
    assert steps.steps == (DeleteScope(FACTS, ("月",), (("11",),)),)


def test_a_statement_needs_the_mode_to_be_asked_where_it_is_append() -> None:
    """Nobody can see whether a statement only adds; a domain that never asked cannot mean it."""
    steps = recorder("append")
    steps.statement(FACTS, "INSERT INTO t VALUES (1)", purpose="add")
    with pytest.raises(PluginError, match="statement of its own in the mode append without having asked steps.mode"):
        steps.complete()
    assert steps.mode == "append"
    steps.complete()
    blind = recorder("delete_insert")
    blind.statement(FACTS, "INSERT INTO t VALUES (1)", purpose="add")
    blind.complete()


def test_nothing_recorded_is_not_complete_and_a_skip_is_nothing_else(facts: FactRows) -> None:
    steps = recorder()
    with pytest.raises(PluginError, match=r"returned True without a step.*steps\.skip\(reason\)"):
        steps.complete()
    steps.skip("nothing new")
    steps.complete()
    steps.append(FACTS, facts)
    with pytest.raises(PluginError, match=r"said steps\.skip\('nothing new'\) and recorded steps \(1\)"):
        steps.complete()


def test_a_statement_knows_its_package_and_keeps_what_it_was_given() -> None:
    steps, values = recorder(), [1, 2]
    steps.statement(FACTS, "SELECT %s, %s", purpose="x", parameters=values)
    steps.statement(FACTS, "SELECT %(a)s", purpose="y", parameters={"a": 1, "b": 2})
    values.clear()
    assert steps.steps == (
        Statement(FACTS, "x", "SELECT %s, %s", (1, 2), "wdh-shops 1.2.0"),
        Statement(FACTS, "y", "SELECT %(a)s", {"a": 1, "b": 2}, "wdh-shops 1.2.0"),
    )


def test_an_upsert_updates_all_columns_but_the_key_unless_it_names_them(facts: FactRows) -> None:
    steps = recorder()
    steps.upsert(FACTS, facts, key=["月"])
    steps.upsert(FACTS, facts, key=("额", "额"), update=["月"])
    first, second = steps.steps
    assert isinstance(first, Upsert)
    assert isinstance(second, Upsert)
    assert (first.key, first.update, second.key, second.update) == (("月",), ("额",), ("额",), ("月",))


def test_an_upsert_that_may_change_facts_contradicts_the_mode_append(facts: FactRows) -> None:
    steps = recorder("append")
    with pytest.raises(PluginError, match="recorded an upsert that may change facts in the mode append, which only"):
        steps.upsert(FACTS, facts, key=("月",))
    steps.upsert(FACTS, facts, key=("月",), update=())
    steps.complete()
    assert len(steps.steps) == 1


def test_staged_facts_have_the_types_of_the_domains_own_table_unless_another_is_named(facts: FactRows) -> None:
    own = StepRecorder("delete_insert", ("月",), target=FACTS).for_package("wdh-shops 1.2.0", refuse=refuse)
    own.stage(facts)
    own.stage(facts, like=Target("public", "别"))
    assert [step.target for step in own.steps if isinstance(step, Stage)] == [FACTS, Target("public", "别")]
    with pytest.raises(PluginError, match="recorded a step for None"):
        recorder().stage(facts)


def test_staged_facts_need_a_statement_that_reads_them(facts: FactRows) -> None:
    steps = recorder()
    first = steps.stage(facts, like=FACTS)
    steps.statement(FACTS, f"INSERT INTO t SELECT * FROM {first.sql}", purpose="x")
    steps.complete()
    second = steps.stage(facts, like=FACTS)
    assert [step.stage for step in steps.steps if isinstance(step, Stage)] == [first, second]
    with pytest.raises(PluginError, match=f"no statement behind it names {second.table}, so that they would be lost"):
        steps.complete()
