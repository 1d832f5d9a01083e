"""No run leaves the password anywhere, wherever it came from and however the run ends.

What the user typed is the one exception: the system shows every command line to everybody on the machine.
"""

from __future__ import annotations

import base64
import json
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from support.secrecy import SECRET, SOURCES, Given, traces

pytestmark = pytest.mark.once

VERBOSE = ("--execute", "--debug", "--log-format", "json", "--output", "json")
RAISING = ("--execute", "--raise-on-error")
ENDS = {
    "no server": ({"database": "good", "port": "1"}, VERBOSE, 2, "No such file"),
    "wrong password": ({"database": "good", "user": "stranger"}, VERBOSE, 2, "password authentication failed"),
    "failing statement": ({"database": "refusing"}, VERBOSE, 4, "closed"),
    "killed backend": ({"database": "killing"}, VERBOSE, 4, "DatabaseError"),
    "raised at connecting": ({"database": "good", "user": "stranger"}, RAISING, 1, "password authentication failed"),
    "raised in a statement": ({"database": "refusing"}, RAISING, 1, "closed"),
}
"""How a run ends: where it goes, its arguments, its exit code, and a word that shows how far it came."""


@pytest.mark.parametrize(
    "written",
    [
        f"x{SECRET}x",
        quote(SECRET),
        quote(SECRET, safe="").lower(),
        repr(SECRET),
        ascii(SECRET[-8:]),
        json.dumps(SECRET[-8:]),
        *(base64.b64encode(before + SECRET.encode() + b"x").decode() for before in (b"", b"a:", b"etl")),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        SECRET.encode().hex(),
        SECRET.rpartition("@")[2][:10],
    ],
)
def test_the_search_itself_finds_the_password_in_every_form(written: str) -> None:
    assert traces(written.encode())
    assert not traces(b"host=db.example user=etl dbname=warehouse")


PAIRS = dict.fromkeys(
    (
        *(("WDH_DATABASE__PASSWORD", end) for end in ENDS),
        *((source, list(ENDS)[number % len(ENDS)]) for number, source in enumerate(SOURCES)),
    )
)
"""Every end, and every source: how a run ends does not know where the password came from."""


@pytest.mark.many
@pytest.mark.parametrize(("source", "end"), PAIRS)
def test_a_failing_run_leaves_no_password_behind(guarded: Any, workspace: Any, source: str, end: str) -> None:
    """Searched: stdout, stderr with its traceback, the report, and every file in its folders and the home."""
    place, arguments, code, word = ENDS[end]
    given = SOURCES[source](guarded.place(**place), workspace.home)
    own = list(workspace.home.iterdir())
    out, err = (process := workspace.start(given, *arguments)).communicate(timeout=60)
    assert process.returncode == code, err.decode()
    assert b"Traceback" in err
    assert word in err.decode()
    left = {"stdout": out, "stderr": err, "server's log": _server_log(guarded), **workspace.leftovers(but=own)}
    assert ("report.json" in left) == (code != 1)
    assert {name: traces(text) for name, text in left.items() if traces(text)} == {}


@pytest.mark.many
@pytest.mark.parametrize("source", SOURCES)
def test_a_run_shows_no_password_while_it_works_nor_when_it_is_done(guarded: Any, workspace: Any, source: str) -> None:
    """The run is stopped by a lock and looked at: its processes here and at the server, and the server's own view."""
    given = SOURCES[source](guarded.place("good"), workspace.home)
    own = list(workspace.home.iterdir())
    with closing(guarded.database("good").connect()) as other, other.cursor() as cursor:
        cursor.execute('LOCK TABLE "规模明细"')
        process = workspace.start(given, *VERBOSE, "--lock-timeout", "60s")
        backend, seen = _wait_for_the_lock(guarded, process)
        title, threads = _titles(process.pid), _titles(backend)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err.decode()
    left = {"stdout": out, "stderr": err, "activity": seen, "backend": threads, **workspace.leftovers(but=own)}
    if not given.arguments:
        left["process"] = title
    assert {name: traces(text) for name, text in left.items() if traces(text)} == {}


def _wait_for_the_lock(guarded: Any, process: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    """Wait until the run waits; give its backend, and all that the server tells of it to others."""
    question = "SELECT pid, a::text FROM pg_stat_activity a WHERE usename = 'etl' AND wait_event_type = 'Lock'"
    while not (found := guarded.database("good").rows(question)):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    return int(found[0][0]), str(found[0][1]).encode()


def _titles(pid: int) -> bytes:
    """Everything by which a process, its threads and its children go, where the system tells it."""
    places = [Path(f"/proc/{pid}/cmdline"), *Path(f"/proc/{pid}").glob("task/*/comm")]
    for children in Path(f"/proc/{pid}").glob("task/*/children"):
        places += [Path(f"/proc/{child}/cmdline") for child in children.read_text().split()]
    return b"\n".join(place.read_bytes() for place in places if place.exists())


def _server_log(guarded: Any) -> bytes:
    return b"".join(path.read_bytes() for path in guarded.log.rglob("*log*") if path.is_file())


MALFORMED = {
    "not encoded": f"postgresql://etl:{SECRET}@/good",
    "an @ too many": f"postgresql://etl:{quote(SECRET, safe='@')}@/good",
    "broken escape": f"postgresql://etl:{quote(SECRET, safe='')}%@/good",
    "escape of NUL": f"postgresql://etl:{quote(SECRET, safe='')}%00@/good",
    "other scheme": f"postgresql+psycopg2://etl:{quote(SECRET, safe='')}@/good",
    "no scheme": f"etl:{SECRET}@/good",
    "not quoted": f"host=/tmp user=etl password={SECRET}",
    "never closed": "host=/tmp user=etl password='" + SECRET.replace("\\", "\\\\").replace("'", "\\'"),
    "as the name of a host": f"host='{SECRET[:5]}:{SECRET[6:11]}@db'",
}


@pytest.mark.many
@pytest.mark.parametrize("source", ["--dsn", "WDH_DATABASE__URI"])
@pytest.mark.parametrize("fault", MALFORMED)
def test_a_connection_string_that_cannot_be_understood_is_not_repeated(workspace: Any, fault: str, source: str) -> None:
    dsn = MALFORMED[fault]
    given = Given(("--dsn", dsn)) if source == "--dsn" else Given(environment={"WDH_DATABASE__URI": dsn})
    out, err = (process := workspace.start(given, *VERBOSE)).communicate(timeout=60)
    assert process.returncode == 2, err.decode()
    assert source.encode() in err
    left = {"stdout": out, "stderr": err, **workspace.leftovers(but=[])}
    assert {name: traces(text) for name, text in left.items() if traces(text)} == {}


def test_a_connection_string_that_the_shell_took_apart_is_not_repeated(workspace: Any) -> None:
    """Without quotes around it, the shell makes arguments of its words, and the command does not know them."""
    given = Given(("--dsn", "host=/tmp", "user=etl", f"password={SECRET}"))
    out, err = (process := workspace.start(given, *VERBOSE)).communicate(timeout=60)
    assert (process.returncode, traces(out + err)) == (2, [])
