"""The laws that a plugin keeps, each as a search for what breaks it: the findings, in sentences for its author."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wdh.errors import PluginError, WdhError
from wdh.facts import Note, Reject
from wdh.testing.plugin_under_test import STRANGE_DOMAIN, Answers, PluginCase, PluginUnderTest
from wdh_schemas import REPORT, read_contract

if TYPE_CHECKING:
    from wdh.testing.database import Database

Findings = Iterator[str]
Cases = Sequence[PluginCase]
FreshDatabase = Callable[[], "Database"]

_OTHER_COLUMNS = "for facts of other columns"

_NOT_OF_SUCCESS = "error"
_VETO = "a reason (wdh-other 1.0)"
_TEXT: Mapping[str, Any] = {"type": "string"}


def find_faulty_settings(subject: PluginUnderTest, cases: Cases) -> Findings:
    """Find faults in the contract of the plugin's block, and in the blocks of the cases."""
    from wdh.configuration.contract import find_breaches
    from wdh.configuration.plugin_blocks import SWITCHES
    from wdh.configuration.provided import find_wrong_answers

    wrong = find_wrong_answers(subject.provided, SWITCHES)
    yield from (f"{place}: {message}" for _, place, message in wrong)
    if wrong:
        return
    ((_, again),) = subject.hooks.provide_plugin_settings()
    if again != subject.provided.settings:
        yield f"provide_settings gave two answers to one question: {subject.provided.settings!r}, then {again!r}"
    for key, contract in dict(subject.provided.copy().settings or {}).items():
        if isinstance(contract, dict) and "default" in contract:
            for breach in find_breaches(contract["default"], contract):
                yield f"provide_settings: the default of {key} breaks the contract of {key}: {breach.message}"
    for case in cases:
        try:
            subject.complete(case.settings)
        except WdhError as error:
            yield f"{case.name}: {error}"


def find_claims(subject: PluginUnderTest) -> Findings:
    """Find the questions about a domain that the plugin answers though it cannot know the domain."""
    from wdh.context import RunContext
    from wdh.testing.rows import batch

    rows = batch([{"a": 1}])
    values: dict[str, object] = {
        "domain": STRANGE_DOMAIN,
        "columns": None,
        "refs": (),
        "batch": rows,
        "context": RunContext(STRANGE_DOMAIN),
        "seed": 1,
        "folder": Path("nowhere"),
    }
    for hook in ("provide_refs", "provide_settings", "provide_tables", "reshape", "transform", "write_demo"):
        for implementation in subject.hooks.implementations.get(hook, ()):
            answer = implementation.call(values)
            if answer is not None:
                yield (
                    f"{hook} answered {type(answer).__name__} for the domain {STRANGE_DOMAIN!r}, and so for every "
                    "domain; return None for a domain that is not yours"
                )


def find_failures_without(subject: PluginUnderTest, cases: Cases) -> Findings:
    """Find runs in which the plugin fails for want of settings, of a warehouse, of facts, or of a known domain.

    Where the facts lack a column, it may refuse the run: a lock that cannot look lets nothing through.
    """
    lacking: dict[str, dict[str, Any]] = {
        "without a warehouse (a plan has none)": {},
        "without a block in data_sources.yml (settings is None)": {"settings": None},
        "without facts": {"facts": ()},
        "for a domain that it does not know": {"domain": STRANGE_DOMAIN},
        _OTHER_COLUMNS: {"facts": [{"an_unknown_column": "x"}]},
    }
    questions: Sequence[Callable[..., object]] = (partial(subject.skip_facts, warehouse=None), subject.check_facts)
    for case, (what, changes), ask_about in itertools.product(cases, lacking.items(), questions):
        try:
            ask_about(case, **changes)
        except WdhError as error:
            if what != _OTHER_COLUMNS or isinstance(error, PluginError):
                yield f"{case.name}, {what}: {error}"


