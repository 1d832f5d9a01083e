"""A workbook that a worker on another machine collects, and whether that worker is to be believed."""

from __future__ import annotations

import hashlib
import platform
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from wdh.errors import DataError, SetupError
from wdh.intake.files import FileIntake, FileJob, collect_file
from wdh.registry import domain_names, plugin_names
from wdh.words.language import say, speaking, spoken
from wdh.words.printable import show_name
from wdh.workbook import hash_workbook

_OWN: Final = "wdh"
_lock: Final = threading.Lock()
"""Reads and breaches of packages are noted for the whole process: a worker collects one workbook at a time."""


class Loaded(Struct, frozen=True):
    """The code that a process runs: its Python, and a hash of each module that takes part, as it was loaded."""

    host: str
    python: str
    modules: Mapping[str, str]


class RemoteIntake(Struct, frozen=True):
    """The result of a worker; ``intake`` None: the workbook is not there."""

    loaded: Loaded
    intake: FileIntake | None


def make_call(job: FileJob) -> partial[RemoteIntake]:
    """Make the function that a worker is to do: it reads the workbook by its whole path."""
    source = replace(job.source, path=job.source.path.absolute())
    return partial(collect_remotely, replace(job, source=source), spoken())


def collect_remotely(job: FileJob, language: str) -> RemoteIntake:
    """Collect a workbook on a worker, which says it in ``language``. Raises as collect_file()."""
    with _lock, speaking(language):
        is_there = job.source.path.exists()
        intake = collect_file(job) if is_there else None
        return RemoteIntake(describe_loaded(), intake)


def accept(remote: RemoteIntake, job: FileJob) -> FileIntake:
    """Give what a worker collected, if it is what this process would have.

    Raises SetupError where the worker runs other code, or does not see the workbook, and DataError where it read
    another file.
    """
    _compare(remote.loaded, describe_loaded())
    path, intake = job.source.path, remote.intake
    if intake is None:
        raise SetupError(
            say(
                "The worker on {host} does not see {file}. Mount its folder there by the same path, readable for the "
                "worker. Nothing was written.",
                host=remote.loaded.host,
                file=path.absolute(),
            ),
            host=remote.loaded.host,
            file=str(path),
        )
    own = hash_workbook(path)
    tallies = tuple(replace(tally, path=path) for tally in intake.collected.tallies)
    if any(tally.sha256 != own for tally in tallies):
        file = show_name(path)
        raise DataError(
            say("{file}: was changed while it was read. Run again when it is complete.", file=file), file=str(path)
        )
    return replace(intake, collected=replace(intake.collected, tallies=tallies))


def _compare(theirs: Loaded, own: Loaded) -> None:
    shared = theirs.modules.keys() & own.modules.keys()
    others = sorted(name for name in shared if theirs.modules[name] != own.modules[name])
    if theirs.python == own.python and not others:
        return
    what = ", ".join(others[:3]) or f"Python {theirs.python}"
    raise SetupError(
        say(
            "The worker on {host} has loaded other code than this process ({what}): its facts might differ. Install "
            "the same versions there, on the same Python ({python}), and start the worker again. Nothing was written.",
            host=theirs.host,
            what=what,
            python=own.python,
        ),
        host=theirs.host,
    )


def describe_loaded() -> Loaded:
    """Describe what this process has loaded of wdh, of domains and of plugins: not what is installed by now."""
    tops = {_OWN, *(plugin.package for plugin in (*domain_names(), *plugin_names()))}
    modules = {
        name: _hash_module(module)
        for name, module in [*sys.modules.items()]
        if name.partition(".")[0] in tops and isinstance(module, ModuleType)
    }
    return Loaded(socket.gethostname(), platform.python_version().rpartition(".")[0], modules)


_hashes: Final[dict[str, tuple[ModuleType, str]]] = {}


def _hash_module(module: ModuleType) -> str:
    known = _hashes.get(module.__name__)
    if known is None or known[0] is not module:
        digest = hashlib.sha256()
        for name, value in sorted(vars(module).items()):
            parts = [_show_constant(value)] if name.isupper() and _is_plain(value) else _codes(value, module.__name__)
            for part in parts:
                digest.update(f"{name}\n{part}\n".encode("utf-8", "backslashreplace"))
        known = _hashes[module.__name__] = (module, digest.hexdigest())
    return known[1]


def _codes(value: Any, module: str) -> Iterator[str]:
    """Give the code of a function or of the functions of a class of this module, without where its file lies."""
    if isinstance(value, FunctionType) and value.__module__ == module:
        yield _show_code(value.__code__)
    elif isinstance(value, type) and value.__module__ == module:
        for name, member in sorted(vars(value).items()):
            function = getattr(member, "__func__", getattr(member, "fget", member))
            if isinstance(function, FunctionType):
                yield f"{name} {_show_code(function.__code__)}"


def _is_plain(value: object) -> bool:
    """Say whether a constant looks the same in each process."""
    if isinstance(value, (tuple, frozenset)):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (str, bytes, int, float))


def _show_code(code: CodeType) -> str:
    constants = [_show_code(each) if isinstance(each, CodeType) else _show_constant(each) for each in code.co_consts]
    return f"{code.co_code.hex()} {code.co_names} {code.co_varnames} {constants}"


def _show_constant(value: object) -> str:
    return str(sorted(map(repr, value))) if isinstance(value, frozenset) else repr(value)
