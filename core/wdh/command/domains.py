"""``wdh domains``: every domain and plugin there is, where it comes from, and what is wrong with it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from wdh.command.failures import exit_with
from wdh.command.options import CONFIG, OUTPUT
from wdh.command.printing import Reporting, print_result
from wdh.configuration import locate_configuration, written_domains
from wdh.errors import SetupError, WdhError
from wdh.registry import Listed, list_installed
from wdh.report.blocks import Line, Pairs, Result, Section, Table
from wdh.words.language import say

_SWITCHED_OFF = ", switched off"

Written = Mapping[str, Mapping[str, Any]]


class Entry(Struct, frozen=True):
    """One line of the listing. ``kind``: ``domain``, ``plugin``, or ``declared`` (a domain without a package).

    ``made_for`` are the versions of wdh that its distribution requires (None: it does not say). ``refs`` says of each
    reference where it comes from; ``configured`` whether data_sources.yml has the domain (None:
    there is no configuration, or it is a plugin).
    """

    kind: str
    name: str
    distribution: str | None
    version: str | None
    entry_point: str | None
    made_for: str | None
    configured: bool | None
    hooks: tuple[str, ...]
    refs: Mapping[str, str]
    fault: str | None


@click.command(cls=Reporting)
@CONFIG
@OUTPUT
def domains(config: Path | None, output: str) -> None:
    """List every domain and plugin: its distribution, hooks and references, and what is wrong with broken ones.

    Each is imported by a process of its own, so that a broken one is told and harms nothing. Domains that
    data_sources.yml declares without a package are listed, too, where there is such a file.
    """
    try:
        written = _read_written(config)
    except WdhError as error:
        sys.exit(exit_with(error, debug=False))
    entries = list_entries(list_installed(), written)
    print_result(Result([_document(entry) for entry in entries], _page(entries)), output)


def list_entries(installed: Sequence[Listed], written: Written | None) -> tuple[Entry, ...]:
    """Put together what is installed and what a configuration says (None: there is none)."""
    names = {listed.plugin.name for listed in installed if listed.is_domain}
    known = written or {}
    return (
        *(_describe(listed, written) for listed in installed if listed.is_domain),
        *(_declared(name, entry, names) for name, entry in known.items() if name not in names),
        *(_describe(listed, None) for listed in installed if not listed.is_domain),
    )


def _read_written(config: Path | None) -> Written | None:
    try:
        path = locate_configuration(config, os.environ, cwd=Path.cwd())
    except SetupError:
        if config is not None:
            raise
        return None
    return written_domains(path)


def _describe(listed: Listed, written: Written | None) -> Entry:
    plugin = listed.plugin
    own = (written or {}).get(plugin.name, {}) if listed.is_domain else {}
    return Entry(
        kind="domain" if listed.is_domain else "plugin",
        name=plugin.name,
        distribution=plugin.distribution,
        version=plugin.version,
        entry_point=plugin.value or None,
        made_for=plugin.made_for or None,
        configured=None if written is None else plugin.name in written,
        hooks=listed.hooks,
        refs=_trace_refs(listed.refs, own.get("refs")),
        fault=listed.fault,
    )


def _declared(name: str, entry: Mapping[str, Any], installed: set[str]) -> Entry:
    fault = None
    if "columns" not in entry:
        fault = say(
            "data_sources.yml has the domain {name!r}, which declares no columns and which no package provides "
            "(installed are: {installed}); install its package, or add columns",
            name=name,
            installed=", ".join(sorted(installed)) or say("none"),
        )
    refs = _trace_refs({}, entry.get("refs"))
    return Entry("declared", name, None, None, None, None, True, (), refs, fault)


def _trace_refs(provided: Mapping[str, bool], written: Any) -> Mapping[str, str]:
    """Say where each reference comes from: the package, the file, or both; and whether it is switched off."""
    said = written if isinstance(written, dict) else {}
    traced = {}
    for name in dict.fromkeys((*provided, *said)):
        entry = said.get(name, {})
        own = entry if isinstance(entry, dict) else {}  # what else it is, wdh check tells
        is_enabled = entry is not None and own.get("enabled", provided.get(name, True))
        origin = "package and file" if name in provided and name in said else "file" if name in said else "package"
        traced[name] = origin if is_enabled else f"{origin}{_SWITCHED_OFF}"
    return traced


def _document(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in Entry.__struct_fields__}


def _page(entries: Sequence[Entry]) -> Iterator[Line | Table | Section]:
    rows = []
    for entry in entries:
        origin = "data_sources.yml" if entry.distribution is None else f"{entry.distribution} {entry.version}"
        made_for = f"wdh {entry.made_for}" if entry.made_for else ""
        rows.append((entry.kind, entry.name, origin, made_for, _say_state(entry)))
    yield Table((say("kind"), say("name"), say("from"), say("made for"), say("state")), rows)
    for entry in entries:
        pairs: list[tuple[str, tuple[str, ...]]] = [
            (say("hooks"), (", ".join(entry.hooks),) if entry.hooks else ()),
            (say("references"), tuple(_show_refs(entry))),
        ]
        if said := [(label, texts) for label, texts in pairs if texts]:
            yield Section(entry.name, [Pairs(said)])
    if any(origin.endswith(_SWITCHED_OFF) for entry in entries for origin in entry.refs.values()):
        explained = say(
            "nothing is backfilled, as enabled is false; enabled: true below its name in refs switches it on"
        )
        yield Section(say("Switched off"), [Line(explained)])
    if faults := [Line(entry.fault) for entry in entries if entry.fault is not None]:
        yield Section(say("Broken"), faults)


def _say_state(entry: Entry) -> str:
    if entry.fault is not None:
        return say("broken, see below")
    match entry.configured:
        case True:
            return say("in data_sources.yml")
        case False:
            return say("not in data_sources.yml")
        case _:
            return say("serves every domain") if entry.kind == "plugin" else say("installed")


def _show_refs(entry: Entry) -> Iterator[str]:
    by_origin: dict[str, list[str]] = {}
    for name, origin in entry.refs.items():
        by_origin.setdefault(origin, []).append(name)
    for origin, names in by_origin.items():
        place = origin.removesuffix(_SWITCHED_OFF)
        said = {"package": say("package"), "file": say("file"), "package and file": say("package and file")}[place]
        shown = say("{place}, switched off", place=said) if origin != place else said
        yield f"{', '.join(names)} ({shown})"
