"""Makes the plan: ordered steps from candidates, facts and the operator's options. Nothing is touched."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter

from msgspec import Struct
from msgspec.structs import replace

from wdh.errors import SetupError
from wdh.facts import FactValue, Place
from wdh.facts.lineage import Lineage
from wdh.facts.spool import FactRows
from wdh.plan import Append, FillNullOnly, InsertMissing, Plan, Skip, Stamp, Statement, Step, StepRecorder, Upsert
from wdh.plan.provenance import find_places
from wdh.plan.scopes import replace_periods, replace_provisional
from wdh.plan.steps import RUN_ID
from wdh.references.candidates import Candidates
from wdh.settings import BackfillMode, Domain, LoadMode, Reference
from wdh.sql.identifiers import Target
from wdh.sql.named import find_names
from wdh.words.language import join, later, say
from wdh.words.spelling import did_you_mean

LoadFacts = Callable[[FactRows, Target, StepRecorder], None]
"""The hook ``load_facts`` of this run's domain: records the steps that load the facts."""

PERIODS = "periods"
"""The parameter of a statement under ``after`` that has the periods of the facts."""

NO_FACTS = later("the workbooks have no facts")


class Wishes(Struct, frozen=True):
    """The operator's options for the plan. ``backfill_mode`` None leaves each ref its own mode."""

    load_mode: LoadMode = "delete_insert"
    backfill_refs: frozenset[str] = frozenset(("all",))
    backfill_mode: BackfillMode | None = None


def wanted_references(domain: Domain, wishes: Wishes) -> tuple[Reference, ...]:
    """Choose the references to backfill (``all``, ``none``, or names), in the order in which they must go.

    Raises SetupError for a name that the configuration does not have.
    """
    known = {reference.name: reference for reference in domain.refs}
    for name in sorted(wishes.backfill_refs - known.keys() - {"all", "none"}):
        raise SetupError(
            say(
                "--backfill-refs {name}: domain {domain} has no such ref; it has {known}{near}",
                name=name,
                domain=domain.name,
                known=", ".join(known) or say("none"),
                near=did_you_mean(name, [*known, "all", "none"]),
            ),
            domain=domain.name,
            ref=name,
        )
    chosen = known.keys() if "all" in wishes.backfill_refs else wishes.backfill_refs
    order = TopologicalSorter({name: sorted(known[name].depends_on) for name in known})
    return tuple(known[name] for name in order.static_order() if name in chosen)


def make_plan(
    domain: Domain,
    candidates: Sequence[Candidates],
    *,
    facts: FactRows,
    wishes: Wishes,
    vetoes: Sequence[str],
    load_facts: LoadFacts,
    run_id: str,
) -> Plan:
    """Put the steps in order: references as ``candidates`` come, then facts, or a Skip that says why not.

    ``run_id`` is written where the domain names columns for it, and is no part of the plan's hash. Raises SetupError
    where such a column has a value of the workbook already.
    """
    steps: list[Step] = [step for found in candidates for step in _backfill(found, wishes, run_id=run_id)]
    planned = {found.reference.name for found in candidates}
    steps += [
        Skip(reference.name, reference.target, say("not among the refs asked for"))
        for reference in domain.refs
        if reference.name not in planned
    ]
    lineage = _make_lineage(domain, facts, run_id=run_id)
    loading = _fact_steps(domain, facts, wishes=wishes, vetoes=vetoes, load_facts=load_facts)
    steps += (
        replace(step, lineage=lineage) if isinstance(step, (Append, Upsert)) and step.target == domain.facts else step
        for step in loading
    )
    for step in loading:
        if isinstance(step, Upsert):
            from wdh.plan.keys import refuse_unclear_keys

            refuse_unclear_keys(step)
    is_loaded = not any(isinstance(step, Skip) for step in loading)
    steps += _after_steps(domain, facts, run_id=run_id) if is_loaded else ()
    plan = Plan(domain.name, tuple(steps), facts, time_zone=domain.time_zone)
    remarks = (*_not_filled(plan, domain), *_not_recognised(plan, wishes), *find_lookalikes(plan))
    if domain.after and not is_loaded:
        remarks += (say("the statements under after: are not run, as no facts are loaded"),)
    return plan.remarking(*remarks)


