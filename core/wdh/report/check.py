"""The findings of ``wdh check`` as a document for programs; its contract is ``check.schema.json``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from wdh.configuration import Fault
from wdh.configuration.faults import Code
from wdh.errors import WdhError


def check_document(path: Path, faults: Sequence[Fault], cautions: Sequence[Fault | str]) -> Mapping[str, Any]:
    """Write the faults and cautions of the configuration at ``path``. A caution that is a text is about no file."""
    return _document(str(path), map(_finding, faults), map(_caution, cautions))


def unread_document(error: WdhError) -> Mapping[str, Any]:
    """Write why a configuration could not be checked at all."""
    told: Any = error.facts.get("faults") or [_without_place(error.message, code="not_readable")]
    file = error.facts.get("file")
    return _document(None if file is None else str(file), map(_finding, told), ())


def _document(
    file: str | None, faults: Iterable[Mapping[str, Any]], cautions: Iterable[Mapping[str, Any]]
) -> Mapping[str, Any]:
    return {"wdh_check": 1, "file": file, "faults": list(faults), "cautions": list(cautions)}


def _caution(caution: Fault | str) -> Mapping[str, Any]:
    return _finding(_without_place(caution, code="caution") if isinstance(caution, str) else caution)


def _without_place(sentence: str, *, code: Code) -> Fault:
    return Fault("", None, None, "", sentence, code=code)


def _finding(fault: Fault) -> Mapping[str, Any]:
    return {
        "file": fault.file or None,
        "line": fault.line,
        "column": fault.column,
        "path": fault.path,
        "code": fault.code,
        "message": fault.message,
        "did_you_mean": fault.near,
    }
