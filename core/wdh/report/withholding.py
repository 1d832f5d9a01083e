"""Reports, rejects and errors without what the cells hold, for those who may know where a fault is but not what.

What stays: names of files, sheets, columns and tables, cells by their place, counts, codes, and wdh's own sentences.
What a package says in words of its own is withheld as a whole, as nobody knows what it repeats.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from string import Formatter
from typing import Any

from msgspec.structs import replace

from wdh.apply import DoesNotFit
from wdh.apply.forecast import Change, FactForecast, Forecast, ReferenceForecast
from wdh.apply.guards import Breach, GuardRefused
from wdh.checking.reasons import DISCREET
from wdh.columns.reasons import SENTENCES
from wdh.errors import DatabaseError, DataError, PluginError, WdhError, assert_never
from wdh.facts import Note, Reject
from wdh.intake.tally import Intake
from wdh.plan import (
    Append,
    DeleteScope,
    FillNullOnly,
    InsertMissing,
    InsertRows,
    Plan,
    Skip,
    Stage,
    Statement,
    Step,
    Upsert,
)
from wdh.plan.planning import NO_FACTS
from wdh.references.candidates import Candidates
from wdh.report import Report
from wdh.words.language import in_english, later, say

WITHHELD = "(withheld)"
_SENTENCE = later("What is wrong is withheld, as it may repeat the value; its code says which kind of fault it is.")
_SHOWN = 5
_TEMPLATES = {own.value: sentence for own, sentence in (*SENTENCES.items(), *DISCREET.items())}
"""The sentences of rejects that are wdh's own, by code."""

_NAMING_NOTES = frozenset(
    (
        *("absent_column", "absent_correction", "hidden_columns", "hidden_sheet", "misnamed_file", "no_values"),
        *("not_looked_up", "read_by_openpyxl", "repeated_header", "rounded", "short_rows", "sums_unchecked"),
        *("table_not_asked", "text_form"),
    )
)
"""Notes of wdh whose cases are names, and no values."""

_OWN_NOTES = _NAMING_NOTES | {
    "dropped_rows",
    "replaced",
    "shown_otherwise",
    "total_differs",
    "total_unchecked",
    "total_word",
}
"""Notes whose sentence is wdh's, the same for every workbook."""

_NAMES = ("file", "sheet", "cell", "row", "column", "table", "constraint", "sqlstate", "watchers", "ref", "hook")
_MORE_NAMES = ("plugin", "distribution", "line", "domain", "run_id", "database")
"""Facts of an error that name something and repeat no value."""

_PLACE = re.compile(r".+, sheet .+, (?:[A-Z]+[0-9]+|row [0-9]+)(?:, .*)?", re.DOTALL)
"""Rows without a workbook behind them are named by their values instead."""

_KINDS: tuple[tuple[type[WdhError], str], ...] = (
    (PluginError, later("a package failed. Nothing was written")),
    (DataError, later("the workbook holds what cannot be loaded. Nothing was written")),
    (DatabaseError, later("the database refused what was to be written, or changed it. Everything was rolled back")),
    (WdhError, later("the warehouse refused. Nothing was written")),
)


def withhold_report(report: Report) -> Report:
    """Give the report without values."""
    vetoes = tuple(map(_withhold_veto, report.vetoes))
    steps = tuple(_withhold_step(step, vetoes) for step in report.plan.steps)
    plan: Plan = replace(report.plan, steps=steps)
    return replace(
        report,
        intake=withhold_intake(report.intake),
        plan=plan,
        vetoes=vetoes,
        forecast=None if report.forecast is None else withhold_forecast(report.forecast),
        foreseen=None if report.foreseen is None else withhold_forecast(report.foreseen),
        judged=replace(report.judged, breaches=tuple(map(_withhold_breach, report.judged.breaches))),
        periods=None if report.periods is None else _withhold_periods(report.periods),
        history=None if report.history is None else tuple(replace(run, periods=None) for run in report.history),
    )


def _withhold_periods(periods: Mapping[str, Any]) -> Mapping[str, Any]:
    kept = [{"period": each["period"] and WITHHELD, "facts": each["facts"], "sums": {}} for each in periods["periods"]]
    return {**periods, "periods": kept}


def withhold_forecast(forecast: Forecast) -> Forecast:
    """Give a forecast without values: its counts stay. A sum of one fact is its amount, so sums go, too."""
    facts = forecast.facts
    return replace(
        forecast,
        references=tuple(map(_withhold_reference, forecast.references)),
        facts=None if facts is None else _withhold_facts(facts),
    )


def _withhold_reference(found: ReferenceForecast) -> ReferenceForecast:
    return replace(
        found,
        new_keys=(),
        fills=tuple(map(_withhold_change, found.fills)),
        disagreements=tuple(map(_withhold_change, found.disagreements)),
    )


def _withhold_change(change: Change) -> Change:
    old = None if change.old is None else WITHHELD
    return Change((WITHHELD,) * len(change.key), change.column, old, WITHHELD)


def _withhold_facts(facts: FactForecast) -> FactForecast:
    return replace(
        facts,
        periods=tuple(
            replace(period, period=None if period.period is None else WITHHELD, amounts={}) for period in facts.periods
        ),
        left_behind=(),
    )


