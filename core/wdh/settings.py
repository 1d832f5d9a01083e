"""The completed configuration of a run: what the YAML and the domain's defaults come to, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, field

from wdh.sql.identifiers import Target
from wdh.words.total_words import TOTAL_WORDS

DEFAULT_LEDGER = Target(None, "wdh_runs")
BackfillMode = Literal["insert_missing", "fill_null_only", "insert_and_fill"]
Approvals = Literal["optional", "required"]
LoadMode = Literal["delete_insert", "append"]
Verdict = Literal["refuse", "report", "off"]
"""The consequence of a finding of a guard: the run is refused, or the report tells it, or nobody looks."""
Selection = Literal["latest_by_year_month", "latest_by_mtime", "latest_by_year_month_and_version"]


class ColumnRule(Struct, frozen=True):
    """The rule for one column of a reference row, which is made from the facts that share the row's key.

    ``pick`` is the name of a pick, a key of :data:`wdh.references.picks.PICKS`.
    ``source`` is the fact column read (None for constant); ``by`` decides max_by and min_by; ``tie_break`` decides
    most_frequent; ``order`` and ``separator`` serve concat_distinct (``order``, when given, also limits the values);
    ``format`` is a format specification (``%y%m`` for a date), or the text of a template with one ``{}``; ``value``
    is the constant. ``provisional`` is the shell pattern of values that stand in until the real ones are known.
    """

    column: str
    source: str | None = None
    pick: str = "first"
    by: str | None = None
    tie_break: str | None = None
    order: tuple[str, ...] = ()
    separator: str = "+"
    format: str | None = None
    value: str | int | float | bool | None = None
    provisional: str | None = None


class Reference(Struct, frozen=True):
    """One refs entry: which table, its key, how its columns are derived, what may be filled."""

    name: str
    """The name of the entry."""
    target: Target
    """The reference's table."""
    key: tuple[str, ...]
    """The columns of its key."""
    columns: tuple[ColumnRule, ...]
    """A rule for each column, key columns included, in the order of the configuration."""
    updatable: tuple[str, ...] = ()
    """The columns that may be filled where they are NULL."""
    mode: BackfillMode = "insert_missing"
    """The work on the table: rows are inserted, NULLs filled, or both."""
    depends_on: tuple[str, ...] = ()
    """The names of the references whose rows must be there first."""
    blank: tuple[str, ...] = ()
    """Texts that count as blank."""
    required: tuple[str, ...] = ()
    """Columns without which a candidate is reported and not inserted."""
    on_key_conflict: Literal["report", "reject"] = "report"
    """The end of a key whose values contradict each other: a note, or rejects of its rows."""
    created_by_run: str | None = None
    """The column that gets the id of the run which inserts a row."""


class Validation(Struct, frozen=True):
    """Conditions on a workbook: at least ``min_rows`` data rows, no older than ``max_file_age_days`` (by mtime)."""

    min_rows: int = 1
    max_file_age_days: float | None = None


class Totals(Struct, frozen=True):
    """The marks of rows that sum up others: ``words``, the ``label`` column (None: the first label of a row).

    ``verify`` says what comes of a total that differs from its facts: a note, or a run that is refused. ``no_sums``
    names fact columns of which a total row gives no sum, such as an average price: they are not compared.
    """

    words: tuple[str, ...] = TOTAL_WORDS
    label: str | None = None
    verify: Literal["note", "refuse"] = "note"
    no_sums: tuple[str, ...] = ()


class Bound(Struct, frozen=True):
    """How many rows something may concern at most: a number, or a share (0 … 1) of those that there are."""

    rows: int | None = None
    share: Fraction | None = None