def _make_lineage(domain: Domain, facts: FactRows, *, run_id: str) -> Lineage | None:
    for part, column in domain.lineage.items():
        if column in facts.columns:
            raise SetupError(
                say(
                    "lineage.{part}: the column {column} has values of the workbook already; name another column "
                    "of {facts} in data_sources.yml. Nothing was written.",
                    part=part,
                    column=column,
                    facts=domain.facts.sql,
                ),
                domain=domain.name,
                column=column,
            )
    return Lineage(domain.lineage, run_id) if domain.lineage else None


def _backfill(found: Candidates, wishes: Wishes, *, run_id: str) -> Iterator[Step]:
    reference = found.reference
    mode = wishes.backfill_mode or reference.mode
    if not found.rows:
        yield Skip(reference.name, reference.target, say("the facts name no key of it"))
        return
    if mode in ("insert_missing", "insert_and_fill"):
        sources = _sources(reference, found.columns)
        stamp = None if reference.created_by_run is None else Stamp(reference.created_by_run, run_id)
        yield InsertMissing(
            reference.name, reference.target, reference.key, found.columns, found.rows, sources, created_by=stamp
        )
    if mode in ("fill_null_only", "insert_and_fill"):
        yield _fill(found)


def _fill(found: Candidates) -> Step:
    reference = found.reference
    if not reference.updatable:
        raise SetupError(
            say(
                "refs.{reference} has no updatable columns, so fill_null_only has nothing it may fill; name "
                "them in data_sources.yml",
                reference=reference.name,
            ),
            ref=reference.name,
        )
    columns = (*reference.key, *(column for column in reference.updatable if column not in reference.key))
    places = [found.columns.index(column) for column in columns]
    size = len(reference.key)
    rows = (tuple(row[place] for place in places) for row in found.rows)
    useful = tuple(row for row in rows if any(value is not None for value in row[size:]))
    if not useful:
        return Skip(reference.name, reference.target, say("the facts have no value to fill in"))
    sources = _sources(reference, columns)
    patterns = tuple(
        (rule.column, rule.provisional)
        for rule in reference.columns
        if rule.provisional is not None and rule.column in columns[size:]
    )
    return FillNullOnly(reference.name, reference.target, reference.key, columns, useful, sources, patterns=patterns)


def _not_filled(plan: Plan, domain: Domain) -> Iterator[str]:
    references = {reference.name: reference for reference in domain.refs}
    for step in plan.of(FillNullOnly):
        named = [column for column in references[step.reference].updatable if column in step.key]
        if named:
            yield say(
                "refs.{reference}: updatable names {named} of the key, which is never changed",
                reference=step.reference,
                named=", ".join(named),
            )


def _sources(reference: Reference, columns: Sequence[str]) -> tuple[str | None, ...]:
    rules = {rule.column: rule for rule in reference.columns}
    return tuple(rules[column].source for column in columns)


def _fact_steps(
    domain: Domain, facts: FactRows, *, wishes: Wishes, vetoes: Sequence[str], load_facts: LoadFacts
) -> Sequence[Step]:
    if vetoes:
        return [Skip("facts", domain.facts, join("; ", vetoes))]
    if not facts.count:
        return [Skip("facts", domain.facts, say(NO_FACTS))]
    recorder = StepRecorder(wishes.load_mode, facts.scope_columns, target=domain.facts)
    load_facts(facts, domain.facts, recorder)
    if recorder.skipped is not None:
        return [Skip("facts", domain.facts, recorder.skipped)]
    if domain.guards.left_behind == "delete":
        return replace_periods(recorder.steps, facts)
    return replace_provisional(recorder.steps, facts, domain.provisional)


