"""The rows of a delivery that were loaded, as the ledger tells: by the run that read it, and by those of mended ones.

A file's document in the ledger has ``rejected_rows`` where some were rejected, and ``mended`` where the file was made
of an earlier one: ``of`` is the hash of the file that was delivered first, ``rows`` are the names of its rows that are
loaded once the run is committed, and ``prints`` the fingerprints of those that are not as they were delivered first.
``parts`` has of the rows that were rejected in part the facts that are loaded, where wide rows are made long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from wdh.apply.history import RecordedRun
from wdh.errors import DataError
from wdh.mending.mark import SheetMark, pack_rows, unpack_rows
from wdh.run.parts import Parts
from wdh.run.readings import is_reading
from wdh.run.record import MENDED, PARTS, REJECTED_ROWS
from wdh.words.language import say


class Loaded(Struct, frozen=True):
    """The rows of a sheet that are loaded, by name, with the fingerprint of each; None: it is not known.

    ``run_id`` is the latest run that loaded any of them. ``parts`` are the rows of which some facts are loaded.
    """

    run_id: str
    rows: Mapping[str, bytes | None]
    parts: Mapping[str, Parts] = {}


class Version(Struct, frozen=True):
    """The latest version of a delivered file that a run has loaded."""

    run_id: str
    file: str
    folder: str
    sha256: str


def find_version(runs: Iterable[RecordedRun], root: str) -> Version | None:
    """Find the latest version of the file that was delivered with the hash ``root``. None: no run has loaded any."""
    found = None
    for run, document in _documents(runs):
        if root in (_root(document), document["sha256"]):
            found = Version(run.run_id, document["file"], document.get("folder", ""), document["sha256"])
    return found


def find_loaded(runs: Iterable[RecordedRun], root: str, mark: SheetMark) -> Loaded | None:
    """Find the rows of a sheet that are loaded. None: no run has loaded any.

    Raises DataError where a run has loaded some, and the ledger does not say which.
    """
    found = None
    for run, document in _documents(runs):
        if document["sheet"] != mark.name:
            continue
        if _root(document) == root:
            found = Loaded(run.run_id, _read_mended(document[MENDED], mark), _read_parts(document))
        elif document["sha256"] == root and _root(document) is None:
            found = Loaded(run.run_id, _read_first(run, document, mark), _read_parts(document))
    return found


def first_prints(mark: SheetMark) -> dict[str, bytes]:
    """Give the fingerprints of the rows as they were delivered first, by name; rows that were added are left out."""
    return {
        row: mark.first_prints.get(row) or mark.print_of(place)
        for place, row in enumerate(mark.rows)
        if not row.startswith("+")
    }


def describe_mended(root: str, first: Mapping[str, bytes], rows: Mapping[str, bytes | None]) -> dict[str, Any]:
    """Describe for the ledger the rows that are loaded; ``first`` are those that were delivered first."""
    other = {row: known.hex() for row, known in rows.items() if known is not None and first.get(row) != known}
    return {"of": root, "rows": list(pack_rows(list(rows))), "prints": other}


def _documents(runs: Iterable[RecordedRun]) -> Iterator[tuple[RecordedRun, Mapping[str, Any]]]:
    for run in runs:
        if run.facts_table is not None:
            yield from ((run, document) for document in run.files if not is_reading(document))


def _root(document: Mapping[str, Any]) -> str | None:
    return document[MENDED]["of"] if MENDED in document else None


def _read_parts(document: Mapping[str, Any]) -> Mapping[str, Parts]:
    parts: Mapping[str, Mapping[str, str]] = document.get(PARTS, {})
    return {row: {int(group): own for group, own in groups.items()} for row, groups in parts.items()}


def _read_mended(mended: Mapping[str, Any], mark: SheetMark) -> Mapping[str, bytes | None]:
    first = first_prints(mark)
    prints = {row: bytes.fromhex(text) for row, text in mended["prints"].items()}
    packed: Sequence[Any] = mended["rows"]
    return {row: prints.get(row) or first.get(row) for row in unpack_rows(packed)}


def _read_first(run: RecordedRun, document: Mapping[str, Any], mark: SheetMark) -> Mapping[str, bytes | None]:
    if document.get("rejected") and REJECTED_ROWS not in document:
        raise DataError(
            say(
                "Run {run} loaded {file} without {count} of its rows, and the ledger of an earlier wdh does not say "
                "which, so nobody can tell which rows are to be loaded now. Load the whole delivery with --mode "
                "delete_insert. Nothing was written.",
                run=run.run_id,
                file=document["file"],
                count=document["rejected"],
            ),
            run_id=run.run_id,
        )
    rejected = {*unpack_rows([tuple(each) for each in document.get(REJECTED_ROWS, ())])}
    return {row: known for row, known in first_prints(mark).items() if row not in rejected}