class Guards(Struct, frozen=True):
    """The things that a run may do to the warehouse without being asked twice; None: any of it.

    ``shrink`` is the share of its facts, or of an amount's absolute sum, that a period may lose. ``deletes`` bounds the
    facts that go, ``new_values`` is the share of a reference's table that may be new. ``left_behind`` says what comes
    of facts of a delivery's period that it does not cover; ``delete`` replaces whole periods.
    """

    shrink: Fraction | None = Fraction(1, 2)
    deletes: Bound | None = None
    left_behind: Literal["report", "refuse", "delete"] = "report"
    vanished_columns: Verdict = "refuse"
    new_values: Fraction | None = None
    future_period: Verdict = "refuse"
    repeated_rows: Verdict = "report"


class HeaderRows(Struct, frozen=True):
    """The place of a sheet's header. ``rows`` is of how many sheet rows it is (None: of as many as are found).

    It begins in row ``row``, or with the first row that holds something below row ``below``; both None: it is found.
    Headers that match the expression ``wide`` as a whole help to find it, as known names do.
    """

    rows: int | None = None
    below: int | None = None
    row: int | None = None
    wide: str | None = None

    @property
    def first(self) -> int | None:
        """The first row that may be one of the header's; None: it is searched for."""
        return self.row if self.below is None else self.below + 1


class TextFormat(Struct, frozen=True):
    """The form of tables in text (.csv, .tsv); None: it is found in each file. The delimiter may be ``tab``."""

    encoding: str | None = None
    delimiter: str | None = None


class Constant(Struct, frozen=True):
    """A value that stands outside the table, for the column ``name``, and where it comes from.

    ``text`` is the A1 name of a cell, or a regular expression that is searched in a name, whose group ``value`` holds
    the value; ``literal`` is the value itself.
    """

    name: str
    source: Literal["sheet", "file", "folder", "cell", "literal"]
    text: str = ""
    literal: str | int | float | bool | None = None


class Unpivot(Struct, frozen=True):
    """How the columns side by side of a wide sheet become rows: those whose whole header matches ``columns``.

    The header, or the group ``into`` of the expression, goes under the header ``into``; the cell under that of
    ``value``, or of the group ``value``.
    """

    columns: str
    into: str
    value: str | None = None


Scalar = str | int | float | bool | None
"""A value that is written in data_sources.yml."""


class Correction(Struct, frozen=True):
    """Puts right the cells under one header: other headers, then single values, then all of them.

    ``aliases`` are headers that stand in its place. ``replace`` has the right values by the wrong ones. ``mapping`` has
    one for each value that may come; ``default`` holds the one for any other value, and is empty where such a value is
    refused.
    """

    column: str
    aliases: tuple[str, ...] = ()
    replace: Mapping[str, str] = field(default_factory=dict)
    mapping: Mapping[str, str] | None = None
    default: tuple[Scalar, ...] = ()


class DropRule(Struct, frozen=True):
    """Rows that are left out: those that have one of the values under each header; None is a blank cell."""

    when: Mapping[str, tuple[Scalar, ...]]


class Lookup(Struct, frozen=True):
    """A table of the warehouse in which values are looked up: ``by`` has headers of the sheet by columns of it."""

    target: Target
    by: Mapping[str, str]
    value: str


class MappingTable(Struct, frozen=True):
    """A table of the warehouse that goes on with a mapping of the settings, the one at ``path``.

    ``lookup`` has one column of keys. Values that match the shell pattern ``provisional`` stand in for unknown ones and
    say nothing; None: there are no such.
    """

    path: tuple[str, ...]
    lookup: Lookup
    provisional: str | None = None


class Computed(Struct, frozen=True):
    """A column that is made of the cells under other headers.

    ``pick`` makes one value of those of ``sources``, and ``mapping`` another of that one; or ``lookup`` finds it.
    ``default`` holds the value where it is blank or nothing knows it, and is empty where the latter is refused.
    """

    column: str
    sources: tuple[str, ...]
    pick: Literal["first", "concat", "difference", "product"] = "first"
    separator: str = ""
    mapping: Mapping[str, str] | None = None
    lookup: Lookup | None = None
    default: tuple[Scalar, ...] = ()


