"""The account that runs the embedded server: PostgreSQL refuses to run as root, and initdb as a user without a name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from wdh.errors import SetupError
from wdh.warehouse.embedded.ownership import ROOT, find_nobody
from wdh.words.language import say

ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath}
"""All that the server's programs see: no locale that is not installed, no PGDATA, no PGOPTIONS, no password."""

_ENTERED = 'for folder do test -x "$folder" || { printf %s "$folder"; exit 1; }; done'


class Account(Struct, frozen=True):
    """The account that runs the server's programs and owns the files.

    ``prefix`` goes before each command: a user namespace, in which we carry another number while all files stay ours.
    ``user`` and ``group`` are the numbers to become and to give files to; None where we stay who we are.
    """

    prefix: tuple[str, ...] = ()
    user: int | None = None
    group: int | None = None

    def run(self, command: Sequence[str | Path], **arguments: Any) -> subprocess.CompletedProcess[bytes]:
        """Run ``command`` to its end; ``arguments`` are those of subprocess.run. No input, a bare environment."""
        who: dict[str, Any] = {} if self.user is None else {"user": self.user, "group": self.group, "extra_groups": []}
        words = [*self.prefix, *map(str, command)]
        return subprocess.run(words, check=False, stdin=subprocess.DEVNULL, env=ENVIRONMENT, **who, **arguments)  # noqa: S603 - no shell

    def own(self, path: Path) -> None:
        """Give ``path``, which we just made, to this account."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)

    def require_way(self, path: Path) -> None:
        """Raise SetupError, naming the folder, where this account cannot enter a folder on the way to ``path``."""
        if not self.prefix and self.user is None:
            return
        ways = [str(folder) for folder in reversed((path / "_").parents)]
        blocked = self.run(["/bin/sh", "-c", _ENTERED, "sh", *ways], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if blocked.returncode:
            folder = os.fsdecode(blocked.stdout)
            raise SetupError(
                say(
                    "PostgreSQL does not run as root, and the account it runs as instead may not enter {folder}, "
                    "which is on the way to {path}. Run wdh as an ordinary user, name another directory in "
                    "WDH_EMBEDDED_DIR (and keep the virtual environment out of /root), or name a server with "
                    "--dsn.",
                    folder=folder,
                    path=path,
                ),
                directory=folder,
            )


def find_account(cluster: Path) -> Account:
    """Choose the account for the server with its data in ``cluster``.

    An ordinary user with a name runs it as himself. Root, and a number without a name (as in ``docker run --user``),
    enter a user namespace; root where there is none becomes ``nobody``, and stays so for what was made that way.
    """
    user = os.geteuid()
    if user != ROOT and _is_named(user):
        return Account()
    if user == ROOT and os.path.lexists(cluster) and (owner := cluster.lstat()).st_uid != ROOT:
        return Account(user=owner.st_uid, group=owner.st_gid)
    if prefix := enter_namespace():
        return Account(prefix)
    return _nobody(cluster) if user == ROOT else Account()


def must_be_nobody() -> bool:
    """Say whether the server can only run as ``nobody``: we are root, and may not enter a user namespace."""
    return os.geteuid() == ROOT and not enter_namespace()


def enter_namespace() -> tuple[str, ...]:
    """Give the command that enters a user namespace with another number; empty where the machine does not let us.

    The number must have a name, for initdb asks for it; any but root's will do, and ``daemon`` is everywhere.
    """
    import pwd

    unshare = shutil.which("unshare", path=os.defpath) if sys.platform == "linux" else None
    named = next((entry for entry in pwd.getpwall() if entry.pw_uid != ROOT), None)
    if unshare is None or named is None:
        return ()
    prefix = (unshare, "-U", f"--map-user={named.pw_uid}", f"--map-group={named.pw_gid}")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return () if Account(prefix).run(["true"], **quiet).returncode else prefix


def _nobody(cluster: Path) -> Account:
    numbers = find_nobody()
    if os.path.lexists(cluster) or numbers is None:
        raise SetupError(
            say(
                "the embedded PostgreSQL in {cluster} cannot run: PostgreSQL refuses to run as root, this "
                "machine does not let root enter a user namespace, and what is there belongs to root, or "
                "there is no account nobody. Give it away (chown -R nobody {parent}) or name a server with "
                "--dsn.",
                cluster=cluster,
                parent=cluster.parent,
            ),
            directory=str(cluster),
        )
    return Account(user=numbers[0], group=numbers[1])


def _is_named(user: int) -> bool:
    import pwd

    return any(entry.pw_uid == user for entry in pwd.getpwall())
