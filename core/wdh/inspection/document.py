"""An inspection as data: the entry of data_sources.yml that it proposes, and all of it for programs."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import PurePath
from typing import Any, Final

import msgspec

from wdh.facts import cell_text
from wdh.inspection.findings import FoundReference, Inspection, list_required
from wdh.inspection.names import deduce_pattern
from wdh.settings import Discovery
from wdh.words.language import in_english
from wdh.words.printable import show_lines
from wdh.words.total_words import TOTAL_WORDS

_WORD: Final = re.compile(r"[^\W\d_]\w*")
_LIKE_OTHERS: Final = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"))
_WIDTH: Final = 96
_AS_THEY_ARE: Final = (Decimal, datetime.date, datetime.datetime)
_FLAT: Final = frozenset(("into", "rows", "sheet", "file", "folder", "cell"))
"""Keys of small mappings that are written in one line."""


def propose_entry(found: Inspection, *, with_columns: bool = True) -> dict[str, Any]:
    """Propose the domain's entry in data_sources.yml; ``with_columns`` False: what a package leaves to it."""
    pattern, ending = deduce_pattern(PurePath(found.file).stem), PurePath(found.file).suffix
    is_usual = ending.lower() in Discovery().file_extensions or not with_columns  # the sample of a package is .xlsx
    entry: dict[str, Any] = {"pattern": pattern.pattern if is_usual else pattern.ending_with(ending)}
    if not pattern.has_month and found.shape.data_dir is None:
        entry["select"] = "latest_by_mtime"
    if found.text is None and "sheets" not in found.shape.keys:
        entry["sheet"] = found.sheet
    entry |= {**found.shape.keys, "table": found.table, "pk": list(found.scope.columns)}
    if found.text is not None:
        entry["text"] = {key: value for key, value in msgspec.structs.asdict(found.text).items() if value is not None}
    required = list_required(found.columns)
    if required:
        entry["required_columns"] = required
    if with_columns:
        entry["columns"] = {one.name: one.declaration.written() for one in found.columns}
        entry["totals"] = list(TOTAL_WORDS)
        if found.references:
            entry["refs"] = propose_refs(found.references)
    return entry


def propose_refs(references: Sequence[FoundReference]) -> dict[str, Any]:
    """Propose a refs block in the YAML's own form."""
    return {reference.name: _propose_ref(reference) for reference in references}


def _propose_ref(reference: FoundReference) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "table": reference.table,
        "key": [reference.key],
        "updatable": list(reference.updatable),
        "columns": {reference.key: reference.key, **{c: _rule(c, pick) for c, pick in reference.columns.items()}},
    }
    return entry | ({"depends_on": list(reference.depends_on)} if reference.depends_on else {})


def _rule(column: str, pick: str) -> str | dict[str, str]:
    return column if pick == "first" else {"from": column, "pick": pick}


def write_yaml(value: Mapping[str, Any]) -> str:
    """Write plain values as YAML that reads well: what fits into a line stands in one."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = _WIDTH
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump(_styled(value, depth=0), text)
    return show_lines(text.getvalue())  # such a text is in double quotes, where these are YAML's own escapes, too


def _styled(value: Any, *, depth: int) -> Any:
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(value, str):
        return _styled_text(value)
    if isinstance(value, (list, tuple)):
        items = CommentedSeq(_styled(item, depth=depth + 1) for item in value)
        items.fa.set_flow_style()
        return items
    if not isinstance(value, dict):
        return value
    mapping = CommentedMap((_styled_text(key), _styled(item, depth=depth + 1)) for key, item in value.items())
    is_leaf = depth > 2 and not any(isinstance(item, dict) for item in value.values())
    if "kind" in value or "pick" in value or (is_leaf and _FLAT.intersection(value)):
        mapping.fa.set_flow_style()
    return mapping


def _styled_text(text: str) -> Any:
    """Quote whatever somebody, or another YAML, could take for anything but this text."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, SingleQuotedScalarString

    if _WORD.fullmatch(text) and text.lower() not in _LIKE_OTHERS:
        return text
    return SingleQuotedScalarString(text) if text.isprintable() else DoubleQuotedScalarString(text)


def inspection_document(found: Inspection) -> dict[str, Any]:
    """Write an inspection for programs, as values that JSON has."""
    values = msgspec.to_builtins(found, builtin_types=_AS_THEY_ARE, enc_hook=in_english)
    document: dict[str, Any] = {"wdh_inspection": 1, **values}
    for column, one in zip(document["columns"], found.columns, strict=True):
        column |= {"name": one.name, "kind": one.kind, "options": dict(one.declaration.options)}
        column["samples"] = [_plain(value) for value in one.samples]
        del column["declaration"]
    for reference in document["references"]:
        for exception in reference["exceptions"]:
            exception |= {name: _plain(exception[name]) for name in ("key", "value", "usual")}
    document["shape"] = {"keys": found.shape.keys, "evidence": in_english(found.shape.evidence)}
    return {**document, "proposal": propose_entry(found)}


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, bool, type(None))) else cell_text(value)
