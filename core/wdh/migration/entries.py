"""An entry of the old domains as one of ours; its folders with placeholders become an expression over paths."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Any, Final

from msgspec import Struct

from wdh.configuration.faults import KeyPath
from wdh.migration.losses import Losses
from wdh.settings import Discovery
from wdh.words.language import join, say
from wdh.words.spelling import did_you_mean

Parts = tuple[str, ...]

_GROUPS: Final = {"YYYY": ("year", r"\d{4}"), "MM": ("month", r"\d{2}")}
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_SPECIAL: Final = re.compile(r"([.^$*+?{}\[\]\\|()])")
_GLOB: Final = re.compile(r"(?P<any>\*+)|(?P<one>\?)|\[(?P<set>!?\]?[^\]]+)\]|(?P<text>[^*?\[]+|\[)")
_VERSION: Final = r"(?:[Vv]\d+/)?"

_PATTERNS: Final = "exclude_patterns"
_SHEETS: Final = ("sheet_names", "sheet_name")
"""The first of them that is there says what is read."""

_OUTPUT: Final = {"schema_name": "schema", "table": "table", "pk": "pk"}
OLD_KEYS: Final = (
    *("base_path", "file_patterns", _PATTERNS, *_SHEETS, "output"),
    *("version_strategy", "fallback", "requires_backfill", "foreign_keys"),
)
"""The keys of an old entry, and of the old defaults."""


def split_folders(base: str) -> Parts:
    """Give the folders of a path, with either separator; an absolute one begins with ``/``."""
    return PurePosixPath(base.replace("\\", "/")).parts


def common_folder(bases: Iterable[Parts]) -> Parts:
    """Give the folders without a placeholder that all of ``bases`` begin with."""
    fixed = [tuple(takewhile(lambda part: "{" not in part, base)) for base in bases]
    return tuple(parts[0] for parts in takewhile(lambda parts: len(set(parts)) == 1, zip(*fixed, strict=False)))


def write_pattern(folders: Parts, files: Sequence[str]) -> str:
    """Write the expression for files of these shell patterns in ``folders``, or in a version folder there.

    Raises ValueError for a placeholder that is none of {YYYYMM}, {YYYY} and {MM}.
    """
    pieces = _PLACEHOLDER.split("".join(f"{folder}/" for folder in folders if folder != "/"))
    seen: set[str] = set()
    path = "".join(_write_placeholder(piece, seen) if odd % 2 else _escape(piece) for odd, piece in enumerate(pieces))
    return f"^{path}{_VERSION}(?:{'|'.join(map(_write_glob, files))})$"


def _write_placeholder(name: str, seen: set[str]) -> str:
    words = ["YYYY", "MM"] if name == "YYYYMM" else [name]
    if any(word not in _GROUPS for word in words):
        raise ValueError(say("the placeholder {{{name}}} is none of {{YYYYMM}}, {{YYYY}} and {{MM}}", name=name))
    written = ""
    for group, digits in (_GROUPS[word] for word in words):
        written += f"(?P={group})" if group in seen else f"(?P<{group}>{digits})"
        seen.add(group)
    return written


def _write_glob(pattern: str) -> str:
    *folders, name = pattern.replace("\\", "/").split("/")
    written = ("(?:[^/]+/)*" if folder == "**" else f"{_write_name(folder)}/" for folder in folders)
    return "".join(written) + _write_name(name)


def _write_name(pattern: str) -> str:
    return "".join(map(_write_token, _GLOB.finditer(pattern)))


def _write_token(token: re.Match[str]) -> str:
    if token["any"] or token["one"]:
        return "[^/]*" if token["any"] else "[^/]"
    if token["set"]:
        inside = token["set"].replace("\\", r"\\")
        return f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside}]"
    return _escape(token["text"])


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


class OldEntry(Struct, frozen=True):
    """An entry of the old file, and what stands for it where it says nothing."""

    name: str
    value: Mapping[str, Any]
    defaults: Mapping[str, Any]

    @property
    def path(self) -> KeyPath:
        return ("domains", self.name)

    def find(self, *keys: str) -> tuple[Any, KeyPath]:
        """Give a value and its place: the entry's own, else the default's; None and the entry's place, else."""
        for value, path in ((self.value, self.path), (self.defaults, ("defaults",))):
            found: Any = value
            for key in keys:
                found = found.get(key) if isinstance(found, dict) else None
            if found is not None:
                return found, (*path, *keys)
        return None, self.path

    @property
    def base(self) -> Parts:
        base, _ = self.find("base_path")
        return split_folders(base) if isinstance(base, str) else ()

    @property
    def excluded(self) -> list[str]:
        """Give the patterns of files to leave out; one that begins with + adds its list to the default's."""
        own, default = self.value.get(_PATTERNS), _texts(self.defaults.get(_PATTERNS))
        added = any(text.startswith("+") for text in _texts(own))
        patterns = default if own is None else [*(default if added else ()), *_texts(own)]
        wanted = (pattern.removeprefix("+") for pattern in patterns)
        return [text for text in dict.fromkeys(wanted) if text and text not in Discovery().ignore_patterns]


