"""The way from the old files to the text of ours, and to the list of what it lacks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from msgspec import Struct

from wdh.configuration import Fault, Provided, find_faults
from wdh.configuration.document import Document, read_document
from wdh.configuration.faults import KeyPath
from wdh.configuration.plain_file import Unreadable
from wdh.configuration.rules import mapping_of
from wdh.domain.loading import JUDGES, ask_for_provided, load_hooks
from wdh.errors import SetupError
from wdh.inspection import write_yaml
from wdh.migration.entries import OLD_KEYS, OldEntry, Parts, common_folder, migrate_entry
from wdh.migration.losses import Losses
from wdh.migration.references import Brought, migrate_keys, switch_off
from wdh.registry import domain_names
from wdh.words.language import join, later, say
from wdh.words.printable import show_controls

KEYS_NAME: Final = "foreign_keys.yml"
_OLD_IDS: Final = "IN*"
"""The ids that earlier deployments made for companies nobody knew: IN and Base32, as well as ours, IN_ and digits."""


class Migrated(Struct, frozen=True):
    """The text of a data_sources.yml without faults, and what of the old files is not in it."""

    text: str
    losses: tuple[Fault, ...]


def migrate(sources: Path, keys: Path | None, *, target: Path) -> Migrated:
    """Turn old files into ours. ``keys`` None: foreign_keys.yml beside ``sources``, where there is one.

    ``target`` is where the text is to stand: what it names is looked for from there. Nothing is written. Raises
    SetupError where a file cannot be read, or no domain can be carried over.
    """
    beside = sources.parent / KEYS_NAME
    old = _read(sources)
    foreign = None if keys is None and not beside.is_file() else _read(keys or beside)
    migration = _Migration(old, foreign)
    value = migration.write()
    while value["domains"]:
        text = write_yaml(value)
        faults = find_faults(target, migration.provide(value["domains"]), judges=JUDGES, text=text)
        if not faults:
            return Migrated("".join(_head(sources, migration.found)) + text, migration.found)
        migration.leave_out(value, faults)
    lines = join("\n", map(str, migration.found))
    raise SetupError(
        say("no domain of {sources} can be carried over:\n{lines}", sources=sources, lines=lines), file=str(sources)
    )


def _head(sources: Path, losses: tuple[Fault, ...]) -> Iterator[str]:
    yield say("# Written by wdh migrate from {name}.\n", name=show_controls(sources.name))
    if losses:
        yield say("# Not as it was, by the line of the old file:\n")
    yield from (f"#   {show_controls(str(loss))}\n" for loss in losses)


def _read(path: Path) -> Document:
    try:
        return read_document(path)
    except Unreadable as error:
        raise SetupError(str(error), file=str(path)) from error


class _Migration:
    def __init__(self, old: Document, foreign: Document | None) -> None:
        from wdh_schemas import read_contract

        contract = read_contract("data_sources")
        self._core = frozenset(contract["$defs"]["domain"]["properties"])
        self._top = frozenset(contract["properties"])
        self._old, self._foreign = old, foreign
        self._losses = Losses(old)
        self._key_losses = self._losses if foreign is None else Losses(foreign)
        self._installed: dict[str, Provided] = {}

    @property
    def found(self) -> tuple[Fault, ...]:
        """All losses, those of the foreign keys last."""
        return tuple(dict.fromkeys((*self._losses.found, *self._key_losses.found)))

    def write(self) -> dict[str, Any]:
        """Write the file's value: what it says of domains, and what is ours already."""
        value = self._old.value
        for key in value:
            if key not in self._top and key not in ("schema_version", "defaults"):
                self._losses.tell((key,), say("is no part of a data_sources.yml of wdh"))
        defaults = mapping_of(value.get("defaults"))
        for key in defaults:
            if key not in OLD_KEYS:
                self._losses.tell(("defaults", key), say("is no default that can be carried over"))
        entries = [
            OldEntry(name, mapping_of(each), defaults) for name, each in mapping_of(value.get("domains")).items()
        ]
        self._tell_strangers({old.name for old in entries})
        folder = self._choose_folder(entries)
        ours = {key: each for key, each in value.items() if key in self._top and key not in ("domains", "defaults")}
        made = {old.name: self._write_entry(old, folder) for old in entries}
        return {**ours, "domains": {name: entry for name, entry in made.items() if entry is not None}}

    def provide(self, domains: Mapping[str, Any]) -> dict[str, Provided]:
        """Say what the packages of these domains bring; a domain that declares its columns needs none."""
        declared = {name: Provided(None, None, name, "needed") for name, entry in domains.items() if "columns" in entry}
        return {**declared, **self._installed}

    def leave_out(self, value: dict[str, Any], faults: tuple[Fault, ...]) -> None:
        """Leave out the domains that the configuration check finds faults in, or the keys beside them."""
        domains = value["domains"]
        before = len(domains), len(value)
        for fault in faults:
            top, *_ = fault.path.partition(".")
            named = next((name for name in domains if f"{fault.path}.".startswith(f"domains.{name}.")), None)
            if named is not None:
                del domains[named]
                self._losses.tell(
                    ("domains", named),
                    say("the domain is left out whole: {path} {message}", path=fault.path, message=fault.message),
                )
            elif top in value and top != "domains":
                del value[top]
                self._losses.tell((top,), say("is left out: {path} {message}", path=fault.path, message=fault.message))
        if before == (len(domains), len(value)):
            raise SetupError(
                say("the old file cannot be carried over: {faults}", faults=faults[0]), file=str(self._old.path)
            )

    def _tell_strangers(self, known: Collection[str]) -> None:
        for name in mapping_of(None if self._foreign is None else self._foreign.value.get("domains")):
            if name not in known:
                self._key_losses.tell(
                    ("domains", name), say("is left out: {name} has no such domain", name=self._old.path.name)
                )

    def _choose_folder(self, entries: list[OldEntry]) -> Parts:
        based = [old for old in entries if old.base]
        if not based:
            return ()
        folder = common_folder(old.base for old in based)
        place = str(PurePosixPath(*folder)) if folder else say("the folder that these are below")
        _, path = based[0].find("base_path")
        self._losses.tell(
            path, say("the folder of all workbooks is given with --data-dir (WDH_DATA_BASE_DIR): {place}", place=place)
        )
        return folder

    def _write_entry(self, old: OldEntry, folder: Parts) -> dict[str, Any] | None:
        brought = self._ask_package(old.name)
        settings = self._installed[old.name].settings or {} if old.name in self._installed else {}
        entry = migrate_entry(old, known={*self._core, *settings}, folder=folder, losses=self._losses)
        if entry is None:
            return None
        if "refs" not in entry:
            keys, path, losses = self._find_keys(old)
            wanted, _ = old.find("requires_backfill")
            if wanted is False and keys:
                self._losses.tell(old.path, say("requires_backfill is false: its foreign keys are not carried over"))
            elif wanted and not keys:
                self._losses.tell(
                    old.path, say("requires_backfill is true, and it has no foreign keys: nothing is backfilled")
                )
            off = wanted is False or not keys
            refs = switch_off(brought) if off else migrate_keys(keys, path, brought=brought, losses=losses)
            entry |= {"refs": refs} if refs else {}
        for column in (column for contract in settings.values() for column in contract.get("derives", {})):
            if column not in entry.get("provisional", {}):
                entry.setdefault("provisional", {})[column] = _OLD_IDS
                self._losses.tell(old.path, say(_IDS, column=column))
        if old.name not in self._installed and "columns" not in entry:
            self._losses.tell(old.path, say(_NO_COLUMNS))
        return entry

    def _ask_package(self, name: str) -> Brought:
        if all(plugin.name != name for plugin in domain_names()):
            return Brought({})
        provided = self._installed[name] = ask_for_provided(name, self._old.path)
        if provided.fault is not None:
            return Brought({})
        tables = load_hooks(name, self._old.path).provide_tables()
        columns = None if tables is None else tuple(tables["facts"].columns)
        return Brought(provided.copy().refs or {}, columns)

    def _find_keys(self, old: OldEntry) -> tuple[Any, KeyPath, Losses]:
        """Give the foreign keys of a domain and their place: of a file of their own, or of the domain's entry."""
        if self._foreign is not None:
            entry = mapping_of(self._foreign.value.get("domains")).get(old.name)
            if isinstance(entry, list):
                return entry, ("domains", old.name), self._key_losses
            if "foreign_keys" in (held := mapping_of(entry)):
                return held["foreign_keys"], ("domains", old.name, "foreign_keys"), self._key_losses
        return old.value.get("foreign_keys"), (*old.path, "foreign_keys"), self._losses


_IDS: Final = later(
    "{column}: ids made for companies that nobody knew were IN and Base32, and are IN_ and hexadecimal digits here; "
    "both are provisional, and give way to real ones"
)
_NO_COLUMNS: Final = later(
    "no package is installed for the domain, and the old file does not say what its columns are: wdh-run asks for "
    "columns:, which `wdh inspect FILE` proposes"
)
