"""The embedded server's data directory: made whole or not at all, and of one major version."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

from wdh.errors import SetupError
from wdh.process import interrupts
from wdh.warehouse.embedded.account import Account
from wdh.warehouse.embedded.home import MAJOR, Home, find_programs
from wdh.warehouse.embedded.ownership import require_own_files, require_private_folder
from wdh.words.language import say

_HALF_MADE = "initdb-"
_ENDING_SECONDS = 1.0
_PAUSE = 0.02
_INITDB = (
    "--username=postgres",
    "--auth=trust",  # nobody but the owner can reach the socket
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",  # sorts and lower-cases alike on every machine; this build has no ICU
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)


def ensure_cluster(home: Home, account: Account) -> None:
    """Make the cluster where there is none, and check the version of the one there is. Hold the lock meanwhile.

    initdb works in a directory beside it that gets its name when it is complete: a killed initdb leaves no half
    cluster. Raises SetupError with the end of initdb's output (disk full, no permission), or for another version.
    """
    _remove_half_made(home)
    if not os.path.lexists(home.cluster):
        _make_cluster(home, account)
    _check_version(home)
    require_own_cluster(home)


def require_own_cluster(home: Home) -> None:
    """Raise SetupError where the cluster, or anything that lies directly in it, is not ours alone."""
    require_private_folder(home.cluster, home.owners)
    require_own_files(home.cluster, home.owners)


def _make_cluster(home: Home, account: Account) -> None:
    account.own(home.path)  # the account enters, and initdb writes inside
    folder = Path(tempfile.mkdtemp(prefix=_HALF_MADE, dir=home.path))
    account.own(folder)
    before = home.log_size()
    try:
        with home.open_log() as log:
            made = account.run([find_programs() / "initdb", "-D", folder / "data", *_INITDB], stdout=log, stderr=log)
    except KeyboardInterrupt:
        with interrupts.held():
            _abandon(home)
        raise
    if made.returncode:
        _remove_half_made(home)
        raise SetupError(
            say(
                "the embedded PostgreSQL could not be made in {path}. Its initdb said:\n{log_tail}\n(all of "
                "it: {log}). Mend that, name another directory in WDH_EMBEDDED_DIR, or name a server with "
                "--dsn.",
                path=home.path,
                log_tail=home.log_tail(since=before),
                log=home.log,
            ),
            directory=str(home.path),
            log=str(home.log),
        )
    (folder / "data").rename(home.cluster)
    folder.rmdir()


def _remove_half_made(home: Home) -> None:
    for folder in home.path.glob(f"{_HALF_MADE}*"):
        # an initdb whose parent was killed may still write there: what cannot be removed now is removed next time
        shutil.rmtree(folder, ignore_errors=True)


def _abandon(home: Home) -> None:
    """Remove what a killed initdb has made; the server that it runs to make it ends a moment later."""
    end = time.monotonic() + _ENDING_SECONDS
    while any(home.path.glob(f"{_HALF_MADE}*")) and time.monotonic() < end:
        _remove_half_made(home)
        time.sleep(_PAUSE)


def _check_version(home: Home) -> None:
    cluster = home.cluster
    marker = home.read("PG_VERSION")
    version = None if marker is None else marker.decode("ascii", "replace").strip()
    if version == MAJOR:
        return
    found = (
        say("is no PostgreSQL data directory")
        if version is None
        else say("holds data of PostgreSQL {version}", version=version)
    )
    raise SetupError(
        say(
            "{cluster} {found}, and the embedded server is PostgreSQL {major}. Name another directory in "
            "WDH_EMBEDDED_DIR (and bring the data over with pg_dump of the old version), or name a "
            "server with --dsn.",
            cluster=cluster,
            found=found,
            major=MAJOR,
        ),
        directory=str(cluster),
        version=version,
    )
