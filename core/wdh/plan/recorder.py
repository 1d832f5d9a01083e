"""Records the steps that load the facts, for the hook ``load_facts``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from wdh.errors import PluginError
from wdh.facts.spool import FactRows
from wdh.plan.loading import Append, Stage, Upsert
from wdh.plan.steps import DeleteScope, Statement, Step
from wdh.settings import LoadMode
from wdh.sql.identifiers import Target, quote_qualified
from wdh.words.language import say
from wdh.words.printable import is_encodable
from wdh.words.spelling import did_you_mean


class StepRecorder:
    """Records the steps of ``load_facts``. Recording executes nothing.

    ``target`` is the domain's own table of facts; None: there is none. ``package`` is who records, as a message names
    it; ``refuse`` makes the error for a sentence about it. Every method raises PluginError for what could not be done,
    or contradicts the mode.
    """

    def __init__(
        self,
        mode: LoadMode,
        scope_columns: Sequence[str],
        *,
        target: Target | None = None,
        package: str = "",
        entry: str = "",
        refuse: Callable[[str], PluginError] = PluginError,
    ) -> None:
        self.scope_columns = tuple(scope_columns)
        self._mode, self._target = mode, target
        self._package, self._entry, self._refuse = package, entry, refuse
        self._steps: list[Step] = []
        self._skipped: str | None = None
        self._mode_was_asked = False

    @property
    def mode(self) -> LoadMode:
        """The mode of the run (``--mode``): ``append`` only adds facts, ``delete_insert`` replaces scopes."""
        self._mode_was_asked = True
        return self._mode

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps recorded so far."""
        return tuple(self._steps)

    @property
    def skipped(self) -> str | None:
        """Why the facts are left alone; None: they are not."""
        return self._skipped

    def delete_scope(self, target: Target, facts: FactRows, *, columns: Sequence[str] | None = None) -> None:
        """Delete every scope that ``facts`` contain. ``columns`` (default: the pk) must be part of the pk.

        Not in the mode ``append``, which promises the operator that nothing is deleted.
        """
        self._check_target(target)
        self._check_facts(facts)
        if self._mode == "append":
            raise self._refuse(
                say("recorded a delete scope in the mode append, which only adds; ask steps.mode before")
            )
        scope = self.scope_columns if columns is None else tuple(columns)
        if not scope:
            raise self._refuse(say("recorded a delete scope without a column; name columns of the pk"))
        try:
            rows = facts.distinct(scope)
        except ValueError as error:
            raise self._refuse(say("asked for a delete scope that is not there: {error}", error=error)) from error
        self._steps.append(DeleteScope(target, scope, rows))

    def append(self, target: Target, facts: FactRows) -> None:
        """Add all of ``facts`` to the target."""
        self._check_target(target)
        self._check_facts(facts)
        self._steps.append(Append(target, facts))

    def upsert(
        self, target: Target, facts: FactRows, *, key: Sequence[str], update: Sequence[str] | None = None
    ) -> None:
        """Insert the facts whose ``key`` the target lacks, and update the others where their values differ.

        ``update`` names the columns that a fact gives to the row of its key (default: all but the key). With ``()`` a
        row that is there stays as it is; only so may it be recorded in the mode ``append``, which only adds. Two facts
        of one key, and a fact without a value in its key, end the run with their cells.
        """
        self._check_target(target)
        self._check_facts(facts)
        key = self._check_columns("key", key, facts)
        if not key:
            raise self._refuse(say("recorded an upsert without a key; name the columns that tell facts apart"))
        others = tuple(name for name in facts.columns if name not in key)
        changed = others if update is None else self._check_columns("update", update, facts)
        if both := [name for name in changed if name in key]:
            raise self._refuse(
                say("recorded an upsert that updates {both} of its own key; take it out of one", both=", ".join(both))
            )
        if changed and self._mode == "append":
            raise self._refuse(
                say(
                    "recorded an upsert that may change facts in the mode append, which only adds; ask "
                    "steps.mode before, and say update=() there"
                )
            )
        self._steps.append(Upsert(target, facts, key, changed, entry=self._entry))

    def stage(self, facts: FactRows, *, like: Target | None = None) -> Target:
        """Send ``facts`` into a temporary table for statements of your own; give its name, which they read.

        Its columns are those of the facts, with the names and types that they have in the table ``like`` (default: the
        domain's own), without its constraints. It is gone with the transaction. A statement behind must read it: by
        itself it loads nothing.
        """
        like = self._check_target(self._target if like is None else like)
        self._check_facts(facts)
        number = 1 + sum(isinstance(step, Stage) for step in self._steps)
        stage = Target("pg_temp", f"wdh_facts_{number}")
        self._steps.append(Stage(like, facts, stage))
        return stage

    def statement(self, target: Target, sql: str, *, purpose: str, parameters: Parameters | None = None) -> None:
        """Run a statement of the domain's own against ``target``, in its place among the steps.

        ``purpose`` says in a few words what it does, for the report. ``parameters`` are psycopg2's: a sequence for
        ``%s``, a mapping for ``%(name)s``; a percent sign beside them is written ``%%``.
        """
        self._check_target(target)
        self._check_text("sql", sql)
        self._check_text("purpose", purpose)
        if isinstance(parameters, (str, bytes)) or not isinstance(parameters, (Sequence, Mapping, type(None))):
            raise self._refuse(
                say(
                    "recorded a statement with {name} as parameters; give a tuple, a mapping, or None",
                    name=type(parameters).__name__,
                )
            )
        if fault := find_fault(sql, parameters):
            raise self._refuse(say("recorded a statement ({purpose}) that {fault}", purpose=purpose, fault=fault))
        kept = parameters if parameters is None or isinstance(parameters, Mapping) else tuple(parameters)
        self._steps.append(Statement(target, purpose, sql, kept, self._package, entry=self._entry))

    def skip(self, reason: str) -> None:
        """Leave the facts alone, for a reason that the report shows; then no step may be recorded."""
        self._check_text("reason", reason)
        self._skipped = reason

    def for_package(self, package: str, *, entry: str = "", refuse: Callable[[str], PluginError]) -> StepRecorder:
        """Make an empty recorder of the same run for the next one that is asked, whose entry point is ``entry``."""
        return StepRecorder(
            self._mode, self.scope_columns, target=self._target, package=package, entry=entry, refuse=refuse
        )

    def refuse_forgotten(self) -> None:
        """Raise PluginError where something was recorded that would be dropped without a word."""
        if self._steps or self._skipped is not None:
            what = f"steps ({len(self._steps)})" if self._steps else "steps.skip"
            raise self._refuse(
                say(
                    "recorded {what} and returned None, so that the facts would be loaded otherwise; end it with "
                    "return True, or record nothing where it leaves the facts to the core",
                    what=what,
                )
            )

    def complete(self) -> None:
        """Check what was recorded as a whole. Raises PluginError where that is nothing, or not what was asked for."""
        if not self._steps and self._skipped is None:
            raise self._refuse(
                say(
                    "returned True without a step, and the facts would be lost; record the steps, say "
                    "steps.skip(reason), or return None to leave it to the core"
                )
            )
        if self._steps and self._skipped is not None:
            raise self._refuse(
                say(
                    "said steps.skip({skipped!r}) and recorded steps ({count}); do one or the other",
                    skipped=self._skipped,
                    count=len(self._steps),
                )
            )
        for place, step in enumerate(self._steps):
            if isinstance(step, Stage) and not _is_read(step, self._steps[place:]):
                raise self._refuse(
                    say(
                        "staged the facts in {stage}, and no statement behind it names {table}, so that they would "
                        "be lost; record the statement that reads them",
                        stage=step.stage.sql,
                        table=step.stage.table,
                    )
                )
        has_statements = any(isinstance(step, Statement) for step in self._steps)
        if self._mode == "append" and has_statements and not self._mode_was_asked:
            raise self._refuse(
                say(
                    "recorded a statement of its own in the mode append without having asked steps.mode, so that "
                    "it may not only add facts; ask for the mode, and record what keeps it"
                )
            )

    def take(self, recorded: StepRecorder) -> None:
        """Take over what another recorder has, which is complete."""
        self._steps.extend(recorded.steps)
        self._skipped = recorded.skipped

    def _check_target(self, target: object) -> Target:
        if not isinstance(target, Target):
            raise self._refuse(
                say("recorded a step for {target!r}; the table is a Target(schema, table)", target=target)
            )
        try:
            quote_qualified(target.schema, target.table)
        except (AttributeError, TypeError, ValueError) as error:
            raise self._refuse(say("recorded a step for {target!r}: {error}", target=target, error=error)) from error
        return target

    def _check_facts(self, facts: object) -> None:
        if not isinstance(facts, FactRows):
            raise self._refuse(
                say(
                    "recorded a step with {name} as facts; hand over the facts that load_facts was given",
                    name=type(facts).__name__,
                )
            )

    def _check_columns(self, what: str, names: object, facts: FactRows) -> tuple[str, ...]:
        if isinstance(names, str) or not isinstance(names, Sequence):
            raise self._refuse(
                say("gave {names!r} as {what} of an upsert; give a tuple of columns", names=names, what=what)
            )
        for name in names:
            if name not in facts.columns:
                near = did_you_mean(str(name), facts.columns) or "."
                known = ", ".join(facts.columns)
                raise self._refuse(
                    say(
                        "named {name!r} in {what} of an upsert, which is no column of the facts{near} They have "
                        "{known}",
                        name=name,
                        what=what,
                        near=near,
                        known=known,
                    )
                )
        return tuple(dict.fromkeys(names))

    def _check_text(self, name: str, text: object) -> None:
        if not isinstance(text, str) or not text.strip():
            shown = say("a blank") if isinstance(text, str) else type(text).__name__
            raise self._refuse(say("gave {shown} as {name}; it is a text that says something", shown=shown, name=name))