def find_impure_answers(subject: PluginUnderTest, cases: Cases, fresh: FreshDatabase) -> Findings:
    """Find answers that are others when the plugin is asked again, or that are not what a case expects."""
    for case in cases:
        first, second = (ask(subject, case, fresh) for _ in range(2))
        if first != second:
            yield f"{case.name}: skip_facts answered {_show_answer(first)}, and then {_show_answer(second)}"
        yield from _find_unexpected(case, first)
        refused, again = (subject.check_facts(case) for _ in range(2))
        if refused != again:
            yield f"{case.name}: check_facts refused {_show_rejects(refused)}, and then {_show_rejects(again)}"
        if [reject.reason for reject in refused] != list(case.rejects):
            wanted = ", ".join(map(repr, case.rejects)) or "nothing"
            yield f"{case.name}: check_facts was to refuse {wanted}; it refused {_show_rejects(refused)}"


def _show_rejects(rejects: Sequence[Reject]) -> str:
    return ", ".join(f"{each.cell or f'row {each.row}'} ({each.reason!r})" for each in rejects) or "nothing"


def _find_unexpected(case: PluginCase, answers: Answers) -> Findings:
    reasons = [answer.reason for answer in answers if not isinstance(answer, Note)]
    codes = [answer.code for answer in answers if isinstance(answer, Note)]
    is_right = not reasons if case.veto is None else any(case.veto in reason for reason in reasons)
    if not is_right or (case.note is not None and case.note not in codes):
        wanted = "agree" if case.veto is None else f"veto with {case.veto!r}"
        note = "" if case.note is None else f", with the note {case.note}"
        yield f"{case.name}: skip_facts was to {wanted}{note}; it answered {_show_answer(answers)}"


def _show_answer(answers: Answers) -> str:
    shown = [
        f"Note({each.code!r}, {each.sentence!r}, {dict(each.cases)!r})" if isinstance(each, Note) else repr(each.reason)
        for each in answers
    ]
    return ", ".join(shown) or "None"


def ask(subject: PluginUnderTest, case: PluginCase, fresh: FreshDatabase) -> Answers:
    """Ask the plugin about a case, with its warehouse where it has one."""
    if case.tables is None:
        return subject.skip_facts(case, None)
    from wdh.testing.warehouse import read_warehouse

    with read_warehouse(fresh(), case.tables) as warehouse:
        return subject.skip_facts(case, warehouse)


def find_writes(subject: PluginUnderTest, cases: Cases, fresh: FreshDatabase) -> Findings:
    """Find tables of the warehouse that are not as they were, once the plugin was asked and told."""
    from wdh.testing.warehouse import list_contents, read_warehouse

    for case in cases:
        if case.tables is None:
            continue
        database = fresh()
        with read_warehouse(database, case.tables) as warehouse:
            before = list_contents(database)
            subject.skip_facts(case, warehouse)
            after = list_contents(database)
        changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        yield from (f"{case.name}: skip_facts changed {name} in the warehouse; it may only ask" for name in changed)


def find_failures_when_told(subject: PluginUnderTest, cases: Cases) -> Findings:
    """Find reports and errors at which the plugin raises, or answers something."""
    for case in cases:
        for what, report in sample_reports().items():
            for error in subject.tell("run_finished", case, report=report):
                yield f"{case.name}, {what}: {error}"
        for what, document in sample_errors().items():
            for error in subject.tell("run_failed", case, error=document, exit_code=document["exit_code"]):
                yield f"{case.name}, {what}: {error}"


def use_every_hook(subject: PluginUnderTest, cases: Cases) -> None:
    """Call every hook of the plugin once for each case; what it fails at is for other laws to tell."""
    subject.hooks.provide_plugin_settings()
    for case in cases:
        with suppress(WdhError):
            subject.skip_facts(case, None)
        with suppress(WdhError):
            subject.check_facts(case)
        list(find_failures_when_told(subject, [case]))


def find_breaches_of_conduct(subject: PluginUnderTest, cases: Cases) -> Findings:
    """Find changes in the process that the plugin's hooks left behind."""
    from wdh.registry import conduct

    conduct.begin()
    use_every_hook(subject, cases)
    yield from (f"{by} {conduct.SENTENCES[what]}" for by, what in conduct.breaches())


