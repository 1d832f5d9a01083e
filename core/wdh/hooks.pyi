"""What type checkers and editors know of wdh.hooks. Written by `python docs/write_hooks.py` from hookspecs.py."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar
from wdh.apply.reading import WarehouseReader
from wdh.columns import Columns
from wdh.context import RunContext
from wdh.facts import Batch, Facts, Note, Reject
from wdh.facts.sheets import FactSheets
from wdh.facts.spool import FactRows
from wdh.plan import StepRecorder
from wdh.settings import Reference
from wdh.sql.identifiers import Target
from wdh.sql.tables import Table
class _ProvideRefs0(Protocol):
    def __call__(self, *, domain: str) -> Mapping[str, Any] | None: ...
class _ProvideRefs1(Protocol):
    def __call__(self) -> Mapping[str, Any] | None: ...
ProvideRefs = TypeVar("ProvideRefs", bound=_ProvideRefs0 | _ProvideRefs1)

class _ProvideSettings0(Protocol):
    def __call__(self, *, domain: str | None) -> Mapping[str, Any] | None: ...
class _ProvideSettings1(Protocol):
    def __call__(self) -> Mapping[str, Any] | None: ...
ProvideSettings = TypeVar("ProvideSettings", bound=_ProvideSettings0 | _ProvideSettings1)

class _ProvideTables0(Protocol):
    def __call__(self, *, domain: str, columns: Columns | None, refs: tuple[Reference, ...]) -> Mapping[str, Table] | None: ...
class _ProvideTables1(Protocol):
    def __call__(self, *, domain: str, columns: Columns | None) -> Mapping[str, Table] | None: ...
class _ProvideTables2(Protocol):
    def __call__(self, *, domain: str, refs: tuple[Reference, ...]) -> Mapping[str, Table] | None: ...
class _ProvideTables3(Protocol):
    def __call__(self, *, columns: Columns | None, refs: tuple[Reference, ...]) -> Mapping[str, Table] | None: ...
class _ProvideTables4(Protocol):
    def __call__(self, *, domain: str) -> Mapping[str, Table] | None: ...
class _ProvideTables5(Protocol):
    def __call__(self, *, columns: Columns | None) -> Mapping[str, Table] | None: ...
class _ProvideTables6(Protocol):
    def __call__(self, *, refs: tuple[Reference, ...]) -> Mapping[str, Table] | None: ...
class _ProvideTables7(Protocol):
    def __call__(self) -> Mapping[str, Table] | None: ...
ProvideTables = TypeVar("ProvideTables", bound=_ProvideTables0 | _ProvideTables1 | _ProvideTables2 | _ProvideTables3 | _ProvideTables4 | _ProvideTables5 | _ProvideTables6 | _ProvideTables7)

class _Reshape0(Protocol):
    def __call__(self, *, domain: str, batch: Batch, context: RunContext) -> Sequence[Batch] | None: ...
class _Reshape1(Protocol):
    def __call__(self, *, domain: str, batch: Batch) -> Sequence[Batch] | None: ...
class _Reshape2(Protocol):
    def __call__(self, *, domain: str, context: RunContext) -> Sequence[Batch] | None: ...
class _Reshape3(Protocol):
    def __call__(self, *, batch: Batch, context: RunContext) -> Sequence[Batch] | None: ...
class _Reshape4(Protocol):
    def __call__(self, *, domain: str) -> Sequence[Batch] | None: ...
class _Reshape5(Protocol):
    def __call__(self, *, batch: Batch) -> Sequence[Batch] | None: ...
class _Reshape6(Protocol):
    def __call__(self, *, context: RunContext) -> Sequence[Batch] | None: ...
class _Reshape7(Protocol):
    def __call__(self) -> Sequence[Batch] | None: ...
Reshape = TypeVar("Reshape", bound=_Reshape0 | _Reshape1 | _Reshape2 | _Reshape3 | _Reshape4 | _Reshape5 | _Reshape6 | _Reshape7)

class _Transform0(Protocol):
    def __call__(self, *, domain: str, batch: Batch, context: RunContext, columns: Columns | None) -> Facts | None: ...
class _Transform1(Protocol):
    def __call__(self, *, domain: str, batch: Batch, context: RunContext) -> Facts | None: ...
class _Transform2(Protocol):
    def __call__(self, *, domain: str, batch: Batch, columns: Columns | None) -> Facts | None: ...
class _Transform3(Protocol):
    def __call__(self, *, domain: str, context: RunContext, columns: Columns | None) -> Facts | None: ...
class _Transform4(Protocol):
    def __call__(self, *, batch: Batch, context: RunContext, columns: Columns | None) -> Facts | None: ...
class _Transform5(Protocol):
    def __call__(self, *, domain: str, batch: Batch) -> Facts | None: ...
class _Transform6(Protocol):
    def __call__(self, *, domain: str, context: RunContext) -> Facts | None: ...
class _Transform7(Protocol):
    def __call__(self, *, domain: str, columns: Columns | None) -> Facts | None: ...
class _Transform8(Protocol):
    def __call__(self, *, batch: Batch, context: RunContext) -> Facts | None: ...
class _Transform9(Protocol):
    def __call__(self, *, batch: Batch, columns: Columns | None) -> Facts | None: ...
class _Transform10(Protocol):
    def __call__(self, *, context: RunContext, columns: Columns | None) -> Facts | None: ...
class _Transform11(Protocol):
    def __call__(self, *, domain: str) -> Facts | None: ...
class _Transform12(Protocol):
    def __call__(self, *, batch: Batch) -> Facts | None: ...
class _Transform13(Protocol):
    def __call__(self, *, context: RunContext) -> Facts | None: ...
class _Transform14(Protocol):
    def __call__(self, *, columns: Columns | None) -> Facts | None: ...
class _Transform15(Protocol):
    def __call__(self) -> Facts | None: ...
Transform = TypeVar("Transform", bound=_Transform0 | _Transform1 | _Transform2 | _Transform3 | _Transform4 | _Transform5 | _Transform6 | _Transform7 | _Transform8 | _Transform9 | _Transform10 | _Transform11 | _Transform12 | _Transform13 | _Transform14 | _Transform15)

class _CheckFacts0(Protocol):
    def __call__(self, *, domain: str, facts: FactSheets, context: RunContext, settings: Mapping[str, Any] | None) -> Iterable[Reject] | None: ...
class _CheckFacts1(Protocol):
    def __call__(self, *, domain: str, facts: FactSheets, context: RunContext) -> Iterable[Reject] | None: ...
class _CheckFacts2(Protocol):
    def __call__(self, *, domain: str, facts: FactSheets, settings: Mapping[str, Any] | None) -> Iterable[Reject] | None: ...
class _CheckFacts3(Protocol):
    def __call__(self, *, domain: str, context: RunContext, settings: Mapping[str, Any] | None) -> Iterable[Reject] | None: ...
class _CheckFacts4(Protocol):
    def __call__(self, *, facts: FactSheets, context: RunContext, settings: Mapping[str, Any] | None) -> Iterable[Reject] | None: ...
class _CheckFacts5(Protocol):
    def __call__(self, *, domain: str, facts: FactSheets) -> Iterable[Reject] | None: ...
class _CheckFacts6(Protocol):
    def __call__(self, *, domain: str, context: RunContext) -> Iterable[Reject] | None: ...
class _CheckFacts7(Protocol):
    def __call__(self, *, domain: str, settings: Mapping[str, Any] | None) -> Iterable[Reject] | None: ...
class _CheckFacts8(Protocol):
    def __call__(self, *, facts: FactSheets, context: RunContext) -> Iterable[Reject] | None: ...
class _CheckFacts9(Protocol):
    def __call__(self, *, facts: FactSheets, settings: Mapping[str, Any] | None) -> Iterable[Reject] | None: ...
class _CheckFacts10(Protocol):
    def __call__(self, *, context: RunContext, settings: Mapping[str, Any] | None) -> Iterable[Reject] | None: ...
class _CheckFacts11(Protocol):
    def __call__(self, *, domain: str) -> Iterable[Reject] | None: ...
class _CheckFacts12(Protocol):
    def __call__(self, *, facts: FactSheets) -> Iterable[Reject] | None: ...
class _CheckFacts13(Protocol):
    def __call__(self, *, context: RunContext) -> Iterable[Reject] | None: ...
class _CheckFacts14(Protocol):
    def __call__(self, *, settings: Mapping[str, Any] | None) -> Iterable[Reject] | None: ...
class _CheckFacts15(Protocol):
    def __call__(self) -> Iterable[Reject] | None: ...
CheckFacts = TypeVar("CheckFacts", bound=_CheckFacts0 | _CheckFacts1 | _CheckFacts2 | _CheckFacts3 | _CheckFacts4 | _CheckFacts5 | _CheckFacts6 | _CheckFacts7 | _CheckFacts8 | _CheckFacts9 | _CheckFacts10 | _CheckFacts11 | _CheckFacts12 | _CheckFacts13 | _CheckFacts14 | _CheckFacts15)

class _SkipFacts0(Protocol):
    def __call__(self, *, domain: str, context: RunContext, facts: FactRows, warehouse: WarehouseReader | None, settings: Mapping[str, Any] | None) -> str | Note | None: ...
class _SkipFacts1(Protocol):
    def __call__(self, *, domain: str, context: RunContext, facts: FactRows, warehouse: WarehouseReader | None) -> str | Note | None: ...
class _SkipFacts2(Protocol):
    def __call__(self, *, domain: str, context: RunContext, facts: FactRows, settings: Mapping[str, Any] | None) -> str | Note | None: ...
class _SkipFacts3(Protocol):
    def __call__(self, *, domain: str, context: RunContext, warehouse: WarehouseReader | None, settings: Mapping[str, Any] | None) -> str | Note | None: ...
class _SkipFacts4(Protocol):
    def __call__(self, *, domain: str, facts: FactRows, warehouse: WarehouseReader | None, settings: Mapping[str, Any] | None) -> str | Note | None: ...
class _SkipFacts5(Protocol):
    def __call__(self, *, context: RunContext, facts: FactRows, warehouse: WarehouseReader | None, settings: Mapping[str, Any] | None) -> str | Note | None: ...
class _SkipFacts6(Protocol):
    def __call__(self, *, domain: str, context: RunContext, facts: FactRows) -> str | Note | None: ...
class _SkipFacts7(Protocol):
    def __call__(self, *, domain: str, context: RunContext, warehouse: WarehouseReader | None) -> str | Note | None: ...
class _SkipFacts8(Protocol):
    def __call__(self, *, domain: str, context: RunContext, settings: Mapping[str, Any] | None) -> str | Note | None: ...
class _SkipFacts9(Protocol):
    def __call__(self, *, domain: str, facts: FactRows, warehouse: WarehouseReader | None) -> str | Note | None: ...
class _SkipFacts10(Protocol):
    def __call__(self, *, domain: str, facts: FactRows, settings: Mapping[str, Any] | None) -> str | Note | None: ...
class _SkipFacts11(Protocol):
    def __call__(self, *, domain: str, warehouse: WarehouseReader | None, settings: Mapping[str, Any] | None) -> str | Note | None: ...
class _SkipFacts12(Protocol):
    def __call__(self, *, context: RunContext, facts: FactRows, warehouse: WarehouseReader | None) -> str | Note | None: ...
class _SkipFacts13(Protocol):
    def __call__(self, *, context: RunContext, facts: FactRows, settings: Mapping[str, Any] | None) -> str | Note | None: ...
class _SkipFacts14(Protocol):
    def __call__(self, *, context: RunContext, warehouse: WarehouseReader | None, settings: Mapping[str, Any] | None) -> str | Note | None: ...
class _SkipFacts15(Protocol):
    def __call__(self, *, facts: FactRows, warehouse: WarehouseReader | None, settings: Mapping[str, Any] | None) -> str | Note | None: ...
class _SkipFacts16(Protocol):
    def __call__(self, *, domain: str, context: RunContext) -> str | Note | None: ...
class _SkipFacts17(Protocol):
    def __call__(self, *, domain: str, facts: FactRows) -> str | Note | None: ...
class _SkipFacts18(Protocol):
    def __call__(self, *, domain: str, warehouse: WarehouseReader | None) -> str | Note | None: ...
class _SkipFacts19(Protocol):
    def __call__(self, *, domain: str, settings: Mapping[str, Any] | None) -> str | Note | None: ...
class _SkipFacts20(Protocol):
    def __call__(self, *, context: RunContext, facts: FactRows) -> str | Note | None: ...
class _SkipFacts21(Protocol):
    def __call__(self, *, context: RunContext, warehouse: WarehouseReader | None) -> str | Note | None: ...
class _SkipFacts22(Protocol):
    def __call__(self, *, context: RunContext, settings: Mapping[str, Any] | None) -> str | Note | None: ...
class _SkipFacts23(Protocol):
    def __call__(self, *, facts: FactRows, warehouse: WarehouseReader | None) -> str | Note | None: ...
class _SkipFacts24(Protocol):
    def __call__(self, *, facts: FactRows, settings: Mapping[str, Any] | None) -> str | Note | None: ...
class _SkipFacts25(Protocol):
    def __call__(self, *, warehouse: WarehouseReader | None, settings: Mapping[str, Any] | None) -> str | Note | None: ...
class _SkipFacts26(Protocol):
    def __call__(self, *, domain: str) -> str | Note | None: ...
class _SkipFacts27(Protocol):
    def __call__(self, *, context: RunContext) -> str | Note | None: ...
class _SkipFacts28(Protocol):
    def __call__(self, *, facts: FactRows) -> str | Note | None: ...
class _SkipFacts29(Protocol):
    def __call__(self, *, warehouse: WarehouseReader | None) -> str | Note | None: ...
class _SkipFacts30(Protocol):
    def __call__(self, *, settings: Mapping[str, Any] | None) -> str | Note | None: ...
class _SkipFacts31(Protocol):
    def __call__(self) -> str | Note | None: ...
SkipFacts = TypeVar("SkipFacts", bound=_SkipFacts0 | _SkipFacts1 | _SkipFacts2 | _SkipFacts3 | _SkipFacts4 | _SkipFacts5 | _SkipFacts6 | _SkipFacts7 | _SkipFacts8 | _SkipFacts9 | _SkipFacts10 | _SkipFacts11 | _SkipFacts12 | _SkipFacts13 | _SkipFacts14 | _SkipFacts15 | _SkipFacts16 | _SkipFacts17 | _SkipFacts18 | _SkipFacts19 | _SkipFacts20 | _SkipFacts21 | _SkipFacts22 | _SkipFacts23 | _SkipFacts24 | _SkipFacts25 | _SkipFacts26 | _SkipFacts27 | _SkipFacts28 | _SkipFacts29 | _SkipFacts30 | _SkipFacts31)

class _LoadFacts0(Protocol):
    def __call__(self, *, domain: str, facts: FactRows, target: Target, steps: StepRecorder) -> bool | None: ...
class _LoadFacts1(Protocol):
    def __call__(self, *, domain: str, facts: FactRows, target: Target) -> bool | None: ...
class _LoadFacts2(Protocol):
    def __call__(self, *, domain: str, facts: FactRows, steps: StepRecorder) -> bool | None: ...
class _LoadFacts3(Protocol):
    def __call__(self, *, domain: str, target: Target, steps: StepRecorder) -> bool | None: ...
class _LoadFacts4(Protocol):
    def __call__(self, *, facts: FactRows, target: Target, steps: StepRecorder) -> bool | None: ...
class _LoadFacts5(Protocol):
    def __call__(self, *, domain: str, facts: FactRows) -> bool | None: ...
class _LoadFacts6(Protocol):
    def __call__(self, *, domain: str, target: Target) -> bool | None: ...
class _LoadFacts7(Protocol):
    def __call__(self, *, domain: str, steps: StepRecorder) -> bool | None: ...
class _LoadFacts8(Protocol):
    def __call__(self, *, facts: FactRows, target: Target) -> bool | None: ...
class _LoadFacts9(Protocol):
    def __call__(self, *, facts: FactRows, steps: StepRecorder) -> bool | None: ...
class _LoadFacts10(Protocol):
    def __call__(self, *, target: Target, steps: StepRecorder) -> bool | None: ...
class _LoadFacts11(Protocol):
    def __call__(self, *, domain: str) -> bool | None: ...
class _LoadFacts12(Protocol):
    def __call__(self, *, facts: FactRows) -> bool | None: ...
class _LoadFacts13(Protocol):
    def __call__(self, *, target: Target) -> bool | None: ...
class _LoadFacts14(Protocol):
    def __call__(self, *, steps: StepRecorder) -> bool | None: ...
class _LoadFacts15(Protocol):
    def __call__(self) -> bool | None: ...
LoadFacts = TypeVar("LoadFacts", bound=_LoadFacts0 | _LoadFacts1 | _LoadFacts2 | _LoadFacts3 | _LoadFacts4 | _LoadFacts5 | _LoadFacts6 | _LoadFacts7 | _LoadFacts8 | _LoadFacts9 | _LoadFacts10 | _LoadFacts11 | _LoadFacts12 | _LoadFacts13 | _LoadFacts14 | _LoadFacts15)

class _RunFinished0(Protocol):
    def __call__(self, *, domain: str, report: Mapping[str, Any], settings: Mapping[str, Any] | None) -> None: ...
class _RunFinished1(Protocol):
    def __call__(self, *, domain: str, report: Mapping[str, Any]) -> None: ...
class _RunFinished2(Protocol):
    def __call__(self, *, domain: str, settings: Mapping[str, Any] | None) -> None: ...
class _RunFinished3(Protocol):
    def __call__(self, *, report: Mapping[str, Any], settings: Mapping[str, Any] | None) -> None: ...
class _RunFinished4(Protocol):
    def __call__(self, *, domain: str) -> None: ...
class _RunFinished5(Protocol):
    def __call__(self, *, report: Mapping[str, Any]) -> None: ...
class _RunFinished6(Protocol):
    def __call__(self, *, settings: Mapping[str, Any] | None) -> None: ...
class _RunFinished7(Protocol):
    def __call__(self) -> None: ...
RunFinished = TypeVar("RunFinished", bound=_RunFinished0 | _RunFinished1 | _RunFinished2 | _RunFinished3 | _RunFinished4 | _RunFinished5 | _RunFinished6 | _RunFinished7)

class _RunFailed0(Protocol):
    def __call__(self, *, domain: str, error: Mapping[str, Any], exit_code: int, settings: Mapping[str, Any] | None) -> None: ...
class _RunFailed1(Protocol):
    def __call__(self, *, domain: str, error: Mapping[str, Any], exit_code: int) -> None: ...
class _RunFailed2(Protocol):
    def __call__(self, *, domain: str, error: Mapping[str, Any], settings: Mapping[str, Any] | None) -> None: ...
class _RunFailed3(Protocol):
    def __call__(self, *, domain: str, exit_code: int, settings: Mapping[str, Any] | None) -> None: ...
class _RunFailed4(Protocol):
    def __call__(self, *, error: Mapping[str, Any], exit_code: int, settings: Mapping[str, Any] | None) -> None: ...
class _RunFailed5(Protocol):
    def __call__(self, *, domain: str, error: Mapping[str, Any]) -> None: ...
class _RunFailed6(Protocol):
    def __call__(self, *, domain: str, exit_code: int) -> None: ...
class _RunFailed7(Protocol):
    def __call__(self, *, domain: str, settings: Mapping[str, Any] | None) -> None: ...
class _RunFailed8(Protocol):
    def __call__(self, *, error: Mapping[str, Any], exit_code: int) -> None: ...
class _RunFailed9(Protocol):
    def __call__(self, *, error: Mapping[str, Any], settings: Mapping[str, Any] | None) -> None: ...
class _RunFailed10(Protocol):
    def __call__(self, *, exit_code: int, settings: Mapping[str, Any] | None) -> None: ...
class _RunFailed11(Protocol):
    def __call__(self, *, domain: str) -> None: ...
class _RunFailed12(Protocol):
    def __call__(self, *, error: Mapping[str, Any]) -> None: ...
class _RunFailed13(Protocol):
    def __call__(self, *, exit_code: int) -> None: ...
class _RunFailed14(Protocol):
    def __call__(self, *, settings: Mapping[str, Any] | None) -> None: ...
class _RunFailed15(Protocol):
    def __call__(self) -> None: ...
RunFailed = TypeVar("RunFailed", bound=_RunFailed0 | _RunFailed1 | _RunFailed2 | _RunFailed3 | _RunFailed4 | _RunFailed5 | _RunFailed6 | _RunFailed7 | _RunFailed8 | _RunFailed9 | _RunFailed10 | _RunFailed11 | _RunFailed12 | _RunFailed13 | _RunFailed14 | _RunFailed15)

class _WriteDemo0(Protocol):
    def __call__(self, *, domain: str, folder: Path, seed: int) -> str | None: ...
class _WriteDemo1(Protocol):
    def __call__(self, *, domain: str, folder: Path) -> str | None: ...
class _WriteDemo2(Protocol):
    def __call__(self, *, domain: str, seed: int) -> str | None: ...
class _WriteDemo3(Protocol):
    def __call__(self, *, folder: Path, seed: int) -> str | None: ...
class _WriteDemo4(Protocol):
    def __call__(self, *, domain: str) -> str | None: ...
class _WriteDemo5(Protocol):
    def __call__(self, *, folder: Path) -> str | None: ...
class _WriteDemo6(Protocol):
    def __call__(self, *, seed: int) -> str | None: ...
class _WriteDemo7(Protocol):
    def __call__(self) -> str | None: ...
WriteDemo = TypeVar("WriteDemo", bound=_WriteDemo0 | _WriteDemo1 | _WriteDemo2 | _WriteDemo3 | _WriteDemo4 | _WriteDemo5 | _WriteDemo6 | _WriteDemo7)

def provide_refs(function: ProvideRefs, /) -> ProvideRefs:
    """Give the domain's default refs block, a mapping in the YAML's own form. None: it has no references.

    Called once, while the configuration is completed. The YAML wins key by key; its lists replace; where it names
    a ``table``, the ``schema`` too is the YAML's (absent there: none).

    The function takes any of these arguments, by name: ``(domain: str) -> Mapping[str, Any] | None``
    """

def provide_settings(function: ProvideSettings, /) -> ProvideSettings:
    """Give the contract of your own settings in data_sources.yml. None: there are none.

    Of a domain they are the keys that it adds to its entry; of a plugin for every domain, the keys of its block
    ``plugins: {NAME: …}``, where NAME is that of its entry point, and then ``domain`` is None. A mapping from key to
    JSON Schema (draft 2020-12); a ``default`` in it applies where the YAML is silent. Each is asked for its own, once,
    before the YAML is checked, so that a misspelt key is a fault with a line. A key by which a fact column gets values
    that its sheet does not have may say so: ``"derives": {column: pattern}``, where the shell pattern is that of the
    values which only stand in until it knows better; `wdh check` then warns of a pk with that column.

    Two keywords are wdh's own, in the contracts of a domain. ``"mapping_file": header`` in the contract of a mapping
    lets a text stand in its place: the name of a YAML or CSV file beside data_sources.yml, whose second column has that
    header. Among its entries, ``from_file`` names such a file, and ``from_table`` a table of the warehouse. You are
    given the mapping that they all come to. ``"leaves_null": column`` says that a null in this key leaves that fact
    column NULL, which is a fault where pk has the column.

    The function takes any of these arguments, by name: ``(domain: str | None) -> Mapping[str, Any] | None``
    """

def provide_tables(function: ProvideTables, /) -> ProvideTables:
    """Describe the tables the domain needs, for ``wdh ddl``: ``facts``, and one for each ref by its name.

    ``columns`` are those that data_sources.yml declares (None: it declares none), ``refs`` the completed references;
    :func:`wdh.describe_tables` turns both into tables. Names and schemas are not part of the description: they
    follow the configuration. The core answers last, for domains that declare their columns.

    The function takes any of these arguments, by name: ``(domain: str, columns: Columns | None, refs: tuple[Reference, ...]) -> Mapping[str, Table] | None``
    """

def reshape(function: Reshape, /) -> Reshape:
    """Give the rows of a batch as several batches, where a row makes several facts. None: they stay as they are.

    Called once per batch, and then :func:`transform` once for each batch of the answer, which has rows of the one that
    was given: each once, in sheet order, under the same number. Its ``letters`` say in which column a value stands, so
    that a reject names the cell. :func:`wdh.unpivot` makes such batches of columns side by side.

    Every batch of a sheet is given as equally many, in the same order; some may be empty. A row that is in none makes
    no fact, and a note counts it. Not called where data_sources.yml says ``unpivot``.

    The function takes any of these arguments, by name: ``(domain: str, batch: Batch, context: RunContext) -> Sequence[Batch] | None``
    """

def transform(function: Transform, /) -> Transform:
    """Turn one batch of sheet rows into facts and rejects. Called once per batch, or per batch of :func:`reshape`.

    ``columns`` are those that data_sources.yml declares for this domain; None: it declares none. A package that does
    not take the argument reads the sheet in its own way, and declaring columns for it is a fault. Where the package
    has no transform, the core's own answer is ``columns.clean(batch)``.

    ``columns.clean(batch)`` gives facts; ``facts.derive`` adds a column to them, ``facts.refuse`` refuses rows, and
    ``facts.with_frame`` takes them back from a data frame of pandas, polars or pyarrow. Lookup files come from
    ``context.input_file``.

    The answer may depend on nothing but the arguments, nor on where the batches were cut: the lower rows of a large
    sheet are taken in by another process at the same time, which imports the package for itself. Nothing may be
    dropped silently: each row is a fact, a reject, or counted in ``totals``.

    The function takes any of these arguments, by name: ``(domain: str, batch: Batch, context: RunContext, columns: Columns | None) -> Facts | None``
    """

def check_facts(function: CheckFacts, /) -> CheckFacts:
    """Refuse facts for what only the whole sheet shows, such as a balance that does not follow from the row before.

    Called once, after all rows of all workbooks were read and before skip_facts and the plan; the domain's package and
    every plugin is asked. ``for sheet in facts.sheets(): for row in sheet.rows("余额", "金额"):`` reads the clean facts
    in sheet order, whatever the batches, and the answer has what ``row.reject(column, reason, sentence)`` made of those
    to be refused. The function may be a generator. ``settings`` are as for skip_facts; a domain's are also those of the
    context.

    A fact that is refused is none: it is not loaded, no reference gets a value from it, and it counts as one that
    transform refused. Where the run goes on without it (``--max-rejects``), the workbooks are read a second time. A
    DataError refuses the run as a whole.

    The function takes any of these arguments, by name: ``(domain: str, facts: FactSheets, context: RunContext, settings: Mapping[str, Any] | None) -> Iterable[Reject] | None``
    """

def skip_facts(function: SkipFacts, /) -> SkipFacts:
    """Veto the loading of facts: return the reason. None agrees; a Note agrees and tells the operator something.

    Called once, after the workbooks were read and before the plan is made. Every plugin is asked, every reason and
    every note is shown, and references are backfilled all the same.

    ``facts`` are all those of the run: ``facts.distinct_values(column)``. ``warehouse`` answers questions,
    ``warehouse.rows(target, columns, where={…})``, in one READ ONLY transaction that ends before anything is written;
    None: the run only plans, and a plan needs no database. ``settings`` are your own, completed, as you gave their
    contract in provide_settings; None: the file has no block of this plugin.

    The function takes any of these arguments, by name: ``(domain: str, context: RunContext, facts: FactRows, warehouse: WarehouseReader | None, settings: Mapping[str, Any] | None) -> str | Note | None``
    """

def load_facts(function: LoadFacts, /) -> LoadFacts:
    """Record the steps that load the facts, with methods of ``steps``.

    ``delete_scope`` and ``append`` are the core's own way, ``upsert`` inserts and updates by a key, ``stage`` has the
    facts ready for a ``statement`` of your own.

    Called while the plan is made, unless loading is vetoed; nothing is executed here. Return True when the steps
    are complete; None leaves it to the core, which answers last with delete_insert or append, and then nothing may have
    been recorded. True needs a step, or ``steps.skip(reason)``: then the facts are left alone, and the report says why.

    ``steps.mode`` is the operator's ``--mode``, which the steps must keep: ``append`` only adds facts,
    ``delete_insert`` replaces every scope they contain. In the mode append a delete scope is refused, and so are an
    upsert that may update facts, and a statement of your own where ``steps.mode`` was not asked for. A statement runs
    inside the transaction of the whole run: it may neither end it nor change its settings.

    The function takes any of these arguments, by name: ``(domain: str, facts: FactRows, target: Target, steps: StepRecorder) -> bool | None``
    """

def run_finished(function: RunFinished, /) -> RunFinished:
    """Report the end of a run elsewhere. Called last, for every plugin, once the report was shown.

    The run was planned (``report["executed"]`` is false), committed, or found unchanged. ``report`` is the document of
    ``--output json``, whose ``wdh_report`` is its version; ``settings`` are as for skip_facts. An exception or a
    timeout here is told on stderr and logged: it changes neither the exit code nor what was committed.

    Where a run failed, :func:`run_failed` is called instead. Neither is called by ``wdh demo``.

    The function takes any of these arguments, by name: ``(domain: str, report: Mapping[str, Any], settings: Mapping[str, Any] | None) -> None``
    """

def run_failed(function: RunFailed, /) -> RunFailed:
    """Report the failure of a run elsewhere. Called last, for every plugin, once the failure was told on stderr.

    ``error`` is the ``error`` of the document of ``--output json``: ``kind`` is its class, ``message`` says what
    happened and what to do, ``facts`` has the same as fields, ``exit_code`` is that of the run, as ``exit_code`` is.
    Values that the run withholds are not in it. Of several runs in one transaction each that was begun is told of its
    own, all with the same error; its fact ``domain``, where it has one, says which of them failed. An exception or a
    timeout here is told on stderr and logged: the exit code stays.

    Not called before the packages are loaded and the configuration is read: not for a wrong command line, a package
    that cannot be loaded, a faulty data_sources.yml, or ``--commit each`` that finds no workbooks to make runs of. Nor
    where the operator stopped the run (Ctrl-C, exit code 130), where the process was killed, and by ``wdh demo``. Only
    the exit code tells of every failure, so a receiver must not take silence for success.

    The function takes any of these arguments, by name: ``(domain: str, error: Mapping[str, Any], exit_code: int, settings: Mapping[str, Any] | None) -> None``
    """

def write_demo(function: WriteDemo, /) -> WriteDemo:
    """Write sample workbooks into ``folder`` and return the text of a data_sources.yml for them.

    Called by ``wdh demo`` only. The same seed must write the same cells. None: the domain has no demonstration.

    The function takes any of these arguments, by name: ``(domain: str, folder: Path, seed: int) -> str | None``
    """