def _after_steps(domain: Domain, facts: FactRows, *, run_id: str) -> Iterator[Step]:
    """Make the steps that follow the facts. Raises SetupError where one asks for periods, and nobody can tell them."""
    for place, after in enumerate(domain.after):
        if PERIODS in find_names(after.sql) and facts.period_column is None:
            raise SetupError(
                say(
                    "after[{place}].statement: {file} has the parameter :{periods}, and no column of the facts "
                    "tells periods apart; name one under period:. Nothing was touched.",
                    place=place,
                    file=after.file,
                    periods=PERIODS,
                ),
                setting=f"after[{place}].statement",
            )
        parameters = {RUN_ID: run_id, PERIODS: list(facts.periods)}
        yield Statement(after.target, after.purpose, after.sql, parameters, file=after.file)


def _not_recognised(plan: Plan, wishes: Wishes) -> Iterator[str]:
    """Say so where an append would not be recognised by the ledger if it came a second time."""
    packages = dict.fromkeys(step.package for step in plan.of(Statement) if step.file is None)
    if wishes.load_mode == "append" and packages and plan.loaded is None:
        yield say(
            "{packages} adds the facts by a statement of its own, which the ledger does not recognise: a "
            "second run would add them once more",
            packages=", ".join(packages),
        )


_SHOWN_GROUPS = 20


def find_lookalikes(plan: Plan) -> Iterator[str]:
    """Name the candidate keys that differ only in width, case, blanks or the form of their Unicode, with a cell each.

    They are told, not joined: PostgreSQL keeps them apart, and so does wdh.
    """
    for step in plan.of(InsertMissing):
        groups = _find_groups(step)
        shown = [row for rows in groups[:_SHOWN_GROUPS] for row in rows]
        places = find_places(plan, step, rows=shown, column=step.key[0]) if shown else {}
        yield from (_show_lookalikes(step, rows, found=places) for rows in groups[:_SHOWN_GROUPS])
        if len(groups) > _SHOWN_GROUPS:
            yield say(
                "refs.{reference}: {count:,} more groups of keys look alike",
                reference=step.reference,
                count=len(groups) - _SHOWN_GROUPS,
            )


def _find_groups(step: InsertMissing) -> Sequence[Sequence[int]]:
    places = [step.columns.index(column) for column in step.key]
    groups: defaultdict[tuple[FactValue, ...], list[int]] = defaultdict(list)
    for number, row in enumerate(step.rows):
        groups[tuple(fold(row[place]) for place in places)].append(number)
    return [rows for rows in groups.values() if len(rows) > 1]


def _show_lookalikes(step: InsertMissing, rows: Sequence[int], *, found: Mapping[int, Sequence[Place]]) -> str:
    places = [step.columns.index(column) for column in step.key]
    named = []
    for row in rows:
        key = "/".join(ascii_if_odd(step.rows[row][place]) for place in places)
        named.append(say("{key} ({place})", key=key, place=found[row][0]) if found[row] else key)
    return say(
        "refs.{reference}: the keys {named} look alike and are kept apart",
        reference=step.reference,
        named=join(say(" and "), named),
    )


def fold(value: FactValue) -> FactValue:
    """Take from a text what the eye does not see: width, case, blanks, invisible characters, composition."""
    if not isinstance(value, str):
        return value
    if value.isascii() and value.isalnum():
        return value.casefold()
    plain = unicodedata.normalize("NFKC", value).casefold()
    return "".join(c for c in plain if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc"))


def ascii_if_odd(value: FactValue) -> str:
    """Write a text so that what the eye does not see can be told: escaped where it is not in its usual form."""
    if not isinstance(value, str):
        return repr(value)
    is_usual = unicodedata.normalize("NFC", value) == value and value.isprintable()
    return repr(value) if is_usual else ascii(value)