class AfterLoad(Struct, frozen=True):
    """A statement that is run behind the facts, in their transaction: ``sql`` is the text of ``file``.

    ``file`` lies beside the configuration; ``target`` is the table that it writes to.
    """

    file: str
    purpose: str
    sql: str
    target: Target


class Domain(Struct, frozen=True):
    """One completed entry of ``domains`` in data_sources.yml.

    ``pattern`` is searched in file names, ``path_pattern`` in their paths below the data directory; each may have the
    groups year, month and version, and one of them may be None. ``exclude`` are shell patterns of files to leave out.
    ``sheet`` is a name or a 0-based index. ``pk`` is the delete scope of the facts (not unique). ``settings`` are the
    domain's own keys. ``columns`` are the fact columns that the file declares, each as it is written (None: it
    declares none), and ``totals`` how rows are known which sum up others. ``time_zone`` is that of the workbooks, by
    its IANA name; None: the file names none, and no column with a time zone can be written. ``period`` names the fact
    column that tells periods apart; None: the first column of ``pk`` that holds dates. ``lineage`` names the columns of
    the fact table that say where a fact came from, by what they say: run, file, sheet, row. ``guards`` limit the things
    that a run may do unasked. ``headers`` says whether a sheet may have headers that nothing reads. ``provisional``
    gives fact columns the shell pattern of values that stand in until the real ones are known. ``header`` says where
    the header stands. ``sheets`` are names of sheets, or shell patterns of names, that are read in place of ``sheet``.
    ``constants`` are columns whose values stand outside the table; ``unpivot`` makes wide rows long. ``corrections``
    put cells right before anything reads them, ``drop_rows`` leaves rows out, ``computed`` adds columns, in this order.
    ``text`` says how files in text are written. ``after`` are statements that are run once the facts are loaded.
    ``tables`` go on with mappings of ``settings``, which a run completes by them before it hands them to hooks.
    ``checks`` are the checks over whole sheets, as they are written.
    """

    name: str
    pattern: str | None
    sheet: str | int
    facts: Target
    pk: tuple[str, ...]
    refs: tuple[Reference, ...] = ()
    description: str = ""
    select: Selection = "latest_by_year_month"
    required_columns: tuple[str, ...] = ()
    validation: Validation = Validation()
    columns: Mapping[str, Any] | None = None
    totals: Totals = Totals()
    settings: Mapping[str, Any] = field(default_factory=dict)
    time_zone: str | None = None
    period: str | None = None
    path_pattern: str | None = None
    exclude: tuple[str, ...] = ()
    lineage: Mapping[str, str] = field(default_factory=dict)
    guards: Guards = Guards()
    headers: Literal["any", "exact"] = "any"
    provisional: Mapping[str, str] = field(default_factory=dict)
    header: HeaderRows = HeaderRows()
    sheets: tuple[str, ...] = ()
    constants: tuple[Constant, ...] = ()
    unpivot: Unpivot | None = None
    corrections: tuple[Correction, ...] = ()
    drop_rows: tuple[DropRule, ...] = ()
    computed: tuple[Computed, ...] = ()
    text: TextFormat = TextFormat()
    after: tuple[AfterLoad, ...] = ()
    tables: tuple[MappingTable, ...] = ()
    checks: Mapping[str, Any] = field(default_factory=dict)

    @property
    def wanted_sheets(self) -> tuple[str | int, ...]:
        """The sheets of a workbook that are read, as they are named here."""
        return self.sheets or (self.sheet,)

    @property
    def given_columns(self) -> frozenset[str]:
        """The names that are given by ``constants``, ``unpivot``, ``computed``: a sheet need have no header of them."""
        unpivot = (self.unpivot.into, self.unpivot.value or "") if self.unpivot is not None else ()
        made = (each.column for each in self.computed)
        return frozenset((*unpivot, *(constant.name for constant in self.constants), *made))

    @property
    def sought_columns(self) -> tuple[str, ...]:
        """The required columns that the header of a sheet must have itself, under this name."""
        aliased = {correction.column for correction in self.corrections if correction.aliases}
        return tuple(name for name in self.required_columns if name not in self.given_columns | aliased)

    @property
    def corrected_headers(self) -> frozenset[str]:
        """The headers of a sheet that ``corrections``, ``drop_rows`` and ``computed`` read."""
        named = (name for each in self.corrections for name in (each.column, *each.aliases))
        tried = (name for rule in self.drop_rows for name in rule.when)
        sources = (name for each in self.computed for name in each.sources)
        return frozenset((*named, *tried, *sources)) - self.given_columns

    @property
    def period_columns(self) -> tuple[str, ...]:
        """The columns of which the first that holds dates tells periods apart."""
        return self.pk if self.period is None else (self.period,)


