"""A whole configuration against its contract and rules: all faults at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from wdh.configuration.completion import complete_refs, complete_settings, read_sources
from wdh.configuration.contract import FaultyContract, find_breaches
from wdh.configuration.document import Document
from wdh.configuration.faults import Breach, Fault, KeyPath, package_fault, show_path, suggest, unknown_name
from wdh.configuration.mapping_files import check_tables, include_files
from wdh.configuration.plain_file import Unreadable
from wdh.configuration.plugin_blocks import SWITCHES, may_be_absent
from wdh.configuration.provided import Provided, find_wrong_answers
from wdh.configuration.rules import (
    CheckRule,
    check_discovery,
    check_domain,
    check_ledger,
    check_overrides,
    check_picks,
    check_refs,
    check_sources,
    check_targets,
    mapping_of,
)
from wdh.words.language import join, of_both, say
from wdh.words.spelling import near_match

_SURELY_MEANT = 0.8
"""How near a key must be to one of the core's before it is a fault in a domain whose own keys are not known."""


class Declared(Protocol):
    """A column that the file declares."""

    @property
    def sql_type(self) -> str:
        """Its PostgreSQL type."""


Declare = Callable[[str, Any], Declared]
"""Makes a column of its name and an entry that its contract has passed; raises ValueError where none can be made."""


class Judges(Struct, frozen=True):
    """Functions that judge what no contract can. None: nobody does.

    ``declare`` judges the columns that are declared; ``check_rule``, the rules of references for their picks.
    """

    declare: Declare | None = None
    check_rule: CheckRule | None = None


NULL_KEYWORD = "leaves_null"
"""In the contract of a setting: where the setting is null, the fact column that it gives may be NULL."""

NOBODY = Judges()
CheckPicks = Callable[..., Iterator[Breach]]
"""Checks the rules of a completed refs block, as :func:`check_picks`, with what is known of the domain's columns."""

Plugins = Mapping[str, Sequence[Provided]]
"""The answers of the plugins for every domain, by the names of their entry points; two may have the same name."""


def find_faults(
    path: Path,
    provided: Mapping[str, Provided] | None = None,
    *,
    judges: Judges = NOBODY,
    plugins: Plugins | None = None,
    text: str | None = None,
) -> tuple[Fault, ...]:
    """Find all faults of a configuration file, in the order of their lines; those of plugins come last.

    ``provided`` holds what the packages of some domains bring, by the domain's name: these are checked with their
    own keys and completed. In a domain that is not in ``provided`` an unknown key is a fault only if it is nearly
    one of the core's. ``judges`` judge what no contract can. ``plugins`` are those that are installed for every
    domain; None: that is not known, so no block of one is judged. ``text`` is what is to stand in the file; None: it is
    read. Raises SetupError where there is no readable file.
    """
    try:
        document = include_files(read_sources(path, text), provided or {})
    except Unreadable as unreadable:
        return (unreadable.fault,)
    return check_document(document, provided or {}, judges=judges, plugins=plugins)


def check_document(
    document: Document,
    provided: Mapping[str, Provided],
    *,
    judges: Judges = NOBODY,
    plugins: Plugins | None = None,
) -> tuple[Fault, ...]:
    """Find all faults of a file that was read; see :func:`find_faults`."""
    from wdh_schemas import read_contract

    contract = read_contract("data_sources")
    core = frozenset(contract["$defs"]["domain"]["properties"])
    entries = mapping_of(mapping_of(document.value).get("domains"))
    faults: list[Fault] = list(document.faults)
    sound: dict[str, Provided] = {}
    for name in (name for name in provided if isinstance(entries.get(name), dict)):
        bring = provided[name]
        wrong = find_wrong_answers(bring, core)
        faults += (package_fault(bring.origin, hook, path=path, message=said) for hook, path, said in wrong)
        if bring.fault is not None:
            breach = Breach(("domains", name), bring.fault, at="key", code="package")
            faults.append(_point(document, breach))
        elif not wrong:
            sound[name] = bring.copy()
    breaches = tuple(_check_file(document.value, contract, provided=sound))
    faults += _locate(document, breaches)
    declared = _declare_columns(entries, {breach.path for breach in breaches}, declare=judges.declare)
    faults += _locate(document, (column for column in declared.values() if isinstance(column, Breach)))
    for name, bring in sound.items():
        check = partial(check_picks, types=_types_of(declared, name), check_rule=judges.check_rule)
        faults += _check_provided(document, name, provided=bring, check_picks=check)
    if plugins is not None:
        faults += _check_plugins(document, plugins)
    if any("after" in mapping_of(entry) for entry in entries.values()):
        from wdh.configuration.statement_files import find_statement_faults

        faults += find_statement_faults(document)
    if document.tables:
        faults += _locate(document, check_tables(document.tables))
    strangers = {name: mapping_of(entry) for name, entry in entries.items() if name not in sound}
    faults += _locate(document, _find_near_misses(strangers, core))
    return tuple(
        sorted(dict.fromkeys(faults), key=lambda fault: (fault.line is None, fault.line or 0, fault.column or 0))
    )