def withhold_intake(intake: Intake) -> Intake:
    """Give what was read without values: the same rejects, notes and candidates by number and place."""
    return replace(
        intake,
        rejects=tuple(map(withhold_reject, intake.rejects)),
        notes=tuple(map(_withhold_note, intake.notes)),
        candidates=tuple(map(_withhold_candidates, intake.candidates)),
    )


def withhold_reject(reject: Reject) -> Reject:
    """Give the reject without its value; a blank stays one. Of a package's own reasons the sentence goes, too."""
    value = None if reject.value is None else WITHHELD
    return dataclasses.replace(reject, value=value, sentence=_sentence_of(reject.reason))


def withhold_error(error: WdhError) -> None:
    """Take from an error what may repeat values, its causes included.

    An error of which it is known that it repeats none stays as it is.
    """
    error.__cause__, error.__suppress_context__ = None, True
    if not error.may_quote_values:
        return
    if isinstance(error, GuardRefused):
        error.message, error.args = error.discreet, (error.discreet,)
        error.breaches = tuple(map(_withhold_breach, error.breaches))
        return
    rejects = tuple(map(withhold_reject, error.rejects)) if isinstance(error, DoesNotFit) else ()
    facts = {name: error.facts[name] for name in (*_NAMES, *_MORE_NAMES) if name in error.facts}
    told: Iterable[str] = error.facts.get("places") or ()  # type: ignore[assignment]
    places = [place for place in told if _PLACE.fullmatch(in_english(place))]
    places += (f"{one.file}, sheet {one.sheet}, {one.cell or f'row {one.row}'}" for one in rejects)
    error.message = _say(error, facts, list(dict.fromkeys(places)))
    error.args = (error.message,)
    error.facts = {**facts, **({"places": places} if places else {})}
    if isinstance(error, DoesNotFit):
        error.rejects = rejects


def withhold_fault(error: Exception) -> RuntimeError:
    """Give a fault of wdh, or of what it uses, without its words; where it came from stays."""
    kind = type(error).__name__
    said = say("{kind}, whose words are withheld, as they may repeat a value", kind=kind)
    return RuntimeError(said).with_traceback(error.__traceback__)


def _say(error: WdhError, facts: Mapping[str, Any], places: Sequence[str]) -> str:
    what = say(next(text for kind, text in _KINDS if isinstance(error, kind)))
    known = [f"{name} {value}" for name, value in facts.items()]
    rest = len(places) - _SHOWN
    more = say(" and {count} more", count=f"{rest:,}") if rest > 0 else ""
    at = [say("at {places}", places="; ".join(places[:_SHOWN]) + more)] if places else []
    named = f" ({', '.join((*known, *at))})" if known or at else ""
    rest_of_it = say("What else is known may repeat values, and is withheld; a run without withhold_values tells.")
    return f"{what}{named}. {rest_of_it}"


def _sentence_of(reason: str) -> str:
    template = _TEMPLATES.get(reason)
    if template is None:
        return say(_SENTENCE)
    names = (name for _, name, _, _ in Formatter().parse(template) if name)
    return say(template, **{**dict.fromkeys(names, "…"), "value": WITHHELD})


def _withhold_note(note: Note) -> Note:
    sentence = note.sentence if note.code in _OWN_NOTES else WITHHELD
    if note.code in _NAMING_NOTES or not note.cases:
        return Note(note.code, sentence, note.cases)
    return Note(note.code, sentence, {WITHHELD: sum(note.cases.values())})


def _withhold_breach(breach: Breach) -> Breach:
    """Keep where rows repeat each other: that is a place, and no value."""
    return breach if breach.name == "repeated_rows" else replace(breach, figures=(), more=0)


def _withhold_candidates(found: Candidates) -> Candidates:
    return replace(
        found,
        incomplete=tuple(((WITHHELD,) * len(key), missing) for key, missing in found.incomplete),
        disagreements=tuple(
            replace(each, key=(WITHHELD,) * len(each.key), values=(WITHHELD, WITHHELD)) for each in found.disagreements
        ),
        refusals=tuple(
            replace(each, key=(WITHHELD,) * len(each.key), value=WITHHELD, sentence=say(_SENTENCE))
            for each in found.refusals
        ),
    )


def _withhold_veto(veto: str) -> str:
    """Keep the operator's own, and of a package's who it was."""
    found = re.fullmatch(r".* \((?P<plugin>[^()]*)\)", veto, re.DOTALL)
    return veto if found is None else f"{WITHHELD} ({found['plugin']})"


def _withhold_step(step: Step, vetoes: Sequence[str]) -> Step:
    match step:
        case Skip():
            is_own = step.reference is not None or in_english(step.reason) == NO_FACTS
            return step if is_own else replace(step, reason="; ".join(vetoes) or WITHHELD)
        case Statement(file=str()):
            return replace(step, parameters=None)  # the rest stands in the configuration
        case Statement():
            return replace(step, purpose=WITHHELD, sql=f"-- {WITHHELD}", parameters=None)
        case InsertMissing() | FillNullOnly() | DeleteScope() | InsertRows() | Append() | Upsert() | Stage():
            return step
        case _:
            assert_never(step)
