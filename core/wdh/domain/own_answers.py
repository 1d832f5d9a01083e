"""The core's own answers to hooks, registered on the same road as a stranger's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wdh.columns import Column, Columns
from wdh.errors import SetupError
from wdh.facts import Batch, Facts
from wdh.facts.spool import FactRows
from wdh.hookspecs import hookimpl
from wdh.plan import StepRecorder
from wdh.references.picks import PICKS
from wdh.settings import ColumnRule, Reference
from wdh.sql.identifiers import Target
from wdh.sql.tables import Table
from wdh.words.language import say


class DeclaredDomain:
    """Reads a sheet into the columns that the configuration declares, when no package did it in another way."""

    @hookimpl(trylast=True)
    def transform(self, batch: Batch, columns: Columns | None) -> Facts | None:
        """Clean the batch. None: nothing is declared."""
        return None if columns is None else columns.clean(batch)

    @hookimpl(trylast=True)
    def provide_tables(self, columns: Columns | None, refs: tuple[Reference, ...]) -> Mapping[str, Table] | None:
        """Describe the tables that hold such facts and references. None: nothing is declared."""
        return None if columns is None else describe_tables(columns, refs)


class FactLoading:
    """Loads facts when no domain did: delete_insert replaces every scope that occurs, append only adds."""

    @hookimpl(trylast=True)
    def load_facts(self, facts: FactRows, target: Target, steps: StepRecorder) -> bool:
        """Record the delete (for delete_insert) and the append."""
        if steps.mode == "delete_insert":
            steps.delete_scope(target, facts)
        steps.append(target, facts)
        return True


class FactVeto:
    """Vetoes the facts of a run for a reason known before: the operator's ``--skip-facts`` is one."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    @hookimpl
    def skip_facts(self) -> str:
        """Give the reason."""
        return self._reason


_IDENTITY = "id"


def describe_tables(columns: Columns, refs: Iterable[Reference]) -> Mapping[str, Table]:
    """Describe the table of the facts, as ``facts``, and one for each reference, by its name.

    Types follow the kinds of ``columns``; the types of a reference, those of the fact columns that its rules read.
    Every reference has a unique key. A table has an identity column ``id``, unless it has a column of that name.
    Raises SetupError where a rule reads a column that ``columns`` lack: nobody here knows its type then.
    """
    by_name = {column.name: column for column in columns}
    facts = {name: column.sql_type + _not_null(column) for name, column in by_name.items()}
    return {"facts": _table(facts), **{ref.name: _describe(ref, by_name) for ref in refs}}


def _describe(reference: Reference, columns: Mapping[str, Column]) -> Table:
    types = {rule.column: _type_of(rule, columns, reference=reference) for rule in reference.columns}
    keyed = {name: f"{kind} NOT NULL" if name in reference.key else kind for name, kind in types.items()}
    return _table(keyed, key=reference.key)


def _table(columns: Mapping[str, str], *, key: tuple[str, ...] = ()) -> Table:
    identity = None if _IDENTITY in columns else _IDENTITY
    return Table(columns, identity=identity, unique=(key,) if key else ())


def _type_of(rule: ColumnRule, columns: Mapping[str, Column], *, reference: Reference) -> str:
    source = rule.source
    if source is not None and source not in columns:
        raise SetupError(
            say(
                "refs.{name}: the column {column} comes from {source}, of which nobody says what it is like; "
                "the columns described are {columns}. Describe the tables yourself (provide_tables).",
                name=reference.name,
                column=rule.column,
                source=source,
                columns=", ".join(columns),
            ),
            ref=reference.name,
            column=source,
        )
    return PICKS[rule.pick].sql_type(rule, None if source is None else columns[source].sql_type)


def _not_null(column: Column) -> str:
    return " NOT NULL" if column.is_required or column.default is not None else ""
