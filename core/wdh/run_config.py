"""The nested run configuration of earlier deployments, for the schedulers that still read it."""

from __future__ import annotations

from typing import Any

from wdh.engine import CHUNK_SIZE


def build_run_config(args: Any) -> dict[str, Any]:
    """Put command-line arguments (any object with the flags as attributes) into the nested form ``ops → op → config``.

    A missing attribute counts as the flag left out. ``plan_only`` is true unless ``execute`` is: --execute wins.
    ``targets`` lists what --backfill-refs names, ``["all"]`` when left out; ``skip`` is --skip-facts.
    """
    plan_only = not _flag(args, "execute", False)
    names = _flag(args, "backfill_refs", "all") or "all"
    targets = [names] if isinstance(names, str) else list(names)
    return {
        "ops": {
            "discover_files_op": {
                "config": {"domain": _flag(args, "domain", None), "max_files": _flag(args, "max_files", 1)}
            },
            "read_excel_op": {"config": {"sheet": _flag(args, "sheet", None)}},
            "backfill_refs_op": {
                "config": {
                    "targets": targets,
                    "mode": _flag(args, "backfill_mode", None) or "insert_missing",
                    "plan_only": plan_only,
                    "chunk_size": CHUNK_SIZE,
                }
            },
            "load_op": {
                "config": {
                    "mode": _flag(args, "mode", "delete_insert"),
                    "pk": _flag(args, "pk", None),
                    "plan_only": plan_only,
                    "skip": bool(_flag(args, "skip_facts", False)),
                }
            },
        }
    }


def _flag(args: Any, name: str, default: Any) -> Any:
    return getattr(args, name, default)
