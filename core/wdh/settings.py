"""The completed configuration of a run: what the YAML and the domain's defaults come to, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from wdh.sql.identifiers import Target

BackfillMode = Literal["insert_missing", "fill_null_only", "insert_and_fill"]
LoadMode = Literal["delete_insert", "append"]
Selection = Literal["latest_by_year_month", "latest_by_mtime", "latest_by_year_month_and_version"]
PickName = Literal[
    "first",
    "last",
    "most_frequent",
    "max_by",
    "min_by",
    "concat_distinct",
    "count_distinct",
    "constant",
    "template",
]


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """How one column of a reference row comes from the facts that share the row's key.

    ``source`` is the fact column read (None for constant); ``by`` decides max_by and min_by; ``tie_break`` decides
    most_frequent; ``order`` and ``separator`` serve concat_distinct (``order``, when given, also limits the values);
    ``format`` is a format specification (``%y%m`` for a date), or the text of a template with one ``{}``; ``value``
    is the constant.
    """

    column: str
    source: str | None = None
    pick: PickName = "first"
    by: str | None = None
    tie_break: str | None = None
    order: tuple[str, ...] = ()
    separator: str = "+"
    format: str | None = None
    value: str | int | float | bool | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """One refs entry: which table, its key, how its columns are derived, what may be filled.

    ``columns`` is in the order of the configuration and contains a rule for each key column. ``required`` names
    columns without which a candidate is reported and not inserted.
    """

    name: str
    target: Target
    key: tuple[str, ...]
    columns: tuple[ColumnRule, ...]
    updatable: tuple[str, ...] = ()
    mode: BackfillMode = "insert_missing"
    depends_on: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    on_key_conflict: Literal["report", "reject"] = "report"


@dataclass(frozen=True, slots=True)
class Validation:
    """What a workbook must satisfy: at least ``min_rows`` data rows, no older than ``max_file_age_days`` (by mtime)."""

    min_rows: int = 1
    max_file_age_days: float | None = None


@dataclass(frozen=True, slots=True)
class Domain:
    """One completed entry of ``domains`` in data_sources.yml.

    ``pattern`` is searched in file names and may have the groups year, month and version. ``sheet`` is a name or a
    0-based index. ``pk`` is the delete scope of the facts (not unique). ``settings`` are the domain's own keys.
    """

    name: str
    pattern: str
    sheet: str | int
    facts: Target
    pk: tuple[str, ...]
    refs: tuple[Reference, ...] = ()
    description: str = ""
    select: Selection = "latest_by_year_month"
    required_columns: tuple[str, ...] = ()
    validation: Validation = Validation()
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Discovery:
    """Where workbooks are looked for below the data directory, and what is passed over.

    ``exclude_directories`` are folder names; ``ignore_patterns`` are shell patterns over file names; a folder of
    depth ``max_depth`` below the data directory is the last one entered. ``version_folders`` is a regular
    expression with the group ``version`` that a folder's whole name must match (case ignored) to be a version.
    """

    file_extensions: tuple[str, ...] = (".xlsx", ".xlsm")
    exclude_directories: tuple[str, ...] = ("temp", "backup", "archive", ".git", "__pycache__")
    ignore_patterns: tuple[str, ...] = ("~$*", "*.tmp", "*.bak", "*.eml", ".*")
    max_depth: int = 10
    follow_symlinks: bool = False
    version_folders: str = r"V(?P<version>\d+)"


@dataclass(frozen=True, slots=True)
class Configuration:
    """A data_sources.yml that passed its contract, with the one domain that this run is about."""

    path: Path
    domain: Domain
    discovery: Discovery = Discovery()
