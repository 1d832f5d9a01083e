"""The nested run configuration of earlier deployments, for the schedulers that still read it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from wdh.engine import CHUNK_SIZE
from wdh.errors import SetupError
from wdh.words.language import say


def build_run_config(args: Any) -> dict[str, Any]:
    """Put command-line arguments (any object with the flags as attributes) into the nested form ``ops → op → config``.

    A missing attribute, or None, is a flag left out. ``table`` and ``pk`` are the domain's in the configuration that
    a run would read (``config``, else WDH_DATA_SOURCES_CONFIG, else ./data_sources.yml); ``args.pk`` wins. Where there
    is no such file, ``table`` is the domain's name and ``pk`` is empty. ``sheet`` is the domain's unless it is given,
    a number where it is one. ``targets`` is ``[]`` where no reference is named or ``none`` is, as it was: wdh-run
    itself backfills all then. ``plan_only`` is true unless ``execute`` is: --execute wins. ``skip`` is --skip-facts.

    Raises SetupError where the configuration that is named is not there, cannot be read, or lacks the domain.
    """
    domain = _flag(args, "domain", None)
    entry = _read_entry(_flag(args, "config", None), domain)
    plan_only = not args.execute if hasattr(args, "execute") else bool(_flag(args, "plan_only", True))
    return {
        "ops": {
            "discover_files_op": {"config": {"domain": domain, "max_files": _flag(args, "max_files", 1)}},
            "read_excel_op": {"config": {"sheet": _sheet(_flag(args, "sheet", entry.get("sheet", 0)))}},
            "backfill_refs_op": {
                "config": {
                    "targets": _targets(_names(_flag(args, "backfill_refs", ()))),
                    "mode": _flag(args, "backfill_mode", "insert_missing"),
                    "plan_only": plan_only,
                    "chunk_size": CHUNK_SIZE,
                }
            },
            "load_op": {
                "config": {
                    "table": entry.get("table", domain),
                    "mode": _flag(args, "mode", "delete_insert"),
                    "pk": _names(_flag(args, "pk", ())) or _names(entry.get("pk") or ()),
                    "plan_only": plan_only,
                    "skip": bool(_flag(args, "skip_facts", False)),
                }
            },
        }
    }


def _flag(args: Any, name: str, default: Any) -> Any:
    value = getattr(args, name, None)
    return default if value is None else value


def _read_entry(flag: str | Path | None, domain: str | None) -> Mapping[str, Any]:
    """Read the domain's entry of the configuration; empty where there is no configuration."""
    from wdh.configuration import locate_configuration, written_domains
    from wdh.configuration.loading import FILE_NAME, VARIABLE

    is_named = flag is not None or bool(os.environ.get(VARIABLE, "").strip())
    if domain is None or not (is_named or Path(FILE_NAME).is_file()):
        return {}
    path = locate_configuration(None if flag is None else Path(flag), os.environ, cwd=Path.cwd())
    domains = written_domains(path)
    if domain not in domains:
        raise SetupError(
            say(
                "the domain {domain!r} is not in {path}, which has {domains}; name one of these, or add it",
                domain=domain,
                path=path,
                domains=", ".join(domains),
            ),
            file=str(path),
            domain=domain,
        )
    return domains[domain]


def _names(value: str | Iterable[object]) -> list[str]:
    """Read a list of names: ``a,b;c``, or one that is a list already."""
    parts = re.split("[,;，；]", value) if isinstance(value, str) else [str(name) for name in value]
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _targets(names: list[str]) -> list[str]:
    """Give the references that are named; ``all`` is all of them, whatever stands beside it, and ``none`` is no one."""
    return ["all"] if "all" in names else [name for name in names if name != "none"]


def _sheet(value: str | int) -> str | int:
    return int(value) if isinstance(value, str) and value.isdecimal() else value