def _check_file(value: Any, contract: dict[str, Any], *, provided: Mapping[str, Provided]) -> Iterator[Breach]:
    """Check the file as it is written, but for the refs that are still to be completed."""
    domain = contract["$defs"]["domain"]
    for name, bring in provided.items():
        properties = {**domain["properties"], **dict.fromkeys(bring.settings or {}, True)}
        strict = {**domain, "properties": properties, "additionalProperties": False}
        contract["properties"]["domains"]["properties"][name] = strict
    yield from find_breaches(_without_refs(value, provided), contract)
    written = mapping_of(value)
    yield from check_discovery(mapping_of(written.get("discovery")), ("discovery",))
    yield from check_ledger(mapping_of(written.get("ledger")), ("ledger",))
    for name, entry in mapping_of(written.get("domains")).items():
        yield from check_domain(mapping_of(entry), ("domains", name))


def _declare_columns(
    entries: Mapping[str, Any], broken: Collection[KeyPath], *, declare: Declare | None
) -> Mapping[tuple[str, str], Declared | Breach]:
    """Make each column that is declared, by domain and name, but for those in which its contract found a breach."""
    made: dict[tuple[str, str], Declared | Breach] = {}
    if declare is None:
        return made
    for name, entry in entries.items():
        for column, declared in mapping_of(mapping_of(entry).get("columns")).items():
            path: KeyPath = ("domains", name, "columns", column)
            if any(breach[: len(path)] == path for breach in broken):
                continue
            try:
                made[name, column] = declare(column, declared)
            except ValueError as error:
                made[name, column] = Breach(path, _without_column(str(error), column), at="key")
    return made


@of_both
def _without_column(message: str, column: str) -> str:
    """Take away the column that a sentence begins with: the path names it."""
    return re.sub(rf"\A{re.escape(column)}(?:: |：)", "", message)


def _types_of(declared: Mapping[tuple[str, str], Declared | Breach], domain: str) -> Mapping[str, str]:
    return {
        name: column.sql_type
        for (owner, name), column in declared.items()
        if owner == domain and not isinstance(column, Breach)
    }


def _without_refs(value: Any, names: Iterable[str]) -> Any:
    """Leave out the refs blocks of ``names`` where they are mappings: they are checked once they are complete."""
    if not isinstance(value, dict) or not isinstance(value.get("domains"), dict):
        return value
    domains = dict(value["domains"])
    for name in names:
        if isinstance(domains[name].get("refs"), dict):
            domains[name] = {key: item for key, item in domains[name].items() if key != "refs"}
    return {**value, "domains": domains}


def _find_near_misses(entries: Mapping[str, Mapping[str, Any]], core: Iterable[str]) -> Iterator[Breach]:
    known = tuple(core)
    for name, entry in entries.items():
        for key in entry:
            near = None if key in known else near_match(key, known, least=_SURELY_MEANT)
            if near is not None and near not in entry:
                yield Breach(
                    ("domains", name, key),
                    say("is not a key here; did you mean {near}?", near=near),
                    at="key",
                    code="unknown_key",
                    near=near,
                )


def _check_provided(document: Document, name: str, *, provided: Provided, check_picks: CheckPicks) -> Iterator[Fault]:
    """Check the completed refs and settings of a domain; a breach that is not in the file is the package's."""
    entry = document.value["domains"][name]
    path: KeyPath = ("domains", name)
    breaches = [
        *_check_reader(entry, provided, path=path),
        *_check_refs(entry, provided, path=(*path, "refs"), check_picks=check_picks),
        *_check_nulls(entry, provided.settings or {}, path=path),
    ]
    yield from _blame_all(document, breaches, origin=provided.origin)
    yield from _check_settings(document, entry, provided=provided, path=path)


def _check_nulls(entry: Mapping[str, Any], contracts: Mapping[str, Any], *, path: KeyPath) -> Iterator[Breach]:
    """Check that no setting which is null leaves a column of the delete scope without a value."""
    scope = entry.get("pk")
    for key, contract in contracts.items():
        column = mapping_of(contract).get(NULL_KEYWORD)
        if key in entry and entry[key] is None and isinstance(scope, list) and column in scope:
            message = say(
                "is null, so {column} may be NULL, and pk has {column}, where NULL cannot be replaced: take {column} "
                "out of pk, or give a value here",
                column=column,
            )
            yield Breach((*path, key), message, at="key")


def _check_settings(
    document: Document, entry: Mapping[str, Any], *, provided: Provided, path: KeyPath
) -> Iterator[Fault]:
    for key, contract in (provided.settings or {}).items():
        completed = complete_settings(entry, {key: contract}).values()
        try:
            breaches = [each for value in completed for each in find_breaches(value, contract, root=(*path, key))]
        except FaultyContract as error:
            yield package_fault(provided.origin, "provide_settings", path=f"settings.{key}", message=str(error))
        else:
            yield from _blame_all(document, breaches, origin=provided.origin)


