"""The guards at work, on a plan alone and in the transaction before its first write, and what each of them finds."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from wdh.apply.catalogue import WarehouseTable
from wdh.apply.forecast import FactForecast, Forecast, PeriodForecast, ReferenceForecast
from wdh.apply.forecast.asking import can_read
from wdh.apply.guards.columns import find_vanished
from wdh.apply.guards.values import Breach, Figure, GuardRefused, Judged, Vanished, Watch, decide
from wdh.facts.spool import FactRows
from wdh.plan import Plan
from wdh.settings import Guards
from wdh.sql import forecast as questions
from wdh.sql.driver import Cursor
from wdh.sql.identifiers import Target
from wdh.words.language import join, later, say, say_count

_SHOWN = 20
_ROWS_SHOWN = 10
_ALL_FACTS = "all"


class RepeatedRows(Struct, frozen=True):
    """Rows of one sheet that are the same fact, the first of them."""

    file: str
    sheet: str
    rows: tuple[int, ...]


class Repeats(Struct, frozen=True):
    """All repetitions of a delivery: ``rows`` more than there are different facts, in ``groups``.

    ``places`` are those of the first groups.
    """

    rows: int = 0
    groups: int = 0
    places: tuple[RepeatedRows, ...] = ()


def find_repeats(facts: FactRows) -> Repeats:
    """Find the facts that stand there more than once. Reads them once, and once more where there are some."""
    lines = facts.repeated_lines()
    if not lines:
        return Repeats()
    shown = (_place(facts, each) for each in lines[:_SHOWN])
    return Repeats(sum(map(len, lines)) - len(lines), len(lines), tuple(shown))


def _place(facts: FactRows, lines: tuple[int, ...]) -> RepeatedRows:
    first = facts.place(lines[0])
    places = (facts.place(line) for line in lines[:_ROWS_SHOWN])
    own = [place.row for place in places if (place.file, place.sheet) == (first.file, first.sheet)]
    return RepeatedRows(first.file, first.sheet, tuple(own))


def judge(
    watch: Watch, *, forecast: Forecast, facts: FactRows | None, repeats: Repeats, vanished: Sequence[Vanished] = ()
) -> tuple[Breach, ...]:
    """Find what the guards say to a plan, by its ``forecast``. ``facts`` None: it loads none."""
    found: list[Breach] = []
    guards = watch.guards
    if forecast.facts is not None:
        found += _judge_shrink(guards, forecast.facts)
        found += _judge_deletes(guards, forecast.facts)
        found += _judge_left_behind(guards, forecast.facts)
    if facts is not None:
        found += _judge_vanished(watch, vanished)
    found += _judge_new_values(guards, forecast.references)
    return (*found, *judge_delivery(watch, facts=facts, repeats=repeats))


def judge_delivery(watch: Watch, *, facts: FactRows | None, repeats: Repeats) -> tuple[Breach, ...]:
    """Find what the guards say that need no database."""
    if facts is None:
        return ()
    return (*_judge_periods(watch, facts), *_judge_repeats(watch.guards, repeats))


def _judge_shrink(guards: Guards, facts: FactForecast) -> Iterator[Breach]:
    if guards.shrink is None:
        return
    figures = [figure for period in facts.periods for figure in _losses(period, guards.shrink)]
    if figures:
        periods = len(dict.fromkeys(figure["period"] for figure in figures))
        yield Breach(
            "shrink",
            say_count(
                "{count} period would lose more than {shrink} of its facts or amounts in {target}.",
                "{count} periods would lose more than {shrink} of its facts or amounts in {target}.",
                periods,
                shrink=_percent(guards.shrink),
                target=facts.target.sql,
            ),
            tuple(figures[:_SHOWN]),
            more=max(0, len(figures) - _SHOWN),
            advice=say(
                "Is the workbook whole? A part of a period replaces only its own scopes where pk has more columns."
            ),
        )


def _losses(period: PeriodForecast, share: Fraction) -> Iterator[Figure]:
    name = _ALL_FACTS if period.period is None else period.period
    if period.after < period.before * (1 - share):
        lost = Fraction(period.before - period.after, period.before)
        yield {
            "period": name,
            "of": "facts",
            "before": f"{period.before:,}",
            "after": f"{period.after:,}",
            "lost": _percent(lost),
        }
    for column, amount in period.amounts.items():
        before, after = Fraction(amount.size_before), Fraction(amount.size_after)
        if after < before * (1 - share):
            yield {
                "period": name,
                "of": column,
                "before": f"{amount.size_before:,}",
                "after": f"{amount.size_after:,}",
                "lost": _percent((before - after) / before),
            }


def _judge_deletes(guards: Guards, facts: FactForecast) -> Iterator[Breach]:
    bound = guards.deletes
    if bound is None:
        return
    if bound.rows is not None:
        most, said = Fraction(bound.rows), f"{bound.rows:,}"
    else:
        share, rows = bound.share or Fraction(0), facts.table_rows or 0
        most, said = share * rows, say("{share} of {rows:,}", share=_percent(share), rows=rows)
    if facts.deleted > most:
        yield Breach(
            "deletes",
            say(
                "{deleted:,} facts of {target} would be deleted, and at most {said} may be.",
                deleted=facts.deleted,
                target=facts.target.sql,
                said=said,
            ),
            tuple(_deleted(facts)),
            advice=say("Does the delivery replace what it should?"),
        )


def _deleted(facts: FactForecast) -> Iterator[Figure]:
    for period in facts.periods[:_SHOWN]:
        if period.deleted:
            counts = {"deleted": f"{period.deleted:,}", "inserted": f"{period.inserted:,}"}
            yield {"period": period.period or _ALL_FACTS, **counts}


def _judge_left_behind(guards: Guards, facts: FactForecast) -> Iterator[Breach]:
    left = sum(period.left_behind or 0 for period in facts.periods)
    if left:
        scopes = facts.left_behind[:_SHOWN]
        yield Breach(
            "left_behind",
            say_count(
                "{count} fact of the delivery's periods would stay in {target}, since the delivery has no row of "
                "their scope ({scope_columns}).",
                "{count} facts of the delivery's periods would stay in {target}, since the delivery has no row of "
                "their scope ({scope_columns}).",
                left,
                target=facts.target.sql,
                scope_columns=", ".join(facts.scope_columns),
            ),
            tuple(
                {
                    name: "" if value is None else value
                    for name, value in zip(facts.scope_columns, each.scope, strict=True)
                }
                | {"facts": f"{each.facts:,}"}
                for each in scopes
            ),
            refuses=guards.left_behind == "refuse",
            advice=say("Where the delivery is the whole period, guards: {left_behind: delete} replaces it as a whole."),
        )


def _judge_new_values(guards: Guards, references: Sequence[ReferenceForecast]) -> Iterator[Breach]:
    share = guards.new_values
    if share is None:
        return
    grown = [each for each in references if each.table_rows and each.inserted > share * each.table_rows]
    if grown:
        yield Breach(
            "new_values",
            say_count(
                "{count} reference would grow by more than {share}.",
                "{count} references would grow by more than {share}.",
                len(grown),
                share=_percent(share),
            ),
            tuple(
                {"ref": each.reference, "rows": f"{each.table_rows:,}", "new": f"{each.inserted:,}"} for each in grown
            ),
            advice=say("Are the keys written as they were before?"),
        )


def _judge_vanished(watch: Watch, vanished: Sequence[Vanished]) -> Iterator[Breach]:
    verdict = watch.guards.vanished_columns
    if not vanished or verdict == "off":
        return
    yield Breach(
        "vanished_columns",
        say_count(
            "{count} column had values before and has no header in the sheet now, so that NULL or a default would "
            "stand there: {vanished}.",
            "{count} columns had values before and have no header in the sheet now, so that NULL or a default would "
            "stand there: {vanished}.",
            len(vanished),
            vanished=join("; ", (_name_vanished(each) for each in vanished)),
        ),
        tuple(
            {"column": each.column, later("values replaced"): f"{each.replaced:,}"}
            for each in vanished
            if each.replaced
        ),
        refuses=verdict == "refuse",
        advice=join(" ", (_advise(watch, each) for each in vanished if each.near is not None)),
    )


def _name_vanished(vanished: Vanished) -> str:
    known = say("in the facts that are replaced") if vanished.replaced else say("in the latest runs")
    near = "" if vanished.near is None else say("; is it {near} ({place})?", near=vanished.near, place=vanished.place)
    return say("{column} (had values {known}{near})", column=vanished.column, known=known, near=near)


def _advise(watch: Watch, vanished: Vanished) -> str:
    if not watch.declares:
        return say(
            "Call {near} {column} in the workbook, or ask the authors of the domain's package.",
            near=vanished.near,
            column=vanished.column,
        )
    return say(
        "If {near} is {column}, add to the column: aliases: [{near}]", near=vanished.near, column=vanished.column
    )


def _judge_periods(watch: Watch, facts: FactRows) -> Iterator[Breach]:
    verdict = watch.guards.future_period
    last = watch.today.year * 12 + watch.today.month + 1
    late = sorted(
        period
        for period in facts.periods
        if isinstance(period, datetime.date) and period.year * 12 + period.month > last
    )
    if late and verdict != "off":
        yield Breach(
            "future_period",
            say_count(
                "the delivery has facts of {count} period after the next month.",
                "the delivery has facts of {count} periods after the next month.",
                len(late),
            ),
            tuple({"period": f"{each}", "facts": f"{facts.periods[each].facts:,}"} for each in late[:_SHOWN]),
            more=max(0, len(late) - _SHOWN),
            refuses=verdict == "refuse",
            advice=say("Is {period_column} typed correctly?", period_column=facts.period_column),
        )


def _judge_repeats(guards: Guards, repeats: Repeats) -> Iterator[Breach]:
    if repeats.rows and guards.repeated_rows != "off":
        yield Breach(
            "repeated_rows",
            say_count(
                "{count} row of the delivery repeats another in every column.",
                "{count} rows of the delivery repeat another in every column.",
                repeats.rows,
            ),
            tuple(
                {"file": each.file, "sheet": each.sheet, "rows": ", ".join(map(str, each.rows))}
                for each in repeats.places
            ),
            more=repeats.groups - len(repeats.places),
            refuses=guards.repeated_rows == "refuse",
            advice=say("Was a part of the sheet pasted twice?"),
        )


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):.1f} %".replace(".0 %", " %")


def judge_plan(plan: Plan, watch: Watch) -> Judged:
    """Say what the guards find in a plan that no database was asked about."""
    facts = _loaded(plan)
    breaches = judge_delivery(watch, facts=facts, repeats=_repeats(facts, watch))
    return decide(breaches, watch.accept)


def watch_forecast(
    plan: Plan,
    cursor: Cursor,
    *,
    watch: Watch,
    forecast: Forecast,
    tables: Mapping[Target, WarehouseTable],
    ledger: Target | None,
) -> Judged:
    """Say what the guards find in a plan and its forecast. This writes nothing; the transaction may be read-only."""
    facts = _loaded(plan)
    forecast = _with_table_rows(forecast, cursor, watch=watch, tables=tables)
    vanished = () if facts is None else find_vanished(plan, cursor, watch=watch, tables=tables, ledger=ledger)
    breaches = judge(watch, forecast=forecast, facts=facts, repeats=_repeats(facts, watch), vanished=vanished)
    return decide(breaches, watch.accept)


def _with_table_rows(
    forecast: Forecast, cursor: Cursor, *, watch: Watch, tables: Mapping[Target, WarehouseTable]
) -> Forecast:
    """Count the rows of the fact table where a guard asks for a share of them, and the forecast has not."""
    facts, deletes = forecast.facts, watch.guards.deletes
    if facts is None or facts.table_rows is not None or deletes is None or deletes.share is None:
        return forecast
    readable = next(name for name in tables[facts.target].columns if can_read(tables[facts.target], name))
    cursor.execute(questions.count_table(facts.target, readable), ())
    (rows,) = cursor.fetchone() or (0,)
    return replace(forecast, facts=replace(facts, table_rows=rows))


def refuse(judged: Judged) -> None:
    """Raise GuardRefused where a guard says no."""
    if judged.refusing:
        raise GuardRefused(judged.breaches)


def _loaded(plan: Plan) -> FactRows | None:
    return plan.facts if any(step.reference is None for step in plan.writes) else None


def _repeats(facts: FactRows | None, watch: Watch) -> Repeats:
    return Repeats() if facts is None or watch.guards.repeated_rows == "off" else find_repeats(facts)
