"""The whole of discovery: list, match, choose, and check the age; or take the one file that was named."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from wdh.discovery.choice import Candidate, Chooser, FindOutdated
from wdh.discovery.depot import Depots, Version
from wdh.discovery.findings import Considered, Findings, FoundWorkbook, Months, Reason, show_month, show_path
from wdh.discovery.folders import Listing, list_files, matches_any, refuse_extension
from wdh.discovery.names import (
    Miss,
    Name,
    compile_file_pattern,
    compile_month_folders,
    compile_path_pattern,
    compile_version_folders,
    join_names,
    read_month,
    read_name,
    read_version,
)
from wdh.errors import DataError, SetupError
from wdh.settings import Discovery, Domain
from wdh.words.language import join, later, say

_NEAREST = 5
_GROUP_OR_ESCAPE = re.compile(r"\(\?P<\w+>|\\.")
_NOT_ENTERED: Mapping[Reason, str] = {
    "excluded": later("{count} excluded"),
    "hidden": later("{count} hidden"),
    "too_deep": later("{count} too deep"),
}
_NEARNESS: dict[Reason, int] = {"other_month": 5, "month": 4, "extension": 3, "pattern": 2, "link": 1, "ignored": 1}


def find_workbooks(
    root: Path,
    *,
    domain: Domain,
    discovery: Discovery,
    max_files: int | None = None,
    period: Months | None = None,
    files: Sequence[Path] = (),
    find_outdated: FindOutdated = lambda _: (),
    now: datetime.datetime | None = None,
    depots: Depots | None = None,
) -> Findings:
    """Find the workbooks of ``domain`` below ``root``: one for each of the ``max_files`` newest months.

    ``max_files`` None takes the newest, or with ``period`` all that are of it. ``files`` names the workbooks directly;
    then ``root`` is not searched and no name need match. ``now`` (aware; default: the clock) is what a file's
    age is measured against. The answer depends on names, folders and modification times alone, and no file is opened;
    but of several files that rank the same ``find_outdated`` says which do not count. ``depots`` tells what lies
    elsewhere, for which ``root`` and ``files`` are the paths that stand for it; nothing is fetched.

    Raises SetupError where nothing is found, the data directory or a folder below it cannot be listed, or an
    argument cannot be; DataError where two workbooks of one month and version match, or one taken is older than
    ``validation.max_file_age_days``. Rules: "The input" of the domain's description, settings.Discovery.
    """
    if max_files is None:
        max_files = 1 if period is None else len(period)
    if max_files < 1:
        raise SetupError(
            say("--max-files must be at least 1, not {max_files}", max_files=max_files), max_files=max_files
        )
    depots = depots or Depots()
    search = _Search(root, domain, discovery, depots)
    findings = search.choose_named(files, period) if files else search.find(max_files, period, find_outdated)
    _check_age(findings.taken, domain, now or datetime.datetime.now(tz=datetime.timezone.utc), depots=depots)
    return replace(findings, remarks=tuple(_tell_times(findings.taken, domain, depots, is_chosen=not files)))


class _Search:
    def __init__(self, root: Path, domain: Domain, discovery: Discovery, depots: Depots) -> None:
        self._root = root
        self._depots = depots
        self._domain = domain
        self._discovery = discovery
        self._pattern = None if domain.pattern is None else compile_file_pattern(domain.pattern, domain=domain.name)
        path = domain.path_pattern
        self._path_pattern = None if path is None else compile_path_pattern(path, domain=domain.name)
        self._month_folders = compile_month_folders(discovery.month_folders)
        self._version_folders = compile_version_folders(discovery.version_folders)

    def find(self, max_files: int, period: Months | None, find_outdated: FindOutdated) -> Findings:
        """Search below the data directory."""
        listing = list_files(self._root, self._discovery, depots=self._depots)
        candidates, passed = self._match(listing)
        is_upload = not self._depots.keeps_times(self._root)
        chooser = Chooser(self._root, self._domain.select, max_files, period, find_outdated, is_upload)
        choice = chooser.choose(candidates)
        passed += choice.passed
        if not choice.taken:
            raise self._nothing(listing, passed, period)
        taken = tuple(_found(candidate, why) for candidate, why in choice.taken)
        passed += (Considered(workbook.path, "taken", workbook.why) for workbook in taken)
        return Findings(taken, tuple(sorted(passed, key=lambda item: item.path)))

    def choose_named(self, files: Sequence[Path], period: Months | None) -> Findings:
        """Take the files that were named, whatever their names, unless one contradicts ``period``; each once."""
        named = [self._take_named(file, period) for file in dict.fromkeys(files)]
        taken = tuple(sorted(named, key=lambda workbook: (workbook.year or 0, workbook.month or 0)))
        return Findings(taken, tuple(Considered(workbook.path, "taken", workbook.why) for workbook in taken))

    def _take_named(self, file: Path, period: Months | None) -> FoundWorkbook:
        self._check_file(file)
        name = self._read(file, file.relative_to(self._root) if file.is_relative_to(self._root) else file)
        doubt = say("; {sentence}, so its month is unknown", sentence=name.sentence) if isinstance(name, Miss) else ""
        candidate = self._candidate(file, Name() if isinstance(name, Miss) else name, folders=file.parent.parts)
        if period is not None and candidate.key != (0, 0) and candidate.key not in period:
            said, asked = show_month(candidate.key), str(period)
            raise SetupError(
                say(
                    "--file names {file}, a workbook of {said}, but --period asks for {asked}; leave one of them out",
                    file=show_path(file),
                    said=said,
                    asked=asked,
                ),
                file=str(file),
                period=asked,
            )
        return _found(candidate, say("named by --file{doubt}", doubt=doubt))

    def _check_file(self, file: Path) -> None:
        if self._depots.address_of(file) is not None:
            self._check_address(file)
            return
        try:
            state = "" if file.is_file() else say("is not a file") if file.exists() else say("does not exist")
        except OSError as error:
            state = say("cannot be looked at ({reason})", reason=error.strerror)
        below = self._root / file
        is_below = not file.is_absolute() and below.is_file()
        hint = say(", or write --file {below}", below=show_path(below)) if is_below else ""
        if state:
            raise SetupError(
                say("the workbook {file} {state}; check --file{hint}", file=show_path(file), state=state, hint=hint),
                file=str(file),
            )

    def _check_address(self, file: Path) -> None:
        try:
            self._depots.look(file)
        except OSError as error:
            state = say("is not a file") if isinstance(error, IsADirectoryError) else say("does not exist")
            address = self._depots.show(file)
            raise SetupError(
                say("the workbook {file} {state}; check --file{hint}", file=address, state=state, hint=""), file=address
            ) from error

    def _match(self, listing: Listing) -> tuple[list[Candidate], list[Considered]]:
        candidates: list[Candidate] = []
        passed = list(listing.passed)
        asked = {path: self._is_asked_for(path) for path in listing.others}
        passed += (Considered(path, *refuse_extension(path, self._discovery)) for path in asked if not asked[path])
        for path in (*listing.files, *(path for path in asked if asked[path])):
            below = path.relative_to(self._root)
            excluded = matches_any(below, self._domain.exclude)
            name = self._read(path, below)
            if excluded is not None and not isinstance(name, Miss):
                passed.append(
                    Considered(
                        path,
                        "ignored",
                        say("domains.{name}.exclude has {excluded!r}", name=self._domain.name, excluded=excluded),
                    )
                )
            elif isinstance(name, Miss):
                passed.append(Considered(path, name.reason, name.sentence))
            else:
                candidates.append(self._candidate(path, name, folders=below.parent.parts))
        return candidates, passed

    def _is_asked_for(self, path: Path) -> bool:
        """Say whether the patterns mean a file of another kind by its extension: they take no usual one in its place.

        So a pattern that says nothing of extensions finds what it always found.
        """
        usual = (path.with_suffix(extension) for extension in self._discovery.file_extensions)
        return self._matches(path) and not any(map(self._matches, usual))

    def _matches(self, path: Path) -> bool:
        return not isinstance(self._read(path, path.relative_to(self._root)), Miss)

    def _read(self, path: Path, below: Path) -> Name | Miss:
        """Read what the name of a file and its path say; where neither says a month, its folders may."""
        found: Name | Miss = Name() if self._pattern is None else read_name(path.name, self._pattern)
        if self._path_pattern is not None and not isinstance(found, Miss):
            sides = read_name(below.as_posix(), self._path_pattern, what="path")
            found = sides if isinstance(sides, Miss) else join_names(found, sides)
        if isinstance(found, Miss) or found.month is not None:
            return found
        return join_names(found, read_month(below.parent.parts, self._month_folders))

    def _candidate(self, path: Path, name: Name, *, folders: Iterable[str]) -> Candidate:
        version = read_version(folders, self._version_folders)
        try:
            known = self._depots.look(path)
        except OSError as error:
            raise SetupError(
                say(
                    "the workbook {path} cannot be looked at: {strerror}; see that it is still there, and run again",
                    path=show_path(path, self._root),
                    strerror=error.strerror or error,
                ),
                file=str(path),
            ) from error
        modified = self._require_time(path, known)
        return Candidate(path, name.year, name.month, version, name.version, modified, size=known.size)

    def _require_time(self, path: Path, version: Version) -> int:
        """Give the time of a file; 0 where its depot tells none. Raises SetupError where the run goes by it."""
        if version.modified_ns is not None:
            return version.modified_ns
        by_time = self._domain.select == "latest_by_mtime"
        if by_time or self._domain.validation.max_file_age_days is not None:
            name = self._domain.name
            key = f"domains.{name}.select" if by_time else f"domains.{name}.validation.max_file_age_days"
            raise SetupError(
                say(
                    "{address} has no time, as its depot tells none, and {key} goes by it; leave it out of the "
                    "configuration. Nothing was touched.",
                    address=self._depots.show(path),
                    key=key,
                ),
                file=str(path),
            )
        return 0

    def _nothing(self, listing: Listing, passed: list[Considered], period: Months | None) -> SetupError:
        wanted = (
            self._domain.name if period is None else say("{name} in {period}", name=self._domain.name, period=period)
        )
        files = [item for item in passed if item.reason not in _NOT_ENTERED]
        nearest = sorted(files, key=self._nearness, reverse=True)[:_NEAREST]
        misses = join("", ("\n  " + _describe(item, self._root) for item in nearest))
        patterns = {"pattern": self._domain.pattern, "path_pattern": self._domain.path_pattern}
        given = (f"domains.{self._domain.name}.{key} ({text!r})" for key, text in patterns.items() if text is not None)
        return SetupError(
            say(
                "no workbook for {wanted} below {root}; looked at: files {count}, folders "
                "{folders}{passed}.{misses}\ncheck --data-dir, {patterns} and discovery in the "
                "configuration, or name the workbook with --file",
                wanted=wanted,
                root=self._root,
                count=len(files),
                folders=listing.folders,
                passed=self._skipped(passed),
                misses=say(" The nearest misses:{misses}", misses=misses) if nearest else "",
                patterns=", ".join(given),
            ),
            directory=str(self._root),
            domain=self._domain.name,
            files=len(files),
            folders=listing.folders,
        )

    def _skipped(self, passed: Iterable[Considered]) -> str:
        skipped = Counter(item.reason for item in passed if item.reason in _NOT_ENTERED)
        shown = join(", ", (say(_NOT_ENTERED[reason], count=count) for reason, count in sorted(skipped.items())))
        return say(", folders not entered: {shown}", shown=shown) if shown else ""

    def _nearness(self, item: Considered) -> tuple[bool, float, int, str]:
        """Rank a miss: a name that matched goes first, then what looks like the pattern, then what came farthest."""
        asked = set(_GROUP_OR_ESCAPE.sub("", self._domain.pattern or self._domain.path_pattern or ""))
        share = len(asked & set(item.path.name)) / max(len(asked), 1)
        rank = _NEARNESS.get(item.reason, 0)
        return (rank > _NEARNESS["extension"], share, rank, str(item.path))


def _describe(item: Considered, root: Path) -> str:
    return say("{path}: {sentence}", path=show_path(item.path, root), sentence=item.sentence)


def _found(candidate: Candidate, why: str) -> FoundWorkbook:
    return FoundWorkbook(
        path=candidate.path,
        year=candidate.year,
        month=candidate.month,
        version=candidate.version,
        modified=candidate.modified,
        why=why,
        name_version=candidate.name_version,
        size=candidate.size,
    )


def _tell_times(taken: Iterable[FoundWorkbook], domain: Domain, depots: Depots, *, is_chosen: bool) -> Iterator[str]:
    """Say where times count that are those of an upload; ``is_chosen``: the files were, and not named."""
    if all(depots.keeps_times(workbook.path) for workbook in taken):
        return
    if is_chosen and domain.select == "latest_by_mtime":
        yield say(
            "select: latest_by_mtime went by the times of upload, as an object has no other: a workbook that is copied "
            "or uploaded again counts as the newest."
        )
    if domain.validation.max_file_age_days is not None:
        yield say(
            "validation.max_file_age_days was counted from the upload, as an object has no other time: an old workbook "
            "that is uploaded again counts as new."
        )


def _check_age(taken: Iterable[FoundWorkbook], domain: Domain, now: datetime.datetime, *, depots: Depots) -> None:
    limit = domain.validation.max_file_age_days
    if limit is None:
        return
    for workbook in taken:
        age = (now - workbook.modified) / datetime.timedelta(days=1)
        if age > limit:
            told = {"path": show_path(workbook.path), "modified": workbook.modified, "age": age, "limit": limit}
            if depots.keeps_times(workbook.path):
                sentence = say(
                    "the workbook {path} was last changed {modified:%Y-%m-%d}, {age:.1f} days ago, and "
                    "domains.{name}.validation.max_file_age_days is {limit:g}; see whether a newer delivery is "
                    "missing, or raise the limit",
                    name=domain.name,
                    **told,
                )
            else:
                sentence = say(
                    "the workbook {path} was uploaded {modified:%Y-%m-%d}, {age:.1f} days ago, and "
                    "domains.{name}.validation.max_file_age_days is {limit:g}; see whether a newer delivery is "
                    "missing, or raise the limit",
                    name=domain.name,
                    **told,
                )
            raise DataError(
                sentence,
                file=str(workbook.path),
                age_days=round(age, 1),
                max_file_age_days=limit,
            )
