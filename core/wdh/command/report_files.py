"""The files of ``--report-dir``: reports, rejects, pages, and the workbooks that go back to be mended."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wdh.command.printing import tell
from wdh.words.language import say

if TYPE_CHECKING:
    from wdh.apply.forecast import ChangeList
    from wdh.apply.history import RecordedRun
    from wdh.facts import Reject
    from wdh.intake.tally import Intake


def tell_time() -> str:
    """Give the time of day for the foot of a page."""
    return datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")


def write_files(
    directory: Path | None,
    document: Mapping[str, Any],
    *,
    rejects: Sequence[Reject],
    history: Sequence[RecordedRun] = (),
    changes: ChangeList | None = None,
) -> None:
    """Write the report of a run into its folder; None: nothing is written. What cannot be written is told.

    ``changes`` are all changes of references, unless no forecast was made, or values are withheld; None: so it is.
    """
    if directory is None:
        return
    from wdh.report.files import write_report

    kept = changes if changes is not None and changes.is_kept else None
    page = _make_page(document, history, kept)
    listed = () if kept is None else kept.read()
    try:
        written = write_report(directory, document, rejects=rejects, page=page, changes=listed)
    except OSError as error:  # the run itself is over; how it went must still be said
        why = error.strerror or error
        tell(say("The report could not be written to {folder}: {why}.", folder=directory, why=why))
        return
    for path in written:
        tell(say("written: {file}", file=path))


def _make_page(document: Mapping[str, Any], history: Sequence[RecordedRun], changes: ChangeList | None) -> bytes | None:
    from wdh.page import render_run

    try:
        return render_run(document, history=history, changes=changes, made_at=tell_time())
    except Exception as error:  # the run itself is over; report.json has all that the page would have
        what = type(error).__name__
        tell(say("report.html could not be made: {error}. report.json has what it would have shown.", error=what))
        return None


def send_corrections(
    directory: Path | None, intake: Intake, rejects: Sequence[Reject], *, run_id: str | None, is_loaded: bool
) -> None:
    """Write the workbooks to mend into the folder of a run; None: none. What cannot be written is told."""
    from wdh.report.files import send_back

    if directory is None:
        return
    try:
        sent = send_back(directory, intake, rejects, run_id=run_id, is_loaded=is_loaded)
    except OSError as error:
        why = error.strerror or error
        tell(say("No workbook to mend could be written to {directory}: {why}.", directory=directory, why=why))
        return
    for path in sent.paths:
        tell(say("written: {file}", file=path))
    for remark in sent.remarks:
        tell(remark)