def migrate_entry(old: OldEntry, *, known: Collection[str], folder: Parts, losses: Losses) -> dict[str, Any] | None:
    """Write the entry, but for its refs; None, with a loss, where it cannot be one of ours.

    ``known`` are the keys that an entry of ours may have: those stay as they are. ``folder`` is the data directory.
    """
    entry = {key: value for key, value in old.value.items() if key in known}
    for key in old.value:
        if key not in known and key not in OLD_KEYS:
            losses.tell(
                (*old.path, key), say("is no key of wdh{near}", near=did_you_mean(key, [*OLD_KEYS, *sorted(known)]))
            )
    try:
        entry |= _migrate_files(old, folder, losses)
    except ValueError as error:
        losses.tell((*old.path, "base_path"), say("the domain is left out whole: {error}", error=error))
        return None
    sheet = next((found for key in _SHEETS if (found := old.find(key)[0]) is not None), None)
    if sheet is not None:
        entry["sheets" if isinstance(sheet, list) else "sheet"] = sheet
    for key, ours in _OUTPUT.items():
        found, _ = old.find("output", key)
        if found is not None:
            entry[ours] = found
    _tell_output(old, losses)
    missing = [key for key in ("table", "pk") if key not in entry]
    if missing:
        losses.tell(
            old.path,
            say(
                "the domain is left out whole: it has no {missing}, which wdh cannot do without; add it to "
                "output in the old file, and run wdh migrate again",
                missing=join(say(" and no "), missing),
            ),
        )
        return None
    return entry


def _tell_output(old: OldEntry, losses: Losses) -> None:
    for value, path in ((old.value, old.path), (old.defaults, ("defaults",))):
        output = value.get("output")
        for key in output if isinstance(output, dict) else ():
            if key not in _OUTPUT:
                losses.tell(
                    (*path, "output", key), say("is no key of an output{near}", near=did_you_mean(key, _OUTPUT))
                )


def _migrate_files(old: OldEntry, folder: Parts, losses: Losses) -> dict[str, Any]:
    """Write which workbooks belong to the domain. Raises ValueError for a placeholder that is not known."""
    files, path = old.find("file_patterns")
    if files is None:
        return {}
    entry: dict[str, Any] = {"path_pattern": write_pattern(old.base[len(folder) :], _texts(files))}
    if old.excluded:
        entry["exclude"] = old.excluded
    entry["select"] = "latest_by_year_month_and_version"
    strategy, place = old.find("version_strategy")
    if strategy not in (None, "highest_number"):
        losses.tell(
            place,
            say(
                "{strategy}: of a month the highest version is taken here; --file names another workbook",
                strategy=strategy,
            ),
        )
    fallback, place = old.find("fallback")
    if fallback not in (None, "error"):
        losses.tell(
            place, say("{fallback}: two workbooks of one month and version are an error here", fallback=fallback)
        )
    if not any("{" in part for part in old.base):
        losses.tell(path, say("no {YYYYMM} stands in base_path: the month is read from a folder such as 202411 alone"))
    return entry


def _texts(value: object) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
