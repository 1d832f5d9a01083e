"""Checks the owners of the embedded server's files: nothing that another account may have put there is used."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from wdh.errors import SetupError
from wdh.process.replacing import find_oddity
from wdh.words.language import say

ROOT = 0
_NOBODY = "nobody"
_PERMISSIONS = 0o777
"""The bits of a mode that say who may do what; a folder may inherit others from the one above it."""

_PRIVATE = 0o700
_WRITABLE_BY_ALL = stat.S_IWOTH
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_LONGEST = 1 << 16
"""Bytes of a small file that is read whole."""


def find_nobody() -> tuple[int, int] | None:
    """Give the numbers of ``nobody`` and its group; None where the machine has no such account."""
    import pwd

    try:
        entry = pwd.getpwnam(_NOBODY)
    except KeyError:
        return None
    return entry.pw_uid, entry.pw_gid


def require_private_folder(path: Path, owners: Collection[int]) -> None:
    """Raise SetupError unless ``path`` is a folder of one of ``owners``, into which nobody else may look."""
    require_own_folder(path, owners)
    mode = path.lstat().st_mode & _PERMISSIONS
    if mode != _PRIVATE:
        command = f"chmod 700 {shlex.quote(str(path))}"
        raise _unfit(
            path,
            say(
                "it must have mode 0700, and has {mode:04o}; look what others put there, and {command}",
                mode=mode,
                command=command,
            ),
        )


def close_empty_folder(path: Path) -> None:
    """Let nobody else into ``path``, a folder of ours, if it is empty: then nobody has put anything there."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        mode = os.fstat(folder).st_mode & _PERMISSIONS
        if mode == _PRIVATE or os.listdir(folder):  # noqa: PTH208 - by its number
            return
        os.fchmod(folder, _PRIVATE)
        if os.listdir(folder):  # noqa: PTH208 - by its number; somebody was quicker
            os.fchmod(folder, mode)
    finally:
        os.close(folder)


def require_own_folder(path: Path, owners: Collection[int]) -> None:
    """Raise SetupError unless ``path`` is a folder, and of one of ``owners``."""
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        raise _unfit(path, say("it is a symbolic link; name the folder that it leads to, or remove it"))
    if not stat.S_ISDIR(found.st_mode):
        raise _unfit(path, say("it is no folder; remove it"))
    if found.st_uid not in owners:
        raise _unfit(
            path, say("it belongs to {account}, who may have put anything into it", account=name_account(found.st_uid))
        )


def require_safe_way(path: Path, owners: Collection[int]) -> None:
    """Raise SetupError where an account other than ``owners`` can put another folder in the place of ``path``.

    The owner of the topmost folder can do so anyway: in a container it need not be root. Folders may be missing yet.
    """
    trusted = {ROOT, Path(path.anchor).stat().st_uid, *owners}
    for folder in filter(Path.exists, path.parents):
        found = folder.stat()
        if found.st_mode & _WRITABLE_BY_ALL and not found.st_mode & stat.S_ISVTX:
            raise _unfit(
                path, say("every account may write to {folder}, and so put another folder in its place", folder=folder)
            )
        if found.st_uid not in trusted and _has_name(found.st_uid):
            owner = name_account(found.st_uid)
            raise _unfit(
                path,
                say("{folder} belongs to {owner}, who may put another folder in its place", folder=folder, owner=owner),
            )


def is_safe_for_root(folder: Path) -> bool:
    """Say whether only root can make anything in ``folder``."""
    found = folder.stat()
    return found.st_uid == ROOT and not found.st_mode & _WRITABLE_BY_OTHERS


def require_own_files(folder: Path, owners: Collection[int]) -> None:
    """Raise SetupError where ``folder`` directly holds anything but files and folders of ``owners``."""
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                found = entry.stat(follow_symlinks=False)
            except FileNotFoundError:  # a server that runs removes files
                continue
            _require_own(Path(entry.path), found, owners, is_folder=stat.S_ISDIR(found.st_mode))


def open_own(path: Path, flags: int, owners: Collection[int]) -> int:
    """Open a file that is ours alone, and make it (0600) if ``flags`` say so; nothing is followed or waited for.

    Raises SetupError where something else has its name, and FileNotFoundError.
    """
    try:
        require_own_file(path, owners)
    except FileNotFoundError:
        if not flags & os.O_CREAT:
            raise
    opened = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    try:
        _require_own(path, os.fstat(opened), owners)
    except BaseException:
        os.close(opened)
        raise
    return opened


def require_own_file(path: Path, owners: Collection[int]) -> None:
    """Raise SetupError unless ``path`` is a plain file of ``owners`` without a second name; or FileNotFoundError."""
    _require_own(path, path.lstat(), owners)


def read_own(path: Path, owners: Collection[int]) -> bytes:
    """Read a small file that is ours alone. Raises as open_own()."""
    with os.fdopen(open_own(path, os.O_RDONLY, owners), "rb") as file:
        return file.read(_LONGEST)


def name_account(number: int) -> str:
    """Name an account for a message: its name and number, or the number alone."""
    import pwd

    try:
        return say("{name} (account {number})", name=pwd.getpwuid(number).pw_name, number=number)
    except KeyError:
        return say("account {number}", number=number)


def _require_own(path: Path, found: os.stat_result, owners: Collection[int], *, is_folder: bool = False) -> None:
    for reason in _doubts(found, owners, is_folder=is_folder):
        raise _unfit(path, reason)


def _doubts(found: os.stat_result, owners: Collection[int], *, is_folder: bool) -> Iterator[str]:
    if not is_folder and (odd := find_oddity(found)) is not None:
        yield say("it is {odd}; look who made it, and remove it", odd=odd)
    if found.st_uid not in owners:
        yield say("it belongs to {account}; look how it came there, and remove it", account=name_account(found.st_uid))
    if found.st_mode & _WRITABLE_BY_OTHERS:
        mode = say("mode {mode:04o}", mode=found.st_mode & _PERMISSIONS)
        yield say(
            "other accounts may write to it ({mode}); look who did, and take that right from them (chmod go-w)",
            mode=mode,
        )


def _has_name(number: int) -> bool:
    return name_account(number) != say("account {number}", number=number)


def _unfit(path: Path, reason: str) -> SetupError:
    return SetupError(
        say(
            "the embedded PostgreSQL does not use {path}: {reason}. Then run again, or name another "
            "directory in WDH_EMBEDDED_DIR, or a server with --dsn. Nothing was touched.",
            path=path,
            reason=reason,
        ),
        path=str(path),
    )
