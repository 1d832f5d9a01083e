"""The statements under ``after`` of a domain: each in a file of its own beside the configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from wdh.configuration.document import Document
from wdh.configuration.faults import SHOWN, Fault, show_path
from wdh.configuration.plain_file import read_start
from wdh.configuration.values import make_target
from wdh.errors import SetupError
from wdh.settings import AfterLoad
from wdh.sql.named import find_names
from wdh.words.language import join, say
from wdh.words.phrases import clip

PARAMETERS: Final = ("run_id", "periods")
_MOST_BYTES: Final = 1 << 20


class _Faulty(Exception):
    """A file cannot be a statement; says why, to follow its name."""


def find_statement_faults(document: Document) -> Iterator[Fault]:
    """Find what keeps the statements of the file from being run, as far as the files tell."""
    for name, entry in document.value["domains"].items():
        for place, each in enumerate(_list(entry)):
            file = each.get("statement") if isinstance(each, dict) else None
            if isinstance(file, str) and file.strip():
                try:
                    _read(document.path.parent, file)
                except _Faulty as error:
                    path = ("domains", name, "after", place, "statement")
                    line, column = document.place(path).value
                    message = say("{file!r} {error}", file=clip(file, SHOWN), error=error)
                    yield Fault(str(document.path), line, column, show_path(path), message)


def read_statements(path: Path, entry: Mapping[str, Any]) -> tuple[AfterLoad, ...]:
    """Read the statements of an entry that :func:`find_statement_faults` found no fault in.

    ``path`` is the configuration's. Raises SetupError where a file was changed since.
    """
    own = {key: entry[key] for key in ("schema", "table") if key in entry}
    return tuple(_make(path, each, own) for each in _list(entry))


def _make(path: Path, each: Mapping[str, Any], own: Mapping[str, Any]) -> AfterLoad:
    try:
        sql = _read(path.parent, each["statement"])
    except _Faulty as error:
        raise SetupError(
            say("{statement} {error}. Nothing was touched.", statement=each["statement"], error=error),
            file=each["statement"],
        ) from error
    return AfterLoad(each["statement"], each["purpose"], sql, make_target(each if "table" in each else own))


def _list(entry: Any) -> list[Any]:
    after = entry.get("after") if isinstance(entry, dict) else None
    return after if isinstance(after, list) else []


def _read(folder: Path, name: str) -> str:
    """Read a file in the folder or below it, wherever symbolic links lead. Raises _Faulty."""
    if Path(name).is_absolute() or "\0" in name:
        raise _Faulty(say("is no file beside the configuration; give its name alone, or with a folder before it"))
    try:
        root, file = folder.resolve(strict=True), (folder / name).resolve(strict=True)
        if not file.is_relative_to(root):
            raise _Faulty(say("leads out of the folder of the configuration, {root}; put the file there", root=root))
        if not file.is_file():
            raise _Faulty(say("is no file"))
        data = read_start(file, _MOST_BYTES + 1)
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, before Python 3.13
        raise _Faulty(say("cannot be read: {error}", error=getattr(error, "strerror", None) or error)) from error
    if len(data) > _MOST_BYTES:
        raise _Faulty(say("is larger than 1 MiB, which no statement needs"))
    return _check(data)


def _check(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _Faulty(
            say("is not UTF-8 from line {line} on; save it as UTF-8", line=data[: error.start].count(10) + 1)
        ) from error
    if "\0" in text or not text.strip():
        raise _Faulty(say("has a NUL character in it") if text.strip() else say("is blank"))
    unknown = [name for name in find_names(text) if name not in PARAMETERS]
    if unknown:
        known = join(say(" and "), [f":{name}" for name in PARAMETERS])
        raise _Faulty(
            say(
                "has the parameter :{unknown}; there are {known} (an array's a[1:n] is written a[1 : n])",
                unknown=unknown[0],
                known=known,
            )
        )
    return text
