"""The plan has the steps that were asked for, in an order that keeps references whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from wdh.domain.own_answers import FactLoading
from wdh.errors import PluginError, SetupError
from wdh.facts import Facts
from wdh.facts.spool import FactRows, Spool
from wdh.plan import Append, DeleteScope, FillNullOnly, InsertMissing, Plan, Skip, StepRecorder
from wdh.plan.planning import Wishes, ascii_if_odd, make_plan, wanted_references
from wdh.references.candidates import Candidates
from wdh.settings import ColumnRule, Domain, Reference
from wdh.sql.identifiers import Target

RULES = (ColumnRule("号", "代码"), ColumnRule("名", "名称"), ColumnRule("型", "类型"))
PORTFOLIOS = Reference("portfolios", Target("public", "组合"), ("号",), RULES, ("名", "型"), depends_on=("plans",))
PLANS = Reference("plans", Target("public", "计划"), ("号",), RULES, ("名",))
DOMAIN = Domain("d", "", 0, Target("public", "事实"), ("月",), refs=(PORTFOLIOS, PLANS))


@pytest.fixture
def facts() -> Iterator[FactRows]:
    with Spool(("月",)) as spool:
        spool.append(Facts([2, 3], {"月": ["11", "11"], "额": [1, 2]}), file="f", sheet="s")
        yield spool.facts()


def candidates(reference: Reference, *rows: tuple[str | None, ...]) -> Candidates:
    return Candidates(reference, ("号", "名", "型"), rows)


def plan(facts: FactRows, *, wishes: Wishes | None = None, vetoes: tuple[str, ...] = ()) -> Plan:
    wishes = wishes or Wishes()
    found = [
        candidates(reference, ("A", "甲", None), ("B", None, "丙")) for reference in wanted_references(DOMAIN, wishes)
    ]
    return make_plan(
        DOMAIN,
        found,
        facts=facts,
        wishes=wishes,
        vetoes=vetoes,
        load_facts=FactLoading().load_facts,  # type: ignore[arg-type]
        run_id="",
    )


def test_references_come_before_facts_and_what_they_depend_on_before_them(facts: FactRows) -> None:
    steps = plan(facts).steps
    assert [type(step) for step in steps] == [InsertMissing, InsertMissing, DeleteScope, Append]
    assert [step.target.table for step in steps] == ["计划", "组合", "事实", "事实"]


def test_a_veto_skips_the_facts_with_every_reason_and_keeps_the_references(facts: FactRows) -> None:
    steps = plan(facts, vetoes=("--skip-facts", "2024-11 is closed (wdh-lock 1.0)")).steps
    assert [type(step) for step in steps] == [InsertMissing, InsertMissing, Skip]
    assert steps[-1] == Skip("facts", DOMAIN.facts, "--skip-facts; 2024-11 is closed (wdh-lock 1.0)")


@pytest.mark.parametrize(
    ("names", "written", "skipped"),
    [
        ({"all"}, ["计划", "组合"], []),
        ({"plans"}, ["计划"], ["portfolios"]),
        ({"plans", "portfolios"}, ["计划", "组合"], []),
        ({"none"}, [], ["portfolios", "plans"]),
    ],
)
def test_only_the_refs_asked_for_are_backfilled_and_the_others_are_said_to_be_skipped(
    facts: FactRows, names: set[str], written: list[str], skipped: list[str]
) -> None:
    steps = plan(facts, wishes=Wishes(backfill_refs=frozenset(names))).steps
    assert [step.target.table for step in steps if isinstance(step, InsertMissing)] == written
    assert [step.what for step in steps if isinstance(step, Skip)] == skipped


def test_an_unknown_ref_is_a_setup_error_with_the_near_one() -> None:
    with pytest.raises(SetupError, match="--backfill-refs planz: domain d has no such ref.*did you mean 'plans'"):
        wanted_references(DOMAIN, Wishes(backfill_refs=frozenset(("planz",))))


def test_fill_null_only_brings_the_updatable_columns_of_candidates_that_have_a_value(facts: FactRows) -> None:
    first, second = plan(facts, wishes=Wishes(backfill_mode="fill_null_only")).steps[:2]
    assert first == FillNullOnly("plans", PLANS.target, ("号",), ("号", "名"), (("A", "甲"),), ("代码", "名称"))
    assert second == FillNullOnly(
        "portfolios",
        PORTFOLIOS.target,
        ("号",),
        ("号", "名", "型"),
        (("A", "甲", None), ("B", None, "丙")),
        ("代码", "名称", "类型"),
    )


def test_insert_and_fill_does_both_inserting_first(facts: FactRows) -> None:
    steps = plan(facts, wishes=Wishes(backfill_mode="insert_and_fill", backfill_refs=frozenset(("plans",)))).steps
    assert [type(step) for step in steps[:2]] == [InsertMissing, FillNullOnly]


def test_filling_without_updatable_columns_is_a_setup_error() -> None:
    bare = Reference("bare", Target(None, "t"), ("号",), RULES)
    with Spool(()) as spool, pytest.raises(SetupError, match=r"refs\.bare has no updatable columns"):
        make_plan(
            DOMAIN,
            [candidates(bare, ("A", "甲", None))],
            facts=spool.facts(),
            wishes=Wishes(backfill_mode="fill_null_only"),
            vetoes=(),
            load_facts=FactLoading().load_facts,  # type: ignore[arg-type]
            run_id="",
        )


def test_append_deletes_nothing(facts: FactRows) -> None:
    assert [type(step) for step in plan(facts, wishes=Wishes(load_mode="append")).steps[2:]] == [Append]


def test_nothing_to_do_is_said_and_not_done() -> None:
    with Spool(("月",)) as spool:
        steps = make_plan(
            DOMAIN,
            [candidates(PLANS), candidates(PORTFOLIOS, ("A", None, None))],
            facts=spool.facts(),
            wishes=Wishes(backfill_mode="fill_null_only"),
            vetoes=(),
            load_facts=FactLoading().load_facts,  # type: ignore[arg-type]
            run_id="",
        ).steps
    assert [(step.what, step.reason) for step in steps if isinstance(step, Skip)] == [
        ("plans", "the facts name no key of it"),
        ("portfolios", "the facts have no value to fill in"),
        ("facts", "the workbooks have no facts"),
    ]


def test_targets_are_locked_in_one_order_whatever_the_steps() -> None:
    a, b = Target("a", "x"), Target("b", "x")
    steps = [InsertMissing(t.sql, t, ("k",), ("k",), (("1",),)) for t in (b, a, b)]
    assert Plan("d", tuple(steps)).targets == (a, b)


def test_a_domain_may_delete_by_a_part_of_the_scope_and_by_nothing_else() -> None:
    recorder = StepRecorder("delete_insert", ("月", "号"))
    with Spool(("月", "号")) as spool:
        spool.append(Facts([2, 3], {"月": ["11", "11"], "号": ["A", "B"]}), file="f", sheet="s")
        recorder.delete_scope(DOMAIN.facts, spool.facts(), columns=["月"])
        assert recorder.steps == (DeleteScope(DOMAIN.facts, ("月",), (("11",),)),)
        with pytest.raises(PluginError, match="额 is not part of the delete scope 月, 号"):
            recorder.delete_scope(DOMAIN.facts, spool.facts(), columns=["额"])


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("计划A", "'计划A'"),
        ("é", "'é'"),
        ("e\u0301", "'e\\u0301'"),
        ("A\u200b", "'A\\u200b'"),
        (12, "12"),
        (None, "None"),
    ],
)
def test_a_key_is_escaped_only_where_the_eye_does_not_see_what_it_is(key: str | int | None, shown: str) -> None:
    assert ascii_if_odd(key) == shown
