"""A delivery that comes back mended: its workbooks are recognised, and the other files of it are found again."""

from __future__ import annotations

import fnmatch
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from wdh.apply.history import RecordedRun, find_chain, reading
from wdh.discovery import Depots, FoundWorkbook
from wdh.errors import DataError, SetupError
from wdh.logs import Log
from wdh.mending.mark import Mark, OtherFile
from wdh.mending.recognising import find_mark
from wdh.run.loaded import Version, find_version
from wdh.run.request import OpenWarehouse
from wdh.run.task import Task
from wdh.settings import Configuration
from wdh.sql.identifiers import Target
from wdh.words.language import say
from wdh.workbook import hash_workbook

log = Log()


class Delivery(Struct, frozen=True):
    """The workbooks of a run that came back mended, each with its mark, by path.

    ``chain`` are the runs that read a version of any file of their deliveries, the oldest first; None: the ledger was
    not asked. ``along`` are the other files that are read along, by path, each with the workbook that asked for it.
    """

    marks: Mapping[Path, Mark]
    chain: tuple[RecordedRun, ...] | None
    along: Mapping[Path, Path]

    @property
    def hashes(self) -> frozenset[str]:
        """The hashes of all files that were delivered first."""
        marks = self.marks.values()
        return frozenset((*(mark.sha256 for mark in marks), *(each.sha256 for mark in marks for each in mark.others)))


def complete_delivery(task: Task, open_warehouse: OpenWarehouse) -> tuple[Task, Delivery | None]:
    """Recognise the workbooks that came back, and add the other files of their delivery to those that are read.

    None: none came back. Raises DataError where a mark is damaged, or is not of this run's domain or sheet, and
    SetupError where another file of the delivery is not to be had as it was.
    """
    marks = _find_marks(task, task.found.taken)
    if not marks:
        return task, None
    delivery = Delivery(marks, None, {})
    _check_twice(marks, task.found.taken)
    if task.asks:
        warehouse = open_warehouse()
        with reading(warehouse, task.configuration.ledger) as cursor:
            found = find_chain(cursor, task.configuration.ledger, domain=task.domain.name, hashes=delivery.hashes)
        table = Target(None, task.domain.facts.table).sql
        delivery = replace(delivery, chain=tuple(run for run in found if (run.facts_table or "").endswith(table)))
    return _add_others(task, delivery)


def find_outdated(configuration: Configuration, paths: Sequence[Path]) -> Collection[Path]:
    """Find those files of which a mended version is among the others, and workbooks that nobody has mended yet."""
    from wdh.mending.outbox import is_untouched

    domain = configuration.domain
    untouched = {path for path in paths if is_untouched(path)}
    if len(untouched) == len(paths):
        untouched = set()
    rest = [path for path in paths if path not in untouched]
    found = (find_mark(path, limits=configuration.limits, text=domain.text) for path in rest)
    marks = [mark for mark in found if mark is not None]
    return untouched | {path for path in rest for mark in marks if _is_file(path, mark.size, mark.sha256)}


def choose_marked(mark: Mark, path: Path, wanted: Sequence[str | int]) -> tuple[str, ...]:
    """Choose the sheets that a run reads of a workbook that came back: by place, all that the mark has.

    Raises DataError where the run asks for a sheet that the mark does not have.
    """
    chosen: dict[str, None] = {}
    for each in wanted:
        names = [sheet.name for sheet in mark.sheets]
        found = names if isinstance(each, int) else [name for name in names if _is_meant(name, each)]
        if not found:
            raise DataError(
                say(
                    "{file} was sent back for the sheet {sheets} of {original}, and this run reads the sheet {sheet}. "
                    "Pass another workbook, or another sheet. Nothing was written.",
                    file=path.name,
                    sheets=", ".join(names),
                    original=mark.file,
                    sheet=each,
                ),
                file=str(path),
                sheet=each,
            )
        chosen.update(dict.fromkeys(found))
    return tuple(chosen)


def _is_meant(name: str, wanted: str) -> bool:
    return fnmatch.fnmatchcase(_fold(name), _fold(wanted)) or (wanted.isdecimal() and name != wanted)


def _fold(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split())


def _find_marks(task: Task, workbooks: Sequence[FoundWorkbook]) -> dict[Path, Mark]:
    marks: dict[Path, Mark] = {}
    for workbook in workbooks:
        mark = find_mark(workbook.path, limits=task.configuration.limits, text=task.domain.text)
        if mark is None:
            continue
        log.info("mended_workbook_recognised", file=workbook.path.name, of=mark.file, run_id=mark.run_id)
        if mark.domain != task.domain.name:
            raise DataError(
                say(
                    "{file} was sent back for the domain {other}, and this run is of {domain}. Run it with --domain "
                    "{other}. Nothing was written.",
                    file=workbook.path.name,
                    other=mark.domain,
                    domain=task.domain.name,
                ),
                file=str(workbook.path),
            )
        choose_marked(mark, workbook.path, task.domain.wanted_sheets)
        marks[workbook.path] = mark
    return marks


