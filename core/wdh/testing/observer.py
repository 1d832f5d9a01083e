"""A fresh interpreter that watches a domain at work: what it answers, what it prints, and whom it calls.

Started by :mod:`wdh.testing.fresh`, which hands over the domain, its configuration and the workbooks as JSON on
stdin, and a file for the answer. From before the domain is imported until its plan is made, nothing may be written
to stdout or stderr, and no connection may be opened; who does is noted with the place.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, Any

_LIBRARY = os.path.dirname(os.__file__)  # noqa: PTH120 - compared as text, with what frames say
_OURS = os.path.dirname(__file__)  # noqa: PTH120 - the same
_PACKAGES = ("site-packages", "dist-packages")
_MOST_SHOWN = 200
_REFUSED = frozenset(
    f"socket.{name}" for name in ("connect", "getaddrinfo", "gethostbyaddr", "gethostbyname", "sendmsg", "sendto")
)


class Told:
    """Takes the place of stdout or stderr, and keeps what was written there, by who wrote it."""

    encoding = "utf-8"

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._texts: dict[str, str] = {}

    def write(self, text: str) -> int:
        """Keep a text."""
        place = find_place()
        self._texts[place] = self._texts.get(place, "") + text
        return len(text)

    def show(self) -> list[str]:
        """Say who wrote what, but for blanks."""
        texts = {place: text.strip()[:_MOST_SHOWN] for place, text in self._texts.items()}
        return [f"{place} wrote to {self._stream}: {text!r}" for place, text in texts.items() if text]

    def flush(self) -> None:
        """Nothing waits to be written."""

    def isatty(self) -> bool:
        """Nobody is looking."""
        return False


def find_place() -> str:
    """Name the innermost place that is neither Python's own nor this watch's: ``wdh_shops.py:12 in transform``."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_passed_over(frame.f_code.co_filename):
        frame = frame.f_back
    if frame is None:
        return "an unknown place"
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} in {frame.f_code.co_name}"


def _is_passed_over(file: str) -> bool:
    if file.startswith((_OURS, "<frozen")) or f"{os.sep}psycopg2{os.sep}" in file:
        return True
    return file.startswith(_LIBRARY) and not any(package in file for package in _PACKAGES)


@contextmanager
def watched(notes: list[str]) -> Iterator[None]:
    """Note what is written to stdout and stderr, also past Python (a library in C, a child process)."""
    own, told = (sys.stdout, sys.stderr), (Told("stdout"), Told("stderr"))
    sys.stdout, sys.stderr = told
    with tempfile.TemporaryFile() as kept:
        try:
            with _diverted(kept):
                yield
        finally:
            sys.stdout, sys.stderr = own
            notes += [note for each in told for note in each.show()]
            kept.seek(0)
            text = kept.read().decode("utf-8", "replace").strip()
            if text:
                notes.append(
                    f"something (a library in C, or a process) wrote to stdout or stderr: {text[:_MOST_SHOWN]!r}"
                )


@contextmanager
def _diverted(file: IO[bytes]) -> Iterator[None]:
    kept = [(descriptor, os.dup(descriptor)) for descriptor in (1, 2)]
    try:
        for descriptor, _ in kept:
            os.dup2(file.fileno(), descriptor)
        yield
    finally:
        for descriptor, copy in kept:
            os.dup2(copy, descriptor)
            os.close(copy)


def refuse_connections(notes: list[str]) -> None:
    """Refuse and note, from now on, every connection but those to a socket of this machine's file system."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _REFUSED and not _is_local(arguments[0]):
            address = arguments[0] if event.startswith("socket.get") else arguments[-1]
            raise _refusal(notes, f"asked for {address!r} ({event})")

    def connect(*_: object, **__: object) -> None:
        raise _refusal(notes, "asked for a database")

    sys.addaudithook(hook)
    import psycopg2

    psycopg2._connect = connect  # type: ignore[attr-defined]  # libpq opens its sockets past Python


def _is_local(first: object) -> bool:
    return isinstance(first, socket.socket) and first.family == getattr(socket, "AF_UNIX", None)


def _refusal(notes: list[str], what: str) -> ConnectionRefusedError:
    notes.append(f"{find_place()} {what}")
    return ConnectionRefusedError("wdh.testing: a hook may not open a connection")


def observe(order: dict[str, Any]) -> dict[str, Any]:
    """Do what was ordered: read and plan each workbook, and give the lines that show what came of it."""
    printed: list[str] = []
    called: list[str] = []
    refuse_connections(called)
    with watched(printed):
        readings, fault = _read_all(order)
    return {"readings": readings, "fault": fault, "printed": printed, "called": called}


def _read_all(order: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    from wdh.errors import WdhError
    from wdh.testing.domain import load_subject
    from wdh.testing.facts import show_plan, show_reading

    readings: dict[str, Any] = {}
    try:
        subject = load_subject(order["domain"], Path(order["config"]), folder=Path(order["folder"]))
        subject.describe_tables()
        for workbook in map(Path, order["workbooks"]):
            reading = readings[str(workbook)] = {}
            reading["facts"] = show_reading(subject.transform(subject.read_sheet(workbook)))
            reading["plan"] = show_plan(subject.plan(workbook))
    except WdhError as error:
        return readings, str(error)
    return readings, None


def main() -> None:
    """Read the order, observe, and write the answer."""
    order = json.loads(sys.stdin.read())
    Path(order["answer"]).write_text(json.dumps(observe(order)), encoding="utf-8")


def watch_import() -> None:
    """Import the plugin that stdin names; write to stdout what it printed and what it changed, in sentences."""
    from wdh.errors import PluginError
    from wdh.registry import conduct
    from wdh.registry.entry_points import find_plugins, import_plugin

    group, *wanted = json.loads(sys.stdin.read())
    (plugin, *_) = (found for found in find_plugins(group) if [found.name, found.value, found.distribution] == wanted)
    findings: list[str] = []
    faults: list[str] = []
    with watched(findings):
        try:
            import_plugin(plugin, time_limit=0)
        except PluginError as error:
            faults.append(error.message)
    print(json.dumps([*faults, *findings, *conduct.remarks()]))  # noqa: T201 - the answer
