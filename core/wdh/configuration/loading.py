"""The way from a file to a Configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from wdh.configuration.checking import NOBODY, Judges, Plugins, check_document
from wdh.configuration.completion import complete_refs, complete_settings, keep_enabled
from wdh.configuration.document import Document, Unreadable, read_document
from wdh.configuration.faults import Fault, find_near
from wdh.configuration.mapping_files import include_files
from wdh.configuration.provided import Provided
from wdh.configuration.values import make_discovery, make_domain, make_ledger, make_limits
from wdh.errors import PluginError, SetupError
from wdh.settings import Configuration
from wdh.sql.identifiers import Target

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
    domains = _domains(document)
    if domains and domain not in domains:
        raise _missing_domain(path, domain, domains=domains)
    document = include_files(document, {domain: provided})
    _refuse(path, check_document(document, {domain: provided}, judges=judges, plugins=plugins))
    entry, answers = document.value["domains"][domain], provided.copy()
    return Configuration(
        path=path,
        domain=make_domain(
            domain,
            entry,
            refs=keep_enabled(complete_refs(entry.get("refs", {}), answers.refs or {})),
            settings=complete_settings(entry, answers.settings or {}),
            time_zone=document.value.get("time_zone"),
        ),
        discovery=make_discovery(document.value.get("discovery", {})),
        limits=make_limits(document.value.get("limits", {})),
        ledger=make_ledger(document.value.get("ledger", {})),
        withhold_values=document.value.get("withhold_values", False),
        plugins={
            name: complete_settings(block, plugins[name][0].copy().settings or {})
            for name, block in document.value.get("plugins", {}).items()
        },
    )


def written_domains(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """Give the entries of a configuration by domain, in its order and as they are written: nothing is checked.

    Raises SetupError where the file cannot be read or has no domains.
    """
    domains = _domains(_read(path))
    if not domains:
        raise SetupError(f"{path} has no domains; add one under domains: (wdh demo writes an example)", file=str(path))
    return {name: entry if isinstance(entry, dict) else {} for name, entry in domains.items()}


def read_ledger(path: Path) -> Target:
    """Name the ledger of a configuration. Raises SetupError where the file cannot be read or its block is faulty."""
    document = _read(path)
    _refuse(path, tuple(fault for fault in check_document(document, {}) if fault.path.startswith("ledger")))
    return make_ledger(document.value.get("ledger", {}))


def _missing_domain(path: Path, domain: str, *, domains: Iterable[str]) -> SetupError:
    near = find_near(domain, domains)
    advice = f"did you mean {near}?" if near is not None else "add it under domains:, or ask for one that is there."
    return SetupError(
        f"the domain {domain!r} is not in {path}: {advice} The file has {', '.join(domains)}",
        file=str(path),
        domain=domain,
    )


def _read(path: Path) -> Document:
    try:
        return read_document(path)
    except Unreadable as error:
        raise SetupError(str(error), file=str(path), faults=(error.fault,)) from error


def _domains(document: Document) -> Mapping[str, Any]:
    domains = document.value.get("domains")
    return domains if isinstance(domains, dict) else {}


def _refuse(path: Path, faults: tuple[Fault, ...]) -> None:
    if not faults:
        return
    many = f"{len(faults)} faults" if len(faults) > 1 else "a fault"
    kind = PluginError if any(fault.line is None for fault in faults) else SetupError
    raise kind("\n".join((f"{path} has {many}:", *_show(faults))), file=str(path), faults=faults)


def _show(faults: tuple[Fault, ...]) -> Iterable[str]:
    yield from map(str, faults[:_MOST_SHOWN])
    if len(faults) > _MOST_SHOWN:
        yield f"… and {len(faults) - _MOST_SHOWN} more"
