"""The record of a run for the ledger, and the hash by which the same input is known again."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import socket
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from wdh.apply import RunRecord
from wdh.context import RunContext
from wdh.facts.spool import FactRows
from wdh.intake.tally import Intake, WorkbookTally, ranges_of
from wdh.plan.planning import Wishes
from wdh.process import observation
from wdh.registry.hooks import Blocks, Hooks, Off
from wdh.run.installation import Installation, find_root
from wdh.run.parts import Parts, find_parts, list_rejected
from wdh.run.readings import FileRead, Reading, Unknown, document_of, hash_path, hash_tree, never
from wdh.settings import Domain
from wdh.words.language import in_english
from wdh.words.printable import show_controls

if TYPE_CHECKING:
    from wdh.run.mended import Holding

REJECTED_ROWS: Final = "rejected_rows"
"""The rows of a file that were rejected, as ranges, in the file's document in the ledger."""
MENDED: Final = "mended"
"""The rows that a mended workbook loaded of its delivery, in its document in the ledger."""
PARTS: Final = "parts"
"""The facts that are loaded of rows that were rejected in part, in the document of their file in the ledger."""
_LONGEST = 4096
"""Characters of the longest path that a system takes."""

OWN_PLACES = frozenset(
    (
        "WDH_APPROVED",
        "WDH_DATA_BASE_DIR",
        "WDH_DATA_SOURCES_CONFIG",
        "WDH_EMBEDDED_DIR",
        "WDH_FILE",
        "WDH_PLAN_OUT",
        "WDH_REPORT_DIR",
        "WDH_SIGN_KEY",
    )
)
"""Variables that name where wdh reads and writes by itself: workbooks, configuration, server, reports, approvals.

Each run changes what lies there, so hashing it would find every run another one, and take long.
"""

_NO_PART_OF_FACTS = frozenset(
    ("description", "exclude", "facts", "guards", "headers", "lineage", "path_pattern", "pattern", "pk", "refs")
).union(("select", "sheet", "validation"))
"""Fields of a domain that say nothing of how a cell becomes a fact; which scopes it replaced, the ledger keeps."""

_MOST_READINGS = 1_000
"""Files that a ledger's row may list; a run that read more is always done again."""


class Circumstances(Struct, frozen=True):
    """All that the plan of a run depends on beside the workbooks themselves.

    ``vetoes`` are those known so far: to tell whether a run is to be done, the operator's own; to record it, all.
    ``blocks`` are the settings of the plugins; ``code`` is the hash of the installation, and ``named`` has those of the
    files and folders that settings or variables name. ``off`` are the plugins that are neither asked nor told.
    """

    domain: Domain
    wishes: Wishes
    context: RunContext
    vetoes: tuple[str, ...]
    versions: Mapping[str, str]
    reject_limit: str
    blocks: Blocks
    code: str = ""
    named: tuple[tuple[str, str], ...] = ()
    off: tuple[Off, ...] = ()

    def hash_with(self, workbooks: Iterable[tuple[str, str]]) -> str:
        """Hash the circumstances with the workbooks, (name, hash) in their order. Equal hashes mean equal runs."""
        depends = {
            "workbooks": list(workbooks),
            "period": self.context.period,
            "reject_limit": self.reject_limit,
            "domain": describe(self.domain),
            "wishes": [self.wishes.load_mode, sorted(self.wishes.backfill_refs), self.wishes.backfill_mode],
            "environment": dict(self.context.environment),
            "vetoes": self.vetoes,
            "versions": self.versions,
            "plugins": {name: dict(block) for name, block in self.blocks.items()},
            "code": self.code,
            "named": self.named,
            **({"off": sorted(each.plugin for each in self.off)} if self.off else {}),
        }
        text = json.dumps(depends, sort_keys=True, ensure_ascii=True, default=str)
        return hashlib.sha256(text.encode("ascii")).hexdigest()


def make_record(
    circumstances: Circumstances,
    intake: Intake,
    readings: Sequence[Reading],
    *,
    run_id: str,
    started: datetime.datetime,
    facts: FactRows | None = None,
    holding: Holding | None = None,
    places: Mapping[Path, Mapping[str, Any]] = MappingProxyType({}),
) -> RunRecord:
    """Say what a run is about to apply; ``started`` has a time zone.

    ``readings`` is what the packages read beside what the circumstances have; it stands among the files. ``facts``
    are those that the run loads; ``holding`` has the sheets that came back mended. ``places`` say of the workbooks, by
    path, which files they are (describe_place()).
    """
    return RunRecord(
        run_id=run_id,
        domain=circumstances.domain.name,
        mode=circumstances.wishes.load_mode,
        input_hash=circumstances.hash_with({t.path: (t.path.name, t.sha256) for t in intake.workbooks}.values()),
        files=[*_describe_all(intake, facts, holding, places), *map(document_of, readings)],
        versions=circumstances.versions,
        started_at=started.isoformat(timespec="milliseconds"),
        os_user=_name_user(),
        host=socket.gethostname(),
        configuration=hash_configuration(
            circumstances.domain, versions=circumstances.versions, named=circumstances.named
        ),
        plugins_off=[msgspec.to_builtins(each, enc_hook=in_english) for each in circumstances.off],
    )


def describe(domain: Domain) -> dict[str, Any]:
    """Give a domain's configuration as values that JSON has, the same each time; a kind of column as its text."""
    described: dict[str, Any] = msgspec.to_builtins(domain, order="sorted", enc_hook=str)
    return described