def _check_plugins(document: Document, plugins: Plugins) -> Iterator[Fault]:
    """Check the block of each plugin: it must be installed, once, and the block must pass the plugin's own contract."""
    for name, block in mapping_of(mapping_of(document.value).get("plugins")).items():
        path: KeyPath = ("plugins", name)
        found = plugins.get(name, ())
        if not found and may_be_absent(block):
            continue
        if len(found) == 1:
            yield from _check_block(document, block, provided=found[0], path=path)
        else:
            message = _refuse_name(name, found, known=plugins)
            breach = Breach(path, message, at="key") if found else unknown_name(path, message, name, plugins, at="key")
            yield from _locate(document, [breach])


def _refuse_name(name: str, found: Sequence[Provided], *, known: Iterable[str]) -> str:
    if found:
        return say(
            "is claimed by {count} plugins: {found}; uninstall all but one",
            count=len(found),
            found=join(say(" and "), [each.origin for each in found]),
        )
    return say(
        "is no plugin that is installed (entry-point group wdh.plugins); {advice}. Install its package, or "
        "write optional: true into the block to go on without it",
        advice=suggest(name, known),
    )


def _check_block(document: Document, block: Any, *, provided: Provided, path: KeyPath) -> Iterator[Fault]:
    wrong = find_wrong_answers(provided, SWITCHES)
    yield from (package_fault(provided.origin, hook, path=place, message=said) for hook, place, said in wrong)
    if wrong or not provided.is_asked or not isinstance(block, dict):
        return  # of a block that is no mapping the file's contract has said so
    sound = provided.copy()
    keys = {"properties": dict.fromkeys((*(sound.settings or {}), *SWITCHES), True), "additionalProperties": False}
    yield from _locate(document, find_breaches(block, keys, root=path))
    yield from _check_settings(document, block, provided=sound, path=path)


def _check_reader(entry: Mapping[str, Any], provided: Provided, *, path: KeyPath) -> Iterator[Breach]:
    """Check that somebody reads the sheet, and only one: the package, or the columns of the file."""
    here = (*path, "columns")
    if provided.columns == "needed" and "columns" not in entry:
        message = say("is missing, and the package has no transform (marked with @hookimpl) that would read the sheet")
        yield Breach(here, message)
    elif provided.columns == "refused" and "columns" in entry:
        yield Breach(
            here, say("would change nothing: {origin} reads the sheet in its own way", origin=provided.origin), at="key"
        )


def _check_refs(
    entry: Mapping[str, Any], provided: Provided, *, path: KeyPath, check_picks: CheckPicks
) -> Iterator[Breach]:
    from wdh_schemas import read_contract

    written, default = entry.get("refs", {}), provided.refs or {}
    if not isinstance(written, dict):
        return  # the file's contract has said so
    refs = complete_refs(written, default)
    broken = tuple(find_breaches(refs, read_contract("refs"), root=path))
    yield from broken
    told = {breach.path for breach in broken}
    breaches = [*check_refs(refs, path), *check_picks(refs, path=path), *check_targets(refs, entry, path=path)]
    if isinstance(entry.get("columns"), dict) and provided.columns != "refused":
        breaches += check_sources(refs, entry["columns"], path=path)
    yield from (breach for breach in breaches if breach.path not in told)
    yield from check_overrides(written, default, path=path)


def _locate(document: Document, breaches: Iterable[Breach]) -> Iterator[Fault]:
    return (_point(document, breach) for breach in breaches if breach.place not in document.doubtful)


def _point(document: Document, breach: Breach) -> Fault:
    place = document.place(breach.place)
    line, column = place.value if breach.at == "value" else place.key
    return Fault(str(document.path), line, column, show_path(breach.path), breach.message, breach.code, breach.near)


def _blame_all(document: Document, breaches: Iterable[Breach], *, origin: str) -> Iterator[Fault]:
    for breach in breaches:
        if document.doubtful.isdisjoint((breach.place, *breach.causes)):
            yield _blame(document, breach, origin=origin)


def _blame(document: Document, breach: Breach, *, origin: str) -> Fault:
    """Point at the key in the file that breaks the rule; where the file has none, name the plugin."""
    if breach.place in document.places:
        return _point(document, breach)
    for cause in breach.causes:
        if cause in document.places:
            message = say(
                "{message} ({path}, from {origin})", message=breach.message, path=show_path(breach.path), origin=origin
            )
            return _point(document, Breach(cause, message, at="key", code=breach.code, near=breach.near))
    if breach.path[2:] == ("columns",):
        return package_fault(origin, "transform", path=show_path(breach.path), message=breach.message)
    is_ref = breach.path[2:3] == ("refs",)
    hook = "provide_refs" if is_ref else "provide_settings"
    message = breach.message if is_ref else say("the default {message}", message=breach.message)
    return package_fault(origin, hook, path=show_path(breach.path), message=message)