class Discovery(Struct, frozen=True):
    """The rules of the search for workbooks below the data directory.

    ``exclude_directories`` are folder names; ``ignore_patterns`` are shell patterns over file names; a folder of
    depth ``max_depth`` below the data directory is the last one entered. ``version_folders`` is a regular
    expression with the group ``version`` that a folder's whole name must match (case ignored) to be a version,
    ``month_folders`` one with the groups ``year`` and ``month`` for folders that are named after a month.
    """

    file_extensions: tuple[str, ...] = (".xlsx", ".xlsm")
    exclude_directories: tuple[str, ...] = ("temp", "backup", "archive", ".git", "__pycache__")
    ignore_patterns: tuple[str, ...] = ("~$*", "*.tmp", "*.bak", "*.eml", ".*")
    max_depth: int = 10
    follow_symlinks: bool = False
    version_folders: str = r"V(?P<version>\d+)"
    month_folders: str = r"(?P<year>20\d{2})[-._年]?(?P<month>\d{1,2})月?"


class Limits(Struct, frozen=True):
    """Limits of a workbook. Sizes are bytes once unpacked.

    The first five and ``header_rows`` are keys of ``limits`` in data_sources.yml (sizes there in MiB).
    ``sheet_bytes`` is wide because sheets are streamed (a million rows of 23 columns are about 900 MB of XML);
    ``part_bytes`` bounds what is held in memory: strings, styles. ``ratio`` is unpacked to packed size and is asked
    of parts above ``ratio_from`` bytes only. ``rows`` and ``columns`` are the last row and column that may hold
    something; among the first ``header_rows`` rows that do, the header is searched for.

    The others are bounds of the format with room to spare, and no operator's business. ``parts`` is how many a
    package may have; ``elements`` how many XML elements a part that is read whole may have, and ``whole_bytes`` its
    size; ``strings`` how many shared strings there may be; ``row_bytes`` the XML of one row or string, or before the
    first, or behind the last; ``row_cells`` the cells of one row.
    """

    sheet_bytes: int = 4 << 30
    part_bytes: int = 256 << 20
    ratio: int = 200
    rows: int = 1_048_576
    columns: int = 2_000
    ratio_from: int = 4 << 20
    merged_areas: int = 200_000
    parts: int = 10_000
    elements: int = 2_000_000
    whole_bytes: int = 64 << 20
    strings: int = 1 << 24
    row_bytes: int = 8 << 20
    row_cells: int = 16_384
    header_rows: int = 100


class Configuration(Struct, frozen=True):
    """A data_sources.yml that passed its contract, with the one domain that this run is about.

    ``ledger`` is the table where committed runs are recorded. ``plugins`` has the completed settings of each plugin
    for every domain that the file has an entry for and that is asked, by the name of its entry point; ``absent`` are
    those with an entry that are not installed, and need not be. ``withhold_values``: no report, log or reject of a run
    may repeat what a cell holds. ``forecast``: whenever a plan is made, the warehouse is asked what it would do.
    ``approvals``: whether a run writes only what a signed approval says.
    """

    path: Path
    domain: Domain
    discovery: Discovery = Discovery()
    limits: Limits = Limits()
    ledger: Target = DEFAULT_LEDGER
    plugins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    withhold_values: bool = False
    forecast: bool = False
    approvals: Approvals = "optional"
