"""Runs a statement of a domain, or of a file under after, inside the run's transaction, which it cannot end."""

from __future__ import annotations

from collections.abc import Mapping

from wdh.errors import PluginError, SetupError
from wdh.plan import Statement
from wdh.sql import ledger, settings, statements
from wdh.sql.driver import Cursor
from wdh.sql.named import write_placeholders
from wdh.words.language import join, later, say

_NOT_INSIDE = ("0A000", "2D000")
"""PostgreSQL answers with these codes to COMMIT, ROLLBACK or SAVEPOINT inside a block of PL/pgSQL."""


_NAMES = {
    "the role": later("the role"),
    "the session's role": later("the session's role"),
    "the transaction": later("the transaction"),
}
"""The state that is no setting, as the question about it names it."""


def run_statement(step: Statement, cursor: Cursor) -> int:
    """Run the statement and return its row count. It can neither end the transaction nor change its settings.

    It is executed from inside a block of PL/pgSQL, where the server itself refuses COMMIT, ROLLBACK and savepoints.
    Raises PluginError, which names the package, or SetupError, which names the file, where it tries to or its text does
    not fit its parameters; psycopg2.Error.
    """
    import psycopg2

    before = _state(cursor)
    cursor.execute(ledger.TELL, (["statement"], [_compose(step, cursor)]))
    try:
        cursor.execute(statements.RUN_STATEMENT)
    except psycopg2.Error as error:
        if error.pgcode in _NOT_INSIDE:
            raise _fault(
                step,
                say(
                    "cannot be run inside the transaction: {message_primary}",
                    message_primary=error.diag.message_primary,
                ),
            ) from error
        raise
    (rows,) = cursor.fetchone() or (0,)
    changed = [name for name, value in _state(cursor).items() if before[name] != value]
    if changed:
        names = join(", ", (say(_NAMES[name]) if name in _NAMES else name for name in changed))
        raise _fault(step, say("changed {changed}, on which all later statements depend", changed=names))
    return int(rows)


def _compose(step: Statement, cursor: Cursor) -> str:
    import psycopg2
    from psycopg2.extensions import encodings

    sql = step.sql if step.file is None else write_placeholders(step.sql)
    try:
        text: bytes = cursor.mogrify(sql, step.parameters)
    except (psycopg2.Error, TypeError, ValueError, IndexError, KeyError) as error:
        raise _fault(
            step, say("does not fit its parameters (a % beside parameters is written %%): {error}", error=error)
        ) from error
    return text.decode(encodings[cursor.connection.encoding])


def _state(cursor: Cursor) -> Mapping[str, str]:
    cursor.execute(settings.STATE, {"names": list(settings.KEPT)})
    return dict(cursor.fetchall())


def _fault(step: Statement, what: str) -> SetupError:
    if step.file is not None:
        return SetupError(
            say(
                "{file}: the statement under after: ({purpose}) {what}. Everything was rolled back. Mend the "
                "file, or take it out of data_sources.yml.",
                file=step.file,
                purpose=step.purpose,
                what=what,
            ),
            file=step.file,
            table=step.target.sql,
        )
    place = say("{package}: the statement of load_facts", package=step.package)
    if step.entry:
        place = say("{entry}, hook load_facts: the statement", entry=step.entry)
    return PluginError(
        say(
            "{place} on {target} ({purpose}) {what}. Everything was rolled back. Correct the package or "
            "ask its author, or run with --skip-facts.",
            place=place,
            target=step.target.sql,
            purpose=step.purpose,
            what=what,
        ),
        plugin=step.package,
        hook="load_facts",
        table=step.target.sql,
    )
