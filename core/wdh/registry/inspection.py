"""The process that listing.py starts for each plugin: it imports the plugin and describes it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from wdh.errors import WdhError
from wdh.registry.entry_points import DOMAINS, find_plugins, import_plugin
from wdh.registry.hooks import Hooks
from wdh.registry.implementations import Plugin, collect_implementations
from wdh.words.language import in_english, speak


def main() -> None:
    """Describe the plugin that the first argument names, with the module path of the second, on stdout,
    in the language of the third.

    Text that the plugin prints meanwhile goes to stderr: stdout is for the answer.
    """
    answer = os.dup(1)
    os.dup2(2, 1)
    wanted = json.loads(sys.argv[1])
    sys.path[:] = json.loads(sys.argv[2])
    speak(sys.argv[3])
    group, name, value, distribution = wanted
    (plugin, *_) = (
        found
        for found in find_plugins(group)
        if (found.name, found.value, found.distribution) == (name, value, distribution)
    )
    seen = inspect_plugin(plugin)
    with os.fdopen(answer, "w", encoding="utf-8") as file:
        json.dump(seen, file)
    sys.stderr.flush()
    os._exit(0)  # threads that the plugin started must not keep the answer waiting


def inspect_plugin(plugin: Plugin) -> Mapping[str, Any]:
    """Import and check a plugin: its hooks by name, its refs and whether each is enabled, or the ``fault`` it has."""
    try:
        # The process that started this one waits with a limit of its own.
        implementations = collect_implementations([(plugin, import_plugin(plugin, time_limit=0))], time_limit=0)
        hooks = [hook for hook, functions in implementations.items() if functions]
        refs = Hooks(plugin.name, plugin, implementations).provide_refs() if plugin.group == DOMAINS else None
    except WdhError as error:
        return {"fault": error.message, "fault_in_english": in_english(error.message)}
    return {"hooks": hooks, "refs": {name: _is_enabled(entry) for name, entry in (refs or {}).items()}}


def _is_enabled(entry: object) -> bool:
    return not isinstance(entry, Mapping) or entry.get("enabled", True) is not False
