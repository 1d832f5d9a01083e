"""Every hook of wdh, in one file: what a domain package may answer, when it is asked, and what it may not do.

A domain is a module (or object) found by an entry point of the group ``wdh.domains``; the entry's name is the
domain's name. A plugin of the group ``wdh.plugins`` is asked for every domain. A hook may take fewer arguments
than its specification has, so that a specification may get more. No hook may print, exit, or open a connection to the
warehouse. A hook may read files: they are noted, and ``--skip-unchanged`` runs again where one of them has changed. A
file beside the configuration, such as a lookup table, is ``context.input_file("rates.csv")``: it is an input of the run
like a workbook, hashed for the ledger and for approvals, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
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

PROJECT = "wdh"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class NoSuchHook(AttributeError):
    """A decorator of ``wdh.hooks`` was asked for by a name that no hook has."""


@hookspec(firstresult=True)
def provide_refs(domain: str) -> Mapping[str, Any] | None:
    """Give the domain's default refs block, a mapping in the YAML's own form. None: it has no references.

    Called once, while the configuration is completed. The YAML wins key by key; its lists replace; where it names
    a ``table``, the ``schema`` too is the YAML's (absent there: none).
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def provide_settings(domain: str | None) -> Mapping[str, Any] | None:
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
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def provide_tables(domain: str, columns: Columns | None, refs: tuple[Reference, ...]) -> Mapping[str, Table] | None:
    """Describe the tables the domain needs, for ``wdh ddl``: ``facts``, and one for each ref by its name.

    ``columns`` are those that data_sources.yml declares (None: it declares none), ``refs`` the completed references;
    :func:`wdh.describe_tables` turns both into tables. Names and schemas are not part of the description: they
    follow the configuration. The core answers last, for domains that declare their columns.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def reshape(domain: str, batch: Batch, context: RunContext) -> Sequence[Batch] | None:
    """Give the rows of a batch as several batches, where a row makes several facts. None: they stay as they are.

    Called once per batch, and then :func:`transform` once for each batch of the answer, which has rows of the one that
    was given: each once, in sheet order, under the same number. Its ``letters`` say in which column a value stands, so
    that a reject names the cell. :func:`wdh.unpivot` makes such batches of columns side by side.

    Every batch of a sheet is given as equally many, in the same order; some may be empty. A row that is in none makes
    no fact, and a note counts it. Not called where data_sources.yml says ``unpivot``.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def transform(domain: str, batch: Batch, context: RunContext, columns: Columns | None) -> Facts | None:
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
    """
    raise NotImplementedError


@hookspec
def check_facts(
    domain: str, facts: FactSheets, context: RunContext, settings: Mapping[str, Any] | None
) -> Iterable[Reject] | None:
    """Refuse facts for what only the whole sheet shows, such as a balance that does not follow from the row before.

    Called once, after all rows of all workbooks were read and before skip_facts and the plan; the domain's package and
    every plugin is asked. ``for sheet in facts.sheets(): for row in sheet.rows("余额", "金额"):`` reads the clean facts
    in sheet order, whatever the batches, and the answer has what ``row.reject(column, reason, sentence)`` made of those
    to be refused. The function may be a generator. ``settings`` are as for skip_facts; a domain's are also those of the
    context.

    A fact that is refused is none: it is not loaded, no reference gets a value from it, and it counts as one that
    transform refused. Where the run goes on without it (``--max-rejects``), the workbooks are read a second time. A
    DataError refuses the run as a whole.
    """
    raise NotImplementedError


@hookspec
def skip_facts(
    domain: str,
    context: RunContext,
    facts: FactRows,
    warehouse: WarehouseReader | None,
    settings: Mapping[str, Any] | None,
) -> str | Note | None:
    """Veto the loading of facts: return the reason. None agrees; a Note agrees and tells the operator something.

    Called once, after the workbooks were read and before the plan is made. Every plugin is asked, every reason and
    every note is shown, and references are backfilled all the same.

    ``facts`` are all those of the run: ``facts.distinct_values(column)``. ``warehouse`` answers questions,
    ``warehouse.rows(target, columns, where={…})``, in one READ ONLY transaction that ends before anything is written;
    None: the run only plans, and a plan needs no database. ``settings`` are your own, completed, as you gave their
    contract in provide_settings; None: the file has no block of this plugin.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def load_facts(domain: str, facts: FactRows, target: Target, steps: StepRecorder) -> bool | None:
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
    """
    raise NotImplementedError


@hookspec
def run_finished(domain: str, report: Mapping[str, Any], settings: Mapping[str, Any] | None) -> None:
    """Report the end of a run elsewhere. Called last, for every plugin, once the report was shown.

    The run was planned (``report["executed"]`` is false), committed, or found unchanged. ``report`` is the document of
    ``--output json``, whose ``wdh_report`` is its version; ``settings`` are as for skip_facts. An exception or a
    timeout here is told on stderr and logged: it changes neither the exit code nor what was committed.

    Where a run failed, :func:`run_failed` is called instead. Neither is called by ``wdh demo``.
    """
    raise NotImplementedError


@hookspec
def run_failed(domain: str, error: Mapping[str, Any], exit_code: int, settings: Mapping[str, Any] | None) -> None:
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
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def write_demo(domain: str, folder: Path, seed: int) -> str | None:
    """Write sample workbooks into ``folder`` and return the text of a data_sources.yml for them.

    Called by ``wdh demo`` only. The same seed must write the same cells. None: the domain has no demonstration.
    """
    raise NotImplementedError
