"""The way back that is found gives the facts as they were before a run, over thousands of histories of a model."""

from __future__ import annotations

import datetime
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from wdh.apply.history import RecordedRun
from wdh.apply.way_back import find_way_back

MONTHS, SHOPS = ("10", "11", "12"), ("A", "B", "C")
BY_BOTH, BY_SHOP = ["月", "店"], ["店"]
Fact = tuple[int, str, str]
Table = Counter[Fact]


def record(number: int, *, facts: Sequence[Fact], mode: str, scope: list[str], deleted: int, told: str) -> RecordedRun:
    """Record a run as the ledger does. ``told``: whether it tells all, no scopes, or nothing."""
    months = sorted({month for _, month, _ in facts})
    scopes = sorted({key(fact, scope) for fact in facts}) if mode == "delete_insert" and told == "all" else None
    periods = {
        "column": "月",
        "periods": [{"period": month, "facts": 1, "sums": {}} for month in months],
        "scope": scope if mode == "delete_insert" else None,
        "scopes": scopes,
    }
    now = datetime.datetime(2024, 12, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(minutes=number)
    counts = [{"operation": "DELETE", "table": "t", "rows": deleted}] if mode == "delete_insert" else []
    return RecordedRun(
        str(number), "d", mode, "t", "", [], counts, {}, now, now, periods=None if told == "nothing" else periods
    )


def key(fact: Fact, scope: list[str]) -> str:
    _, month, shop = fact
    return f"{month}{shop}" if scope == BY_BOTH else shop


def load(table: Table, facts: Sequence[Fact], *, mode: str, scope: list[str]) -> int:
    """Load facts as a run does; give how many were deleted."""
    deleted = 0
    if mode == "delete_insert":
        scopes = {key(fact, scope) for fact in facts}
        gone = [fact for fact in table if key(fact, scope) in scopes]
        deleted = sum(table.pop(fact) for fact in gone)
    table.update(facts)
    return deleted


def choose(chance: random.Random, number: int) -> dict[str, Any]:
    months = chance.sample(MONTHS, chance.choice([1, 1, 2]))
    shops = chance.sample(SHOPS, chance.choice([1, 2, 3, 3]))
    return {
        "facts": [(number, month, shop) for month in months for shop in shops],
        "mode": chance.choice(["delete_insert"] * 9 + ["append"]),
        "scope": chance.choice([BY_BOTH] * 12 + [BY_SHOP]),
        "told": chance.choice(["all"] * 15 + ["no scopes", "nothing"]),
    }


def test_the_facts_are_as_they_were_wherever_a_way_back_is_found() -> None:
    found = {"exact": 0, "some were new": 0, "none": 0}
    for seed in range(5_000):
        chance = random.Random(seed)  # noqa: S311 - histories, not secrets
        table: Table = Counter()
        chosen, before, runs = [], [], []
        for number in range(chance.randint(2, 7)):
            one = choose(chance, number)
            before.append(Counter(table))
            deleted = load(table, one["facts"], mode=one["mode"], scope=one["scope"])
            runs.append(record(number, **one, deleted=deleted))
            chosen.append(one)
        place = chance.choice([len(runs) - 1, chance.randrange(len(runs))])
        way = find_way_back(runs[place], runs)
        if way.why_not is not None:
            found["none"] += 1
            continue
        again = Counter(table)
        for run in way.runs:
            one = chosen[int(run.run_id)]
            load(again, one["facts"], mode="delete_insert", scope=one["scope"])
        scope = chosen[place]["scope"]
        own = {key(fact, scope) for fact in chosen[place]["facts"]}
        had = {key(fact, scope) for fact in before[place]} & own
        for each in sorted({key(fact, scope) for fact in [*table, *again, *before[place]]}):
            wanted = before[place] if each in had else table
            assert {f: n for f, n in again.items() if key(f, scope) == each} == {
                f: n for f, n in wanted.items() if key(f, scope) == each
            }, (seed, each)
        assert (way.new > 0) == (own != had), seed
        found["some were new" if way.new else "exact"] += 1
    assert found["exact"] > 200, found
    assert found["some were new"] > 100, found


def test_the_last_delivery_before_is_found_in_the_simple_case() -> None:
    runs = [
        record(number, facts=[(number, "11", "A")], mode="delete_insert", scope=BY_BOTH, deleted=number, told="all")
        for number in range(4)
    ]
    way = find_way_back(runs[3], runs)
    assert ([run.run_id for run in way.runs], way.why_not, way.new) == (["2"], None, 0)
    assert "run 3 changed these facts since" in str(find_way_back(runs[2], runs).why_not)
    assert "it replaced no facts" in str(find_way_back(runs[0], runs[:1]).why_not)


def swept(run: RecordedRun, rows: int) -> RecordedRun:
    """Let a run have looked for provisional facts, too, and deleted so many."""
    return replace(run, counts=[*run.counts, {"operation": "DELETE", "table": "t", "rows": rows}])


def test_provisional_facts_that_went_or_would_go_leave_no_way_back() -> None:
    def one(number: int, shop: str) -> RecordedRun:
        facts = [(number, "11", shop)]
        return record(number, facts=facts, mode="delete_insert", scope=BY_BOTH, deleted=1, told="all")

    first, other, last = one(0, "A"), one(1, "B"), one(2, "A")
    assert find_way_back(last, [swept(first, 0), last]).why_not is None
    assert "which no scope tells apart" in str(find_way_back(swept(last, 3), [first, other, last]).why_not)
    assert "which no scope tells apart" in str(find_way_back(last, [first, swept(other, 3), last]).why_not)
    assert "run 1 brought facts of the same period since" in str(
        find_way_back(last, [swept(first, 0), other, last]).why_not
    )


def test_only_a_run_of_which_nothing_else_is_known_is_said_to_be_one_of_statements() -> None:
    facts: Sequence[Fact] = [(0, "11", "A")]
    own = [{"operation": "STATEMENT", "table": "t", "rows": 1}]
    for told, why in (("nothing", "statements of the domain's own loaded its facts"), ("some", "which scopes")):
        run = record(0, facts=facts, mode="delete_insert", scope=BY_BOTH, deleted=1, told=told)
        run = replace(run, counts=[*run.counts, *own])
        assert why in str(find_way_back(run, [run]).why_not)