def find_printed(subject: PluginUnderTest, cases: Cases) -> Findings:
    """Find text that the plugin's hooks wrote to stdout or stderr."""
    from wdh.testing.observer import watched

    notes: list[str] = []
    with watched(notes):
        use_every_hook(subject, cases)
    yield from dict.fromkeys(notes)


def find_faulty_import(subject: PluginUnderTest) -> Findings:
    """Find what the import of the plugin printed, or changed in the process: in a fresh interpreter."""
    from wdh.testing.fresh import observe_import

    seen = observe_import(subject.plugin)
    yield from seen


def sample_reports() -> Mapping[str, Mapping[str, Any]]:
    """Make documents for ``run_finished``, by what they are: a committed run with every key that there is, and others.

    A list of the full one has an entry with all of its keys, and one with those that are always there.
    """
    contract = read_contract(REPORT)
    full = _fill(contract, contract, whole=True)
    least = _fill(contract, contract, whole=False) | {
        key: _fill(contract["properties"][key], contract, whole=False) for key in contract["else"]["required"]
    }
    for document in (full, least):
        document.pop(_NOT_OF_SUCCESS, None)
    return {
        "a plan that found nothing": least | {"executed": False},
        "an unchanged run": least | {"executed": False, "unchanged_since": "5b6c"},
        "a vetoed run": least
        | {"executed": True, "skip_facts": True, "vetoes": [_VETO], "facts": {**least["facts"], "vetoed": [_VETO]}},
        "a committed run": full | {"executed": True, "unchanged_since": None},
    }


def sample_errors() -> Mapping[str, Mapping[str, Any]]:
    """Make documents for ``run_failed``, by what they are."""
    cell = {"file": "2024-11.xlsx", "sheet": "Sheet1", "cell": "B7", "value": "#REF!"}
    return {
        "an error without facts": {"kind": "RuntimeError", "exit_code": 1, "message": "a fault of wdh", "facts": {}},
        "a cell that cannot be read": {"kind": "DataError", "exit_code": 3, "message": "B7: #REF!", "facts": cell},
        "a lost connection": {
            "kind": "OutcomeUnknown",
            "exit_code": 5,
            "message": "The connection was lost during COMMIT.",
            "facts": {"database": "the warehouse", "places": ["A", "B"], "rejected_rows": 2},
        },
    }


def _fill(entry: Mapping[str, Any], contract: Mapping[str, Any], *, whole: bool) -> Any:
    """Make a value that keeps a contract: as much as it describes where it is to be ``whole``, else as little."""
    if "$ref" in entry:
        return _fill(contract["$defs"][entry["$ref"].rpartition("/")[2]], contract, whole=whole)
    if "const" in entry:
        return entry["const"]
    kinds = [each.get("type") for each in entry.get("anyOf", ())] or entry.get("type", "object")
    if not whole and "null" in kinds:
        return None
    if "anyOf" in entry:
        return _fill(entry["anyOf"][0], contract, whole=whole)
    if "enum" in entry:
        return entry["enum"][0]
    kind, least = kinds if isinstance(kinds, str) else kinds[0], entry.get("minItems", 0)
    if kind == "object":
        properties = entry.get("properties", {})
        wanted = properties if whole else entry.get("required", ())
        made = {key: _fill(properties[key], contract, whole=whole) for key in wanted}
        if whole and isinstance(more := entry.get("additionalProperties"), dict):
            made["name"] = _fill(more, contract, whole=True)
        return made
    if kind == "array":
        return (
            _fill_array(entry, contract) if whole else [_fill(entry.get("items", _TEXT), contract, whole=False)] * least
        )
    return {"string": "text", "integer": 1, "number": 1.5, "boolean": whole}[kind]


def _fill_array(entry: Mapping[str, Any], contract: Mapping[str, Any]) -> list[Any]:
    items = entry.get("items", _TEXT)
    first, second = (_fill(items, contract, whole=whole) for whole in (True, False))
    return [first] if second is None else [first, second]
