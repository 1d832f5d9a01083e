"""The files below the data directory, listed in one order whatever order the system lists them in."""

from __future__ import annotations

import fnmatch
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from msgspec import Struct, field

from wdh.discovery.depot import Depots, Entry
from wdh.discovery.findings import Considered, Reason, show_path
from wdh.errors import SetupError
from wdh.settings import Discovery
from wdh.words.language import join, say

OTHER_KINDS: Final = frozenset((".csv", ".tsv", ".txt", ".xls", ".xlsb", ".ods"))
"""Extensions of files that can be read, and are taken where they are listed, or where a pattern asks for no other."""


class Listing(Struct, frozen=True):
    """``files`` are regular files whose extension and name are acceptable; ``passed`` is all that was passed over.

    ``others`` are files of other extensions that could be read, if a pattern asks for them. ``folders`` counts the
    folders that were entered.
    """

    files: tuple[Path, ...]
    others: tuple[Path, ...]
    passed: tuple[Considered, ...]
    folders: int


def list_files(root: Path, discovery: Discovery, *, depots: Depots | None = None) -> Listing:
    """List the files below ``root`` that may be workbooks, and say why others are not.

    ``depots`` tells what lies elsewhere. Raises SetupError where ``root`` is not a folder, or where a folder below it
    cannot be listed: what is in there might be the newest delivery, so going on would be a guess.
    """
    depots = depots or Depots()
    if depots.address_of(root) is None:
        _check_root(root)
    walk = _Walk(root, discovery, depots)
    walk.run()
    return Listing(tuple(sorted(walk.files)), tuple(sorted(walk.others)), tuple(walk.passed), len(walk.entered))


def _check_root(root: Path) -> None:
    try:
        if root.is_dir():
            return
        state = say("is not a folder") if root.exists() else say("does not exist")
    except OSError as error:
        state = say("cannot be looked at ({reason})", reason=error.strerror)
    raise SetupError(
        say(
            "the data directory {root} {state}; pass the right one with --data-dir or WDH_DATA_BASE_DIR",
            root=root,
            state=state,
        ),
        directory=str(root),
    )


class _Walk(Struct):
    """One walk under way. Real folders are entered before links to folders, so each is known by its real path."""

    root: Path
    discovery: Discovery
    depots: Depots
    files: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    passed: list[Considered] = field(default_factory=list)
    entered: set[Path] = field(default_factory=set)
    _real_files: set[Path] = field(default_factory=set)
    _folders: list[tuple[Path, int]] = field(default_factory=list)
    _links: list[tuple[Path, int]] = field(default_factory=list)
    _faults: list[tuple[Path, OSError]] = field(default_factory=list)

    def run(self) -> None:
        self._folders.append((self.root, 0))
        while self._folders or self._links:
            if self._folders:
                self._enter(*self._folders.pop())
            else:
                self._follow(*self._links.pop(0))
        if self._faults:
            raise _unreadable(self._faults, self.root) from self._faults[0][1]

    def _enter(self, folder: Path, depth: int) -> None:
        self.entered.add(folder.resolve())
        try:
            listed = self.depots.entries(folder)
        except OSError as error:
            if folder == self.root and self.depots.address_of(folder) is not None:
                raise _no_root(self.depots.show(folder), error) from error
            self._faults.append((folder, error))
            return
        for entry in listed:
            self._note(folder / entry.name, entry, depth + 1)

    def _note(self, path: Path, entry: Entry, depth: int) -> None:
        match entry.kind:
            case "link":
                if self.depots.address_of(path) is not None:
                    self._pass(path, "link", say("a link, and links of a server are not followed"))
                elif self.discovery.follow_symlinks:
                    self._links.append((path, depth))
                else:
                    self._pass(path, "link", say("a link, and discovery.follow_symlinks is off"))
            case "folder":
                self._note_folder(path, depth)
            case "file":
                self._note_file(path, is_file=True)
            case "other" if self.depots.address_of(path) is not None:
                self._pass(path, "not_a_file", say("it is no file, or has a name that no file can have here"))
            case "other":
                self._note_file(path, is_file=False)

    def _note_folder(self, path: Path, depth: int) -> None:
        if self._is_excluded(path.name):
            self._pass(path, "excluded", say("a folder that discovery.exclude_directories names"))
        elif path.name.startswith("."):
            self._pass(path, "hidden", say("a hidden folder"))
        elif depth > self.discovery.max_depth:
            self._pass(
                path,
                "too_deep",
                say("a folder more than discovery.max_depth = {max_depth} deep", max_depth=self.discovery.max_depth),
            )
        else:
            self._folders.append((path, depth))

    def _is_excluded(self, folder: str) -> bool:
        return any(_same(folder, name) for name in self.discovery.exclude_directories)

    def _note_file(self, path: Path, *, is_file: bool) -> None:
        ignored = matches_any(Path(path.name), self.discovery.ignore_patterns)
        if not is_file:
            self._pass(path, "not_a_file", say("neither a file nor a folder"))
        elif ignored is not None:
            self._pass(path, "ignored", say("discovery.ignore_patterns has {ignored!r}", ignored=ignored))
        elif not any(_same(path.suffix, extension) for extension in self.discovery.file_extensions):
            if path.suffix.lower() in OTHER_KINDS:
                self.others.append(path)
                self._real_files.add(path.resolve())
            else:
                self._pass(path, *refuse_extension(path, self.discovery))
        else:
            self.files.append(path)
            self._real_files.add(path.resolve())

    def _follow(self, path: Path, depth: int) -> None:
        root, goal = self.root.resolve(), _goal(path)
        if goal is None:
            self._pass(path, "link", say("a link that leads nowhere"))
        elif not goal.is_relative_to(root):
            self._pass(path, "link", say("a link that leads out of the data directory"))
        elif any(self._is_excluded(folder) for folder in goal.relative_to(root).parts):
            self._pass(path, "link", say("a link to what discovery.exclude_directories names"))
        elif goal in self.entered or goal in self._real_files:
            self._pass(path, "link", say("a link to {goal!r}, which is looked at already", goal=show_path(goal, root)))
        elif goal.is_dir():
            self._note_folder(path, depth)
        else:
            self._note_file(path, is_file=goal.is_file())

    def _pass(self, path: Path, reason: Reason, sentence: str) -> None:
        self.passed.append(Considered(path, reason, sentence))