def _check_twice(marks: Mapping[Path, Mark], workbooks: Sequence[FoundWorkbook]) -> None:
    first: dict[str, Path] = {}
    for path, mark in marks.items():
        known = first.setdefault(mark.sha256, path)
        if known != path:
            raise _twice(known, path, mark)
    for path, mark in marks.items():
        same = next((each.path for each in workbooks if _is_file(each.path, mark.size, mark.sha256)), None)
        if same is not None:
            raise _twice(same, path, mark)


def _twice(first: Path, second: Path, mark: Mark) -> SetupError:
    return SetupError(
        say(
            "{first} and {second} are both versions of {file}, and one run can load one of them. Take the other away, "
            "or name the one that counts with --file. Nothing was touched.",
            first=first.name,
            second=second.name,
            file=mark.file,
        ),
        files=(str(first), str(second)),
    )


def _is_file(path: Path, size: int, sha256: str) -> bool:
    try:
        return path.stat().st_size == size and hash_workbook(path) == sha256
    except (OSError, DataError):
        return False


def _add_others(task: Task, delivery: Delivery) -> tuple[Task, Delivery]:
    """Add the other files of the delivery, each in its latest version that was loaded."""
    taken = task.found.taken
    given = {workbook.path.name for workbook in taken}
    roots = {mark.sha256 for mark in delivery.marks.values()}
    along: dict[Path, Path] = {}
    for asking, mark in delivery.marks.items():
        for other in mark.others:
            is_given = other.sha256 in roots or other.file in given
            if is_given or any(_is_file(each.path, other.size, other.sha256) for each in taken):
                continue
            version = _find_latest(delivery, other, mark)
            if version is not None and (task.request.wishes.load_mode == "append" or version.file in given):
                continue  # its rows are there, and stay; or the file that has its latest name takes its place
            along.setdefault(_find_file(task, version or _first_version(mark, other), asking), asking)
    found = tuple(_read_along(path, asking) for path, asking in along.items())
    marks = _find_marks(task, found)
    marks |= delivery.marks
    task = replace(task, found=replace(task.found, taken=(*taken, *found)), marks=marks)
    return task, replace(delivery, marks=marks, along=along)


def _first_version(mark: Mark, other: OtherFile) -> Version:
    return Version(mark.run_id or "", other.file, other.folder, other.sha256)


def _find_latest(delivery: Delivery, other: OtherFile, mark: Mark) -> Version | None:
    """Find the version of another file that was loaded; as the mark says, where the ledger was not asked."""
    if delivery.chain is None:
        return None if mark.run_id is None else _first_version(mark, other)
    return find_version(delivery.chain, other.sha256)


def _find_file(task: Task, version: Version, asking: Path) -> Path:
    """Find a file by where it lay, else by its hash below the data directory. Raises SetupError where it is not."""
    from wdh.run.deliveries import find_by_hash, hash_readable

    depots, root = task.request.depots, task.request.data_dir
    folder = depots.resolve_text(version.folder, below=root)
    place = None if folder is None else folder / version.file
    if place is None or not _is_there(depots, place):
        found = find_by_hash(root, version.folder, version.file, version.sha256, depots=depots)
        if found is not None:
            return found
        why = say("It is neither there nor below {folder}.", folder=depots.show(root))
    elif hash_readable(place) == version.sha256:
        return place
    else:
        why = say("The file there is another one now.")
    raise SetupError(
        say(
            "{asking} is part of a delivery of several files, and {file} is to be read along, as it was when it lay in "
            "{folder}. {why} Put it back there, or give what takes its place with a further --file. Nothing was "
            "touched.",
            asking=asking.name,
            file=version.file,
            folder=version.folder,
            why=why,
        ),
        file=f"{version.folder}/{version.file}",
    )


def _is_there(depots: Depots, place: Path) -> bool:
    try:
        depots.look(place)
    except OSError:
        return False
    depots.fetch([place])
    return True


def _read_along(path: Path, asking: Path) -> FoundWorkbook:
    import datetime

    known = path.stat()
    modified = datetime.datetime.fromtimestamp(known.st_mtime, tz=datetime.timezone.utc)
    why = say("part of the delivery that {file} was sent back for", file=asking.name)
    return FoundWorkbook(path, None, None, 0, modified, why, size=known.st_size)


def find_unfamiliar(delivery: Delivery) -> Collection[Path]:
    """Find the workbooks whose marks name a run that the ledger does not have."""
    if delivery.chain is None:
        return ()
    known = {run.run_id for run in delivery.chain}
    return [path for path, mark in delivery.marks.items() if mark.run_id is not None and mark.run_id not in known]
