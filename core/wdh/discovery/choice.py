"""Chooses among matching files: the newest months, in each the highest version, never a guess between two."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from wdh.discovery.findings import Considered, Month, Months, Reason, show_month, show_path
from wdh.errors import DataError
from wdh.settings import Selection
from wdh.words.language import say


class Candidate(Struct, frozen=True):
    """A file whose name matches the domain's pattern. ``modified_ns`` is its mtime, in nanoseconds since 1970.

    ``size`` is in bytes, None where it is not known.
    """

    path: Path
    year: int | None
    month: int | None
    version: int
    name_version: int
    modified_ns: int
    size: int | None = None

    @property
    def key(self) -> Month:
        """The month as a sort key, with 0 for what the name does not say."""
        return (self.year or 0, self.month or 0)

    @property
    def modified(self) -> datetime.datetime:
        """When the file was last written, in UTC."""
        return datetime.datetime.fromtimestamp(self.modified_ns / 1e9, tz=datetime.timezone.utc)


FindOutdated = Callable[[Sequence[Path]], Collection[Path]]
"""Says which of some files are outdated by others of them; it reads them."""


class Choice(Struct, frozen=True):
    """The candidates taken, oldest month first and each with its reason, and those passed over."""

    taken: tuple[tuple[Candidate, str], ...]
    passed: tuple[Considered, ...]


class Chooser(Struct, frozen=True):
    """Chooses among candidates; ``root`` only shortens the paths in sentences.

    ``latest_by_year_month`` ranks months by the calendar and the files of a month by version folder;
    ``latest_by_year_month_and_version`` does, too, and then by the version in the name; ``latest_by_mtime`` ranks
    months and files by the time of last change alone, and takes each file whose name gives no month for itself.
    ``find_outdated`` says which of several files that rank the same do not count, by what is in them. ``is_upload``:
    the time of a file is that of its upload.
    """

    root: Path
    select: Selection
    max_files: int = 1
    period: Months | None = None
    find_outdated: FindOutdated = lambda _: ()
    is_upload: bool = False

    def choose(self, candidates: Iterable[Candidate]) -> Choice:
        """Choose ``max_files`` months, one file of each. The order of ``candidates`` does not matter.

        Raises DataError where two files of a chosen month rank the same: names them and says how to tell them apart.
        """
        wanted, passed = self._split_period(sorted(candidates, key=lambda candidate: candidate.path))
        months = sorted(_group(wanted, self._group_of), key=self._newness, reverse=True)
        # Only their places in the alphabet would tell two files of one time apart: there is no cut between them.
        edge = months[self.max_files - 1 : self.max_files + 1]
        if len(edge) == 2 and self._newness(edge[0]) == self._newness(edge[1]):
            raise self._ambiguous([*edge[0], *edge[1]])
        taken = []
        for month in months[: self.max_files]:
            best, others = self._pick(month)
            taken.append((best, self._praise(best, len(months), len(month))))
            passed += [Considered(other.path, *self._excuse(other, best)) for other in others]
        for month in months[self.max_files :]:
            passed += [Considered(file.path, "older_month", self._too_old(file)) for file in month]
        taken.sort(key=lambda pair: (pair[0].key, pair[0].modified_ns))
        return Choice(tuple(taken), tuple(passed))

    def _split_period(self, candidates: Sequence[Candidate]) -> tuple[list[Candidate], list[Considered]]:
        wanted = [file for file in candidates if self.period is None or file.key in self.period]
        passed = [
            Considered(
                file.path,
                "other_month",
                say("it is of {month}, and {period} was asked for", month=show_month(file.key), period=self.period),
            )
            for file in candidates
            if self.period is not None and file.key not in self.period
        ]
        return wanted, passed

    def _group_of(self, file: Candidate) -> Hashable:
        undated = file.key == (0, 0)
        return file.path if undated and self.select == "latest_by_mtime" else file.key

    def _newness(self, month: Sequence[Candidate]) -> tuple[int, Month]:
        by_time = self.select == "latest_by_mtime"
        return (max(file.modified_ns for file in month) if by_time else 0, month[0].key)

    def _rank(self, file: Candidate) -> tuple[int, int]:
        if self.select == "latest_by_mtime":
            return (file.modified_ns, 0)
        return (file.version, file.name_version if self.select == "latest_by_year_month_and_version" else 0)

    def _pick(self, month: Sequence[Candidate]) -> tuple[Candidate, list[Candidate]]:
        best = max(month, key=self._rank)
        equals = [file for file in month if self._rank(file) == self._rank(best)]
        if len(equals) > 1:
            outdated = self.find_outdated([file.path for file in equals])
            equals = [file for file in equals if file.path not in outdated]
            best = equals[0]
        if len(equals) > 1:
            raise self._ambiguous(equals)
        return best, [file for file in month if file is not best]

    def _ambiguous(self, files: Sequence[Candidate]) -> DataError:
        names = [show_path(file.path, self.root) for file in files]
        first = files[0]
        told = {
            "count": len(files),
            "month": show_month(first.key),
            "version": _show_version(first),
            "listed": "".join(f"\n  {name}" for name in names),
        }
        if self.select == "latest_by_mtime":
            sentence = say(
                "{count} matching workbooks are changed at the very same time:{listed}\nremove all but one, touch the "
                "right one, narrow the pattern, or pass one with --file",
                **told,
            )
        elif self.select == "latest_by_year_month" and len({file.name_version for file in files}) > 1:
            sentence = say(
                "{count} matching workbooks are in the same month ({month}) and version ({version}):{listed}\nremove "
                "all but one, move the corrected one into a folder of the next version, for example V2, or set "
                "select: latest_by_year_month_and_version, narrow the pattern, or pass one with --file",
                **told,
            )
        else:
            sentence = say(
                "{count} matching workbooks are in the same month ({month}) and version ({version}):{listed}\nremove "
                "all but one, move the corrected one into a folder of the next version, for example V2, narrow the "
                "pattern, or pass one with --file",
                **told,
            )
        return DataError(
            sentence,
            files=names,
            month=show_month(first.key),
            version=first.version,
        )

    def _praise(self, file: Candidate, months: int, rivals: int) -> str:
        if self.select == "latest_by_mtime":
            return say(
                "{month}, {time}: {why}",
                month=show_month(file.key),
                time=self._tell_time(file),
                why=self._rank_of_month(months),
            )
        version = (
            _show_version(file)
            if rivals == 1
            else say("{version}, the highest of {rivals} files", version=_show_version(file), rivals=rivals)
        )
        why = self._rank_of_month(months)
        return say("{month}: {why}; {version}", month=show_month(file.key), why=why, version=version)

    def _rank_of_month(self, months: int) -> str:
        if self.period is not None:
            return say("the month asked for") if self.period.only else say("a month of {period}", period=self.period)
        if months == 1:
            return say("the only month there is")
        told = {"most": self.max_files, "months": months}
        if self.select == "latest_by_mtime":
            return self._rank_by_time(told)
        among = say("among the {most} newest of {months}", **told)
        return say("the newest of {months}", **told) if self.max_files == 1 else among

    def _rank_by_time(self, told: Mapping[str, int]) -> str:
        if self.is_upload:
            among = say("among the {most} last uploaded of {months}", **told)
            return say("the last uploaded of {months}", **told) if self.max_files == 1 else among
        among = say("among the {most} last changed of {months}", **told)
        return say("the last changed of {months}", **told) if self.max_files == 1 else among

    def _tell_time(self, file: Candidate) -> str:
        time = f"{file.modified:%Y-%m-%d %H:%M:%S} UTC"
        return say("uploaded {time}", time=time) if self.is_upload else say("changed {time}", time=time)

    def _excuse(self, file: Candidate, best: Candidate) -> tuple[Reason, str]:
        name = show_path(best.path, self.root)
        if self._rank(file) == self._rank(best):
            return "older", say("{file} is the version of the same workbook that counts", file=name)
        if self.select == "latest_by_mtime":
            return "older", say("{time}, before {name}", time=self._tell_time(file), name=name)
        return "lower_version", say(
            "{version}; {name} has {best}", version=_show_version(file), name=name, best=_show_version(best)
        )

    def _too_old(self, file: Candidate) -> str:
        month = show_month(file.key)
        if self.max_files == 1:
            return say("{month} is before the newest month", month=month)
        return say("{month} is before the {most} newest months", month=month, most=self.max_files)


def _group(files: Iterable[Candidate], key: Callable[[Candidate], Hashable]) -> list[list[Candidate]]:
    groups: dict[Hashable, list[Candidate]] = {}
    for file in files:
        groups.setdefault(key(file), []).append(file)
    return list(groups.values())


def _show_version(file: Candidate) -> str:
    folder = f"V{file.version}" if file.version else say("no version folder")
    return (
        say("{folder}, V{name_version} in its name", folder=folder, name_version=file.name_version)
        if file.name_version
        else folder
    )