def hash_configuration(domain: Domain, *, versions: Mapping[str, str], named: Iterable[tuple[str, str]]) -> str:
    """Hash all by which the cells of a workbook become facts: equal hashes, and a workbook gives the same facts.

    ``named`` has the hashes of files, as :func:`hash_named` gives them; those that the domain's settings name count.
    """
    texts = {*_texts(domain.settings)}
    depends = {
        "domain": {name: value for name, value in describe(domain).items() if name not in _NO_PART_OF_FACTS},
        "left_behind": domain.guards.left_behind,
        "versions": dict(versions),
        "named": [(text, sha256) for text, sha256 in named if text in texts],
    }
    return hashlib.sha256(json.dumps(depends, sort_keys=True, default=str).encode("ascii")).hexdigest()


def _name_user() -> str:
    """Name the operating system's user; in a container it may have a number only."""
    if sys.platform == "win32":
        return os.getlogin()
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def versions_of(hooks: Hooks) -> Mapping[str, str]:
    """Name the distributions by which cells become facts, with their versions: the domain's, and those that check."""
    checking = (implementation.plugin for implementation in hooks.implementations.get("check_facts", ()))
    return {
        "wdh": version("wdh"),
        **{each.distribution: each.version for each in (hooks.plugin, *checking) if each.group},
    }


def collect_readings(hooks: Hooks, installation: Installation) -> tuple[Reading, ...]:
    """Say what the packages behind ``hooks`` were seen to read in this run, but for what the installation covers.

    A file that was changed since it was opened gets a hash that nothing has.
    """
    imports = [observation.seen_in_imports(plugin.entry) for plugin in (hooks.plugin, *hooks.plugins)]
    seen = dict(item for sights in (*imports, observation.seen_in_calls()) for item in sights.items())
    wanted = {
        what: each
        for what, each in sorted(seen.items())
        if each.kind in ("unknown", "input") or not installation.covers(what, is_code=each.kind == "code")
    }
    if len(wanted) > _MOST_READINGS:
        return (Unknown(f"read {len(wanted)} files, more than the ledger keeps", next(iter(wanted.values())).by),)
    return tuple(dict.fromkeys(_read_again(what, each) for what, each in wanted.items()))


def hash_inputs(folder: Path) -> Mapping[str, str]:
    """Hash the input files that packages declared in this run, by their names from ``folder`` on where they lie there.

    A file that was changed since it was declared, or is gone, gets a hash that nothing has.
    """
    seen = sorted(observation.seen_in_calls().items())
    read = (_read_again(what, each) for what, each in seen if each.kind == "input")
    return {_name_from(folder, each.path): each.sha256 or never() for each in read if isinstance(each, FileRead)}


def _name_from(folder: Path, path: str) -> str:
    return Path(path).relative_to(folder).as_posix() if Path(path).is_relative_to(folder) else path


def _read_again(what: str, seen: observation.Seen) -> Reading:
    if seen.kind == "unknown":
        return Unknown(what, seen.by)
    is_same = observation.sign(what) == seen.signature
    if seen.kind == "code":
        root = str(find_root(Path(what)))
        return FileRead(root, hash_tree(root) if is_same else never(), seen.by, is_whole=True)
    return FileRead(what, hash_path(what) if is_same else never(), seen.by)


def without_own_places(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out the variables that name places of wdh's own: they are no input of a domain, or are hashed by file."""
    return {name: value for name, value in environment.items() if name not in OWN_PLACES}


def hash_named(values: object, folder: Path) -> tuple[tuple[str, str], ...]:
    """Hash the files and folders that texts among ``values`` name, at any depth: absolute, or from ``folder`` on."""
    texts = sorted({text for text in _texts(values) if "\0" not in text and len(text) < _LONGEST and _has_name(text)})
    paths = {text: folder.absolute() / text for text in texts}
    return tuple((text, hash_tree(str(path))) for text, path in paths.items() if _is_there(path))


def _texts(values: object) -> Iterator[str]:
    if isinstance(values, str):
        yield values
    elif isinstance(values, Mapping):
        yield from (text for each in values.items() for text in _texts(each))
    elif isinstance(values, (Sequence, set, frozenset)) and not isinstance(values, bytes):
        yield from (text for each in values for text in _texts(each))


def _has_name(text: str) -> bool:
    """Say whether a text may name a file: a separator such as ``/`` or ``.`` is a folder to the system, too."""
    path = Path(text)
    return bool(text.strip()) and any(part not in (path.anchor, "..") for part in path.parts)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # too long to be a name, or in a folder that is not ours
        return False


def _describe_all(
    intake: Intake, facts: FactRows | None, holding: Holding | None, places: Mapping[Path, Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    found = {} if facts is None else find_parts(facts, intake)
    for place, (tally, rejected) in enumerate(zip(intake.workbooks, list_rejected(intake), strict=True)):
        described = {**_describe(tally), **places.get(tally.path, {})}
        if rejected:
            described[REJECTED_ROWS] = ranges_of(sorted(rejected))
        parts: Mapping[str, Parts] = {str(row): own for row, own in found.get(place, {}).items()}
        if holding is not None and (returned := holding.sheets.get(place)) is not None:
            described[MENDED] = returned.describe(refused=rejected, appends=holding.appends)
            parts = returned.describe_parts(found.get(place, {}), refused=rejected, appends=holding.appends)
        if parts:
            described[PARTS] = parts
        yield described


def _describe(tally: WorkbookTally) -> dict[str, Any]:
    return {
        "file": tally.file,
        "sheet": tally.sheet,
        "sha256": tally.sha256,
        "facts": tally.facts,
        "totals": tally.totals,
        "rejected": tally.rejected,
        "folder": show_controls(tally.folder),
        **({} if tally.origin is None else {"size": tally.origin.size, "tag": tally.origin.tag}),
    }