Parameters = Sequence[object] | Mapping[str, object]


def _is_read(stage: Stage, steps: Sequence[Step]) -> bool:
    return any(isinstance(step, Statement) and stage.stage.table in step.sql for step in steps)


_PERCENT: Final = re.compile(r"%(?:%|s|\((?P<name>[^)]*)\)s)?")
"""A percent sign with what psycopg2 understands behind it; alone where there is nothing of the kind."""


def find_fault(sql: str, parameters: Parameters | None) -> str | None:
    """Say why a statement cannot be sent with its parameters; None: it can, and the server has its say.

    psycopg2 puts the parameters into the text: ``%s`` takes the next of a sequence, ``%(name)s`` one of a mapping,
    ``%%`` is a percent sign. Without parameters (None) the text goes as it is.

    Whether psycopg2 knows a parameter's type is not asked here: only a connection can tell.
    """
    if fault := _find_unsendable(sql):
        return say("has {fault} in its text", fault=fault)
    if parameters is None:
        return None
    is_named = isinstance(parameters, Mapping)
    for value in parameters.values() if isinstance(parameters, Mapping) else parameters:
        if isinstance(value, str) and (fault := _find_unsendable(value)):
            return say("has {fault} in the parameter {value!r}", fault=fault, value=value)
    found = [match for match in _PERCENT.finditer(sql) if match[0] != "%%"]
    bare = next((match for match in found if match[0] == "%"), None)
    if bare is not None:
        shown = sql[bare.start() : bare.start() + 20]
        return say(
            "has a bare % beside parameters, at {shown!r}; write %% for a percent sign, and %s for a parameter",
            shown=shown,
        )
    if any((match["name"] is not None) is not is_named for match in found):
        wanted = (
            say("%(name)s, as the parameters are a mapping")
            if is_named
            else say("%s, as the parameters are a sequence")
        )
        return say("mixes placeholders and parameters of two kinds; write {wanted}", wanted=wanted)
    return _find_misfit([match["name"] for match in found], parameters)


def _find_misfit(names: Iterable[str], parameters: Parameters) -> str | None:
    names = list(names)
    if isinstance(parameters, Mapping):
        missing = [name for name in dict.fromkeys(names) if name not in parameters]
        return (
            say("has no parameter for {missing}; add it", missing=", ".join(f"%({name})s" for name in missing))
            if missing
            else None
        )
    if len(names) != len(parameters):
        return say(
            "has {placeholders} placeholders (%s) and {parameters} parameters; give one for each",
            placeholders=len(names),
            parameters=len(parameters),
        )
    return None


def _find_unsendable(text: str) -> str | None:
    if "\0" in text:
        return say("a NUL character")
    return None if is_encodable(text) else say("a character that is no Unicode (a lone surrogate)")
