"""The way from a file to a Configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import getitem
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from wdh.configuration.checking import NOBODY, Judges, Plugins, check_document
from wdh.configuration.completion import complete_refs, complete_settings, keep_enabled, read_sources
from wdh.configuration.document import Document
from wdh.configuration.faults import Fault, KeyPath, show_path
from wdh.configuration.mapping_files import include_files, make_tables
from wdh.configuration.plain_file import Unreadable
from wdh.configuration.provided import Provided
from wdh.configuration.rules import mapping_of
from wdh.configuration.values import make_discovery, make_domain, make_ledger, make_limits
from wdh.errors import PluginError, SetupError
from wdh.settings import Configuration
from wdh.sql.identifiers import Target
from wdh.warehouse.strays import refuse_env_file
from wdh.words.language import join, of_both, say, say_count
from wdh.words.spelling import near_match

_MOST_SHOWN = 50


def load_configuration(
    path: Path,
    *,
    domain: str,
    provided: Provided,
    judges: Judges = NOBODY,
    plugins: Plugins = MappingProxyType({}),
) -> Configuration:
    """Read, check and complete the configuration for one domain.

    ``provided`` is what the domain's package brings; ``judges`` judge what no contract can;
    ``plugins`` are those that serve every domain. Raises SetupError with all faults of the file, one per line, or
    where the domain is not in it; PluginError where a package has a part in them.
    """
    document = _read(path)
    domains = mapping_of(document.value.get("domains"))
    if domains and domain not in domains:
        near = near_match(domain, domains)
        add = say("add it under domains:, or ask for one that is there.")
        advice = add if near is None else say("did you mean {near}?", near=near)
        raise SetupError(
            say(
                "the domain {domain!r} is not in {path}: {advice} The file has {domains}",
                domain=domain,
                path=path,
                advice=advice,
                domains=", ".join(domains),
            ),
            file=str(path),
            domain=domain,
        )
    document = include_files(document, {domain: provided})
    _refuse(path, check_document(document, {domain: provided}, judges=judges, plugins=plugins))
    entry, answers = document.value["domains"][domain], provided.copy()
    made = make_domain(
        domain,
        entry,
        refs=keep_enabled(complete_refs(entry.get("refs", {}), answers.refs or {})),
        settings=complete_settings(entry, answers.settings or {}),
        time_zone=document.value.get("time_zone"),
    )
    if document.tables:
        made = replace(made, tables=make_tables(document.tables, answers.settings or {}, provisional=made.provisional))
    if "after" in entry:
        from wdh.configuration.statement_files import read_statements

        made = replace(made, after=read_statements(path, entry))
    blocks = document.value.get("plugins", {})
    return Configuration(
        path=path,
        domain=made,
        discovery=make_discovery(document.value.get("discovery", {})),
        limits=make_limits(document.value.get("limits", {})),
        ledger=make_ledger(document.value.get("ledger", {})),
        forecast=document.value.get("forecast", False),
        withhold_values=document.value.get("withhold_values", False),
        approvals=document.value.get("approvals", "optional"),
        plugins={
            name: complete_settings(block, plugins[name][0].copy().settings or {})
            for name, block in blocks.items()
            if name in plugins and plugins[name][0].is_asked
        },
        absent=tuple(name for name in blocks if name not in plugins),
    )


def written_domains(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """Give the entries of a configuration by domain, in its order and as they are written: nothing is checked.

    Raises SetupError where the file cannot be read or has no domains.
    """
    domains = mapping_of(_read(path).value.get("domains"))
    if not domains:
        raise SetupError(
            say("{path} has no domains; add one under domains: (wdh demo writes an example)", path=path), file=str(path)
        )
    return {name: mapping_of(entry) for name, entry in domains.items()}


def written_plugins(path: Path) -> Mapping[str, Any]:
    """Give the blocks of the plugins of a configuration, as they are written: nothing is checked.

    Raises SetupError where the file cannot be read.
    """
    return mapping_of(_read(path).value.get("plugins"))


def read_ledger(path: Path) -> Target:
    """Name the ledger of a configuration. Raises SetupError where the file cannot be read or its block is faulty."""
    document = _read(path)
    _refuse(path, tuple(fault for fault in check_document(document, {}) if fault.path.startswith("ledger")))
    return make_ledger(document.value.get("ledger", {}))


def _read(path: Path) -> Document:
    try:
        return read_sources(path)
    except Unreadable as error:
        raise SetupError(str(error), file=str(path), faults=(error.fault,)) from error


def _refuse(path: Path, faults: tuple[Fault, ...]) -> None:
    if not faults:
        return
    kind = PluginError if any(fault.line is None for fault in faults) else SetupError
    if all(fault.line is None for fault in faults):  # the file has no part in them
        raise kind(join("\n", _show(faults)), file=str(path), faults=faults)
    head = say_count("{path} has a fault:", "{path} has {count} faults:", len(faults), path=path)
    raise kind(join("\n", (head, *_show(faults))), file=str(path), faults=faults)


def _show(faults: tuple[Fault, ...]) -> Iterable[str]:
    yield from map(str, faults[:_MOST_SHOWN])
    if len(faults) > _MOST_SHOWN:
        yield say("… and {count} more", count=len(faults) - _MOST_SHOWN)


def point_at(error: SetupError, path: Path, *, domain: str) -> SetupError:
    """Put line and column in front of an error of a run of ``domain``; without a place, give the error itself.

    The error's facts say what it is about: ``setting`` is the way to a key of the file or of the domain's entry,
    ``table_name`` a table that some key of the domain, of the ledger or of a plugin names.
    """
    if type(error) is not SetupError or not {"setting", "table_name"} & error.facts.keys():
        return error
    try:
        document = read_sources(path)
    except (Unreadable, SetupError):
        return error
    found = _find_key(document, error, domain=domain)
    if found is None:
        return error
    line, column = document.places[found].value
    said = _without_setting(error.message, str(error.facts.get("setting")))
    place = f"{path.name}:{line}:{column}"
    facts = {"file": str(path), **error.facts}
    return SetupError(say("{place} {path}: {message}", place=place, path=show_path(found), message=said), **facts)


@of_both
def _without_setting(message: str, setting: str) -> str:
    """Take away the setting that a sentence begins with: the place says which it is."""
    return message.removeprefix(setting).lstrip(":：").lstrip()


def _find_key(document: Document, error: SetupError, *, domain: str) -> KeyPath | None:
    setting, table = error.facts.get("setting"), error.facts.get("table_name")
    for path in document.places:
        if setting is not None and show_path(path) in (setting, f"domains.{domain}.{setting}"):
            return path
        is_asked = path[:2] == ("domains", domain) or path[:1] in (("ledger",), ("plugins",))
        if table is not None and is_asked and path[-1] == "table" and reduce(getitem, path, document.value) == table:
            return path
    return None


FILE_NAME = "data_sources.yml"
VARIABLE = "WDH_DATA_SOURCES_CONFIG"


def locate_configuration(flag: Path | None, environment: Mapping[str, str], *, cwd: Path) -> Path:
    """Find the configuration: ``flag`` (--config), else WDH_DATA_SOURCES_CONFIG, else data_sources.yml in ``cwd``.

    A relative path counts from ``cwd``; an empty variable counts as unset. Raises SetupError where no file is there,
    and where a .env in ``cwd`` sets variables of wdh that nobody would read.
    """
    refuse_env_file(environment, cwd)
    variable = environment.get(VARIABLE, "").strip()
    if flag is not None:
        path, origin = cwd / flag, "--config"
    elif variable:
        path, origin = cwd / variable, VARIABLE
    else:
        path, origin = cwd / FILE_NAME, say("no --config and no {variable} is set", variable=VARIABLE)
    if path.is_file():
        return path
    what = say("is no file") if path.exists() else say("does not exist")
    raise SetupError(
        say(
            "the configuration {path} {what} ({origin}); name one with --config or {variable}; wdh demo "
            "writes an example",
            path=path,
            what=what,
            origin=origin,
            variable=VARIABLE,
        ),
        file=str(path),
    )
