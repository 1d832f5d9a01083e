"""The context of a run, as its hooks see it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from wdh.errors import SetupError
from wdh.process import observation
from wdh.words.language import say
from wdh.words.redaction import redact
from wdh.words.spelling import near_match

_SECRET: Final = re.compile("WDH_DATABASE__|DSN|(?<![A-Z])URI(?![A-Z])|PASSWORD|PASSWD")
"""Parts of the names of variables that may hold a password: ``WDH_TEST_DSN``, ``WDH_ARCHIVE_URI``."""


@dataclass(frozen=True, slots=True)
class RunContext:
    """Handed to the hooks of a run; the same object for every call of one run."""

    domain: str
    """The domain's name."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The domain's own keys of data_sources.yml (hook ``provide_settings``), completed with their defaults."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The variables whose name starts with ``WDH_``, but for those of a database and ``WDH_LANG``.

    A domain never sees a password; see :func:`choose_visible`.
    """
    period: tuple[int, int] | None = None
    """Year and month, where the run was asked for one month."""
    pk: tuple[str, ...] = ()
    """The columns of the delete scope, in none of which a fact may be NULL; empty: facts are only added."""
    folder: Path = field(default_factory=Path.cwd)
    """The absolute path of the folder of data_sources.yml.

    In a context made by hand, as in a test, it is the working directory unless it is given.
    """

    def input_file(self, path: str | os.PathLike[str]) -> Path:
        """Give the absolute path of a file that the answer depends on, such as a lookup table: from :attr:`folder` on.

        The file counts as an input of the run, also where a library reads it in a way that nobody sees: with another
        content ``--skip-unchanged`` runs again, the ledger has its hash, and an approval is refused that names it. Ask
        for it in each call of a hook, not once for a process. An absolute path, or one that leads out of the folder, is
        as good. Raises SetupError where there is no such file, or it may not be read.
        """
        file = self.folder / path
        by = observation.declare_input(str(file)) or say("the domain {domain}", domain=self.domain)
        fault = _find_fault(file)
        if fault is not None:
            raise SetupError(
                say(
                    "{by}: reads the file {file}, and {fault}. Nothing was touched. Put the file there, or "
                    "correct its path, in the settings or the package: it counts from the folder of "
                    "data_sources.yml.",
                    by=by,
                    file=file,
                    fault=fault,
                ),
                file=str(file),
            )
        return file


def _find_fault(file: Path) -> str | None:
    try:
        if file.is_file():
            with file.open("rb"):
                return None
        if file.exists():
            return say("it is no file")
        beside = [each.name for each in file.parent.iterdir()] if file.parent.is_dir() else []
    except (OSError, ValueError) as error:
        return say("it cannot be read: {error}", error=getattr(error, "strerror", None) or error)
    near = near_match(file.name, beside)
    return say("it is not there") + (say(" (did you mean {near}?)", near=near) if near else "")


_NO_INPUT = frozenset(("WDH_LANG", "WDH_WORKERS"))


def choose_visible(environment: Mapping[str, str]) -> dict[str, str]:
    """Choose the variables that a domain may see: wdh's own, but for those with the name or the marks of a password.

    The language and the number of processes are none of them: what a run does never depends on them.

    A salt is secret too, but code that makes ids with it must know it: its name has SALT in it.
    """
    own = {name: value for name, value in environment.items() if name.startswith("WDH_") and name not in _NO_INPUT}
    return {
        name: value
        for name, value in own.items()
        if "SALT" in name or not (_SECRET.search(name) or redact(value) != value)
    }
