"""The report of a run as Dagster shows it: metadata of assets and of ops, the results of checks, and failures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

import dagster

from wdh.integrations.job import RETRIED, Ended
from wdh.words.language import in_english, say

CHECKS: Final = ("no_rejects", "control_totals", "nothing_left_behind")
"""The checks of a domain's facts. The last is known where the warehouse was asked what the facts replace."""

_PAGE: Final = "report.html"
_PLACE: Final = ("file", "sheet", "cell", "column", "reason")
"""The parts of a reject that say where it is, and not what the cell holds."""

_SHOWN: Final = 20
_ROW_COUNT: Final = "dagster/row_count"
_PARTITION_ROW_COUNT: Final = "dagster/partition_row_count"
_INSERTED: Final = ("INSERT_MISSING", "INSERT", "UPSERT")

Metadata = dict[str, Any]
Report = Mapping[str, Any]


def describe_run(report: Report, folder: Path | None) -> Metadata:
    """Say of a run what is the same for all that it wrote: which it was, where, from what, and where its report is."""
    found: Metadata = {
        "run_id": report.get("run_id"),
        "unchanged_since": report.get("unchanged_since"),
        "warehouse": report.get("database"),
        "workbooks": [each["file"] for each in report.get("workbooks", ())],
        "seconds": report.get("seconds"),
        **_describe_page(folder),
    }
    return {name: value for name, value in found.items() if value not in (None, [])}


def _describe_page(folder: Path | None) -> Metadata:
    page = None if folder is None else folder / _PAGE
    return {"report": dagster.MetadataValue.path(str(page))} if page is not None and page.exists() else {}


def describe_reference(report: Report, name: str) -> Metadata:
    """Say what became of the rows of a reference."""
    steps = [step for step in report["steps"] if step.get("ref") == name]
    inserted = sum(step["rows"] or 0 for step in steps if step["operation"] in _INSERTED)
    found: Metadata = {
        "candidates": max((step["planned"] for step in steps), default=0),
        "inserted": inserted,
        "filled": sum(step["rows"] or 0 for step in steps if step["operation"] not in _INSERTED),
    }
    forecast = report.get("forecast") or {}
    before = next((each["table_rows"] for each in forecast.get("references", ()) if each["ref"] == name), None)
    return found if before is None else {**found, _ROW_COUNT: before + inserted}


def describe_facts(report: Report) -> Metadata:
    """Say what became of the facts: how many, and the sums of their amounts, exact as text and as numbers to plot."""
    facts = [step for step in report["steps"] if "ref" not in step and step["operation"] != "SKIP"]
    found: Metadata = {
        "inserted": report["facts"]["inserted"] or 0,
        "deleted": sum(step.get("rows") or 0 for step in facts if step["operation"] == "DELETE"),
        "rejected": sum(workbook["rejected"] for workbook in report.get("workbooks", ())),
    }
    periods = (report.get("periods") or {}).get("periods", ())
    after = [each["after"] for each in ((report.get("forecast") or {}).get("facts") or {}).get("periods", ())]
    if len(after) == 1 and after[0] is not None:
        found[_PARTITION_ROW_COUNT] = after[0]
    if periods:
        found["periods"] = dagster.MetadataValue.json(list(periods))
    if len(periods) == 1:
        found |= {f"sum of {name}": float(text) for name, text in periods[0]["sums"].items() if text is not None}
    return found


def is_written(report: Report, name: str) -> bool:
    """Say whether the run had anything to do for a reference."""
    return any(step.get("ref") == name for step in report["steps"])


def find_reasons(report: Report) -> Iterator[str]:
    """Say what the run did not do, and why."""
    for step in report["steps"]:
        if step["operation"] == "SKIP":
            yield f"{step['what']}: {step['reason']}"


def judge_checks(report: Report, key: dagster.AssetKey) -> list[dagster.AssetCheckResult]:
    """Give the results of the checks of a run that loaded facts; there is none of a check that nobody could look at."""
    failed = {name: (found, refuses) for name, found, refuses in _find_faults(report)}
    is_foreseen = ((report.get("forecast") or {}).get("facts")) is not None
    known = CHECKS if is_foreseen else CHECKS[:-1]
    passed = [dagster.AssetCheckResult(asset_key=key, check_name=each, passed=True) for each in known]
    results = [_fail(key, name, *fault) for name, fault in failed.items()]
    return [*results, *(result for result in passed if result.check_name not in failed)]


def judge_failure(report: Report | None, key: dagster.AssetKey) -> list[dagster.AssetCheckResult]:
    """Give the results of the checks by which a run failed: of the others nobody knows."""
    return [] if report is None else [_fail(key, name, found, True) for name, found, _ in _find_faults(report)]


def _fail(key: dagster.AssetKey, name: str, found: Sequence[Any], refuses: bool) -> dagster.AssetCheckResult:
    return dagster.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=False,
        severity=dagster.AssetCheckSeverity.ERROR if refuses else dagster.AssetCheckSeverity.WARN,
        metadata={"count": len(found), "found": dagster.MetadataValue.json(list(found[:_SHOWN]))},
    )


def _find_faults(report: Report) -> Iterator[tuple[str, Sequence[Any], bool]]:
    """Find the checks that failed, each with what was found and whether the run was refused for it."""
    no_rejects, control_totals, nothing_left_behind = CHECKS
    if rejects := report.get("rejects"):
        yield no_rejects, [{name: each[name] for name in _PLACE} for each in rejects], False
    error = (report.get("error") or {}).get("facts", {})
    differing = [
        {name: each[name] for name in ("file", "sheet", "totals_checked", "totals_agreed")}
        for each in report.get("workbooks", ())
        if each["totals_checked"] > each["totals_agreed"]
    ]
    if "expected" in error and "found" in error:
        yield control_totals, [error], True
    elif differing:
        cases = [case for note in report["notes"] if note["code"] == "total_differs" for case in note["cases"]]
        yield control_totals, cases or differing, False
    for guard in report.get("guards", ()):
        if guard["name"] == "left_behind":
            yield nothing_left_behind, list(guard["figures"]) or [guard["sentence"]], guard["refuses"]


def stop(context: Any, ended: Ended, folder: Path | None, *, retries: dagster.RetryPolicy) -> NoReturn:
    """End a step whose run failed: after exit codes 4 and 5 it is tried again as ``retries`` says.

    Raises RetryRequested, or Failure where another try cannot help or there were enough. The step itself has no retry
    policy: by it Dagster would try again what somebody has terminated.
    """
    error = (ended.report or {}).get("error") or {}
    message = in_english(error.get("message") or say("wdh-run says no more; its log may tell why."))
    failure = dagster.Failure(
        description=f"exit code {ended.code}: {message}",
        metadata={
            "exit_code": ended.code,
            **({"kind": error["kind"]} if "kind" in error else {}),
            **_describe_page(folder),
        },
    )
    if ended.code not in RETRIED or context.retry_number >= retries.max_retries:
        raise failure
    pause = retries.calculate_delay(context.retry_number + 1)
    raise dagster.RetryRequested(max_retries=retries.max_retries, seconds_to_wait=pause) from failure