def refuse_extension(path: Path, discovery: Discovery) -> tuple[Reason, str]:
    """Say why a file of another extension is passed over."""
    wanted = ", ".join(discovery.file_extensions)
    return "extension", say("the extension {suffix!r} is not one of {wanted}", suffix=path.suffix, wanted=wanted)


def matches_any(below: Path, patterns: Iterable[str]) -> str | None:
    """Give the first shell pattern that a file matches by its name, or, with a ``/``, by its path; None: none."""
    names = {True: _fold(below.as_posix()), False: _fold(below.name)}
    return next((p for p in patterns if fnmatch.fnmatchcase(names["/" in p], _fold(p))), None)


def _goal(link: Path) -> Path | None:
    """Give the end of a link; None for a broken one and for one that leads back to itself."""
    try:
        return link.resolve(strict=True)
    except (OSError, RuntimeError):  # before 3.13 a circle of links is a RuntimeError
        return None


def _same(name: str, other: str) -> bool:
    return _fold(name) == _fold(other)


def _fold(name: str) -> str:
    # Names come from Windows shares, too, where Temp and temp are one folder.
    return unicodedata.normalize("NFC", name).casefold()


def _no_root(address: str, error: OSError) -> SetupError:
    if isinstance(error, NotADirectoryError):
        state = say("is not a folder")
    else:
        state = say("does not exist: there is no such place, or nothing in it has a name that begins so")
    return SetupError(
        say(
            "the data directory {root} {state}; pass the right one with --data-dir or WDH_DATA_BASE_DIR",
            root=address,
            state=state,
        ),
        directory=address,
    )


def _unreadable(faults: list[tuple[Path, OSError]], root: Path) -> SetupError:
    reasons = {
        show_path(path, root): error.strerror or error for path, error in sorted(faults, key=lambda fault: fault[0])
    }
    lines = join("", ("\n  " + say("{path!r}: {reason}", path=path, reason=reason) for path, reason in reasons.items()))
    return SetupError(
        say(
            "cannot list every folder below {root}, so the newest workbook cannot be known:{lines}\nmake "
            "these folders readable, or name them in discovery.exclude_directories",
            root=root,
            lines=lines,
        ),
        directory=str(root),
        folders=list(reasons),
    )
