"""The domain at work in a fresh interpreter, where nothing is remembered and sets are in another order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wdh.errors import PluginError
from wdh.testing.domain import DomainUnderTest

if TYPE_CHECKING:
    from wdh.registry import Plugin

SEEDS = ("1", "2")
_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Observed:
    """The result of a fresh interpreter. ``facts`` and ``plans`` are lines by workbook; ``fault`` is where it ended.

    ``printed`` and ``called`` name the code that wrote to stdout or stderr, or asked for a connection.
    """

    seed: str
    facts: Mapping[str, Sequence[str]]
    plans: Mapping[str, Sequence[str]]
    fault: str | None
    printed: Sequence[str]
    called: Sequence[str]


def observe_fresh(subject: DomainUnderTest, workbooks: Sequence[Path], *, folder: Path, seed: str) -> Observed:
    """Start an interpreter whose strings hash by ``seed``, and have it read and plan the workbooks.

    It finds what this one finds on sys.path. Raises PluginError where it ends without an answer.
    """
    answer = folder / "answer.json"
    order = {
        "domain": subject.name,
        "config": str(subject.config.resolve()),
        "workbooks": [str(workbook) for workbook in workbooks],
        "folder": str(folder),
        "answer": str(answer),
    }
    done = subprocess.run(
        [sys.executable, "-c", "from wdh.testing.observer import main; main()"],
        input=json.dumps(order).encode("ascii"),
        env=_environment(seed),
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    if not answer.exists():
        said = done.stderr.decode("utf-8", "replace").strip()
        raise PluginError(
            f"domain {subject.name!r} ended the interpreter it was loaded in (exit code {done.returncode}); a hook may "
            f"not exit. It said:\n{said}",
            domain=subject.name,
        )
    return _read_answer(json.loads(answer.read_text("utf-8")), seed)


def _environment(seed: str) -> dict[str, str]:
    """The environment without what changes how Python speaks: warnings of others are not the domain's words."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return kept | {"PYTHONPATH": path, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _read_answer(answer: Mapping[str, Any], seed: str) -> Observed:
    readings = answer["readings"]
    return Observed(
        seed,
        {name: reading["facts"] for name, reading in readings.items() if "facts" in reading},
        {name: reading["plan"] for name, reading in readings.items() if "plan" in reading},
        answer["fault"],
        answer["printed"],
        answer["called"],
    )


def observe_import(plugin: Plugin) -> Sequence[str]:
    """Import a plugin in a fresh interpreter; give what it printed, and what it changed in the process, in sentences.

    Raises PluginError where it ends the interpreter.
    """
    order = json.dumps([plugin.group, plugin.name, plugin.value, plugin.distribution])
    done = subprocess.run(
        [sys.executable, "-c", "from wdh.testing.observer import watch_import; watch_import()"],
        input=order.encode("ascii"),
        env=_environment(SEEDS[0]),
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    try:
        findings: Sequence[str] = json.loads(done.stdout)
    except ValueError:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise plugin.error(f"ended the interpreter that imported it (exit code {done.returncode}): {said}") from None
    return findings
