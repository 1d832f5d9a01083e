"""Lists what is installed, without importing any of it into this process.

Each plugin is imported by a process of its own, as it would be for a run: one that exits, hangs or crashes spoils
nothing but its own line.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from msgspec import Struct, field

from wdh.registry.entry_points import DOMAINS, PLUGINS, find_plugins
from wdh.registry.implementations import Plugin
from wdh.words.language import ENGLISH, Said, join, say, spoken

LISTING_TIME_LIMIT: Final = 20.0
"""Seconds for all of one plugin: a list of what is installed should not wait for it."""

_AT_ONCE: Final = 4
_PROGRAM: Final = "from wdh.registry.inspection import main; main()"


class Listed(Struct, frozen=True):
    """A domain, or a plugin for every domain (``is_domain``): which hooks it has, and which references it brings.

    ``refs`` says of each whether it takes part without being switched on. ``fault`` is a sentence about what is wrong
    with it; None: nothing, as far as can be seen without a workbook.
    """

    plugin: Plugin
    is_domain: bool
    hooks: tuple[str, ...] = ()
    refs: Mapping[str, bool] = field(default_factory=dict)
    fault: str | None = None


def list_installed(*, time_limit: float = LISTING_TIME_LIMIT) -> tuple[Listed, ...]:
    """List the domains, then the plugins for every domain, each by name; ``time_limit`` is that for each of them."""
    found = [*sorted(find_plugins(DOMAINS)), *sorted(find_plugins(PLUGINS))]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return tuple(pool.map(lambda plugin: _look(plugin, found, time_limit=time_limit), found))


def _look(plugin: Plugin, all_found: Sequence[Plugin], *, time_limit: float) -> Listed:
    is_domain = plugin.group == DOMAINS
    if plugin.fault is not None:
        return Listed(plugin, is_domain, fault=say("{entry}: {fault}", entry=plugin.entry, fault=plugin.fault))
    seen = _ask(plugin, time_limit=time_limit)
    fault = seen.get("fault") or _show_rivals(plugin, all_found)
    return Listed(plugin, is_domain, tuple(seen.get("hooks", ())), seen.get("refs", {}), fault)


def _show_rivals(plugin: Plugin, all_found: Sequence[Plugin]) -> str | None:
    rivals = [each for each in all_found if (each.group, each.name) == (plugin.group, plugin.name) and each != plugin]
    return describe_twins(plugin, *rivals) if rivals else None


def list_twins() -> tuple[tuple[Plugin, ...], ...]:
    """List the names that several packages claim, each with all that claim it. Imports nothing."""
    claims: dict[tuple[str, str], list[Plugin]] = {}
    for plugin in sorted((*find_plugins(DOMAINS), *find_plugins(PLUGINS))):
        if plugin.fault is None:
            claims.setdefault((plugin.group, plugin.name), []).append(plugin)
    return tuple(tuple(each) for each in claims.values() if len(each) > 1)


def describe_twins(plugin: Plugin, *rivals: Plugin) -> str:
    """Say which other packages claim the name of a domain or plugin, and what follows of it."""
    others = join(say(" and "), [rival.entry for rival in rivals])
    told = {"entry": plugin.entry, "name": plugin.name, "others": others}
    if plugin.group == DOMAINS:
        return say(
            "{entry}: the name {name!r} is claimed by {others}, too: no run of this domain can begin; uninstall all "
            "but one of them",
            **told,
        )
    return say(
        "{entry}: the name {name!r} is claimed by {others}, too: both are asked and told, but neither can have "
        "settings, and --without-plugin means both; uninstall all but one of them",
        **told,
    )


def _ask(plugin: Plugin, *, time_limit: float) -> Mapping[str, Any]:
    wanted = json.dumps([plugin.group, plugin.name, plugin.value, plugin.distribution])
    # Into a file: a process that the plugin starts holds a pipe open, and nobody would hear of its end.
    with tempfile.TemporaryFile(prefix="wdh-listing-") as answer:
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter and program
                [sys.executable, "-c", _PROGRAM, wanted, json.dumps(sys.path), spoken()],
                stdin=subprocess.DEVNULL,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                timeout=time_limit,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {
                "fault": say(
                    "{entry}: took longer than {time_limit:g} s to import or to give its refs",
                    entry=plugin.entry,
                    time_limit=time_limit,
                )
            }
        answer.seek(0)
        text = answer.read().decode("utf-8", "replace")
    try:
        seen: Mapping[str, Any] = json.loads(text)
    except ValueError:
        ended = (
            say("exit code {code}", code=done.returncode)
            if done.returncode >= 0
            else say("signal {number}", number=-done.returncode)
        )
        return {"fault": say("{entry}: ended the process that imported it ({ended})", entry=plugin.entry, ended=ended)}
    if "fault_in_english" in seen and spoken() != ENGLISH:
        return {"fault": Said(seen["fault"], seen["fault_in_english"])}
    return seen
