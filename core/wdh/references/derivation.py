"""Reference rows, derived from the facts that share a key: candidates for a backfill."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wdh.errors import PluginError, SetupError
from wdh.facts import Facts, FactValue
from wdh.references.candidates import Candidates, Disagreement, Refusal
from wdh.references.picking import FormatRefused, Key, Pick, RefusedValue, ValuesRefused, comparable, position, row_of
from wdh.references.picks import First, make_pick
from wdh.settings import ColumnRule, Reference
from wdh.words.blanks import blanks_in
from wdh.words.language import say


class Derivation:
    """Collects the facts of a run into the candidates of one reference: one small state per key and column.

    Absorbing batches in any order, or merging derivations that saw different parts, gives the same candidates.
    """

    def __init__(self, reference: Reference) -> None:
        rules = {rule.column: rule for rule in reference.columns}
        others = [rule for rule in reference.columns if rule.column not in reference.key]
        self._reference = reference
        self._keys = tuple(rules[column] for column in reference.key)
        self._columns = tuple(column for column in reference.key) + tuple(rule.column for rule in others)
        self._picks: tuple[Pick[Any], ...] = tuple(make_pick(rule) for rule in others)
        self._states: tuple[dict[Key, Any], ...] = tuple({} for _ in others)
        self._seen: dict[Key, None] = {}

    def absorb(self, facts: Facts, *, workbook: int, group: int = 0) -> None:
        """Add the facts of one batch; ``workbook`` is the ordinal of their workbook in this run.

        ``group`` orders facts of one row that come in several batches.

        Raises PluginError where a rule reads a column that the facts do not have.
        """
        columns = _Unblanked(facts, self._reference)
        keys = self._key_values(columns)
        places = [position(workbook, row, group) for row in facts.row_numbers]
        self._seen.update(dict.fromkeys(key for key in keys if key is not None))
        for pick, states in self._picked():
            pick.absorb(states, keys, columns=columns, places=places)

    def merge(self, other: Derivation) -> None:
        """Add what another derivation of the same reference saw in other rows."""
        self._seen.update(other._seen)
        for pick, states, others in zip(self._picks, self._states, other._states, strict=True):
            for key, state in others.items():
                states[key] = pick.merge(states[key], state) if key in states else state

    def candidates(self) -> Candidates:
        """Say what was found so far. Raises SetupError where the format of a rule can write none of its values."""
        # Values of different types cannot be compared; the type's name first makes any mixture sortable.
        keys = sorted(self._seen, key=lambda key: [(type(value).__name__, value) for value in _as_tuple(key)])
        refusals: list[Refusal] = []
        picked = [self._results(pick, states, keys, refusals=refusals) for pick, states in self._picked()]
        rows = [(*_as_tuple(key), *values) for key, *values in zip(keys, *picked, strict=True)]
        required = [(column, self._columns.index(column)) for column in self._reference.required]
        missing = [tuple(column for column, place in required if row[place] is None) for row in rows]
        return Candidates(
            self._reference,
            self._columns,
            tuple(row for row, blank in zip(rows, missing, strict=True) if not blank),
            tuple((_as_tuple(key), blank) for key, blank in zip(keys, missing, strict=True) if blank),
            tuple(self._disagreements()),
            tuple(refusals),
        )

    def _results(
        self, pick: Pick[Any], states: Mapping[Key, Any], keys: Sequence[Key], *, refusals: list[Refusal]
    ) -> Sequence[FactValue]:
        """Give what was picked, by key; values that the pick refuses are added to ``refusals``."""
        values: list[FactValue] = []
        refused: list[tuple[Key, ValuesRefused]] = []
        for key in keys:
            try:
                values.append(pick.result(states[key]) if key in states else None)
            except ValuesRefused as error:
                values.append(None)
                refused.append((key, error))
        if refused and all(value is None for value in values):
            self._refuse_format(pick.rule, [error for _, error in refused])
        refusals += [
            self._refusal(key, pick.rule.column, refused=each) for key, error in refused for each in error.values
        ]
        return values

    def _refuse_format(self, rule: ColumnRule, errors: Sequence[ValuesRefused]) -> None:
        """Raise SetupError where the format wrote none of the values: then it is at fault, and no cell."""
        whys = [error.why for error in errors if isinstance(error, FormatRefused)]
        if len(whys) < len(errors):
            return
        setting = f"refs.{self._reference.name}.columns.{rule.column}.format"
        raise SetupError(
            say(
                "{setting}: {format!r} is no format for the values of {source!r}: {why}. Correct it in "
                "data_sources.yml. Nothing was touched.",
                setting=setting,
                format=rule.format,
                source=rule.source,
                why=whys[0],
            ),
            setting=setting,
        )

    def _refusal(self, key: Key, column: str, *, refused: RefusedValue) -> Refusal:
        return Refusal(
            reference=self._reference.name,
            key=_as_tuple(key),
            column=column,
            source=refused.source,
            value=refused.value,
            place=row_of(refused.place),
            sentence=refused.sentence,
        )

    def _key_values(self, columns: _Unblanked) -> Sequence[Key]:
        parts = [columns.keys_of(rule.source or rule.column) for rule in self._keys]
        if len(parts) == 1:
            return parts[0]
        return [None if None in key else key for key in zip(*parts, strict=True)]

    def _picked(self) -> Iterable[tuple[Pick[Any], dict[Key, Any]]]:
        return zip(self._picks, self._states, strict=True)

    def _disagreements(self) -> Iterable[Disagreement]:
        for pick, states in self._picked():
            # With a format the first of several is meant to be taken: the month of a remark, not a contradiction.
            if type(pick) is not First or pick.rule.format is not None:
                continue
            for key, state in states.items():
                if len(state) > 1:
                    (here, value), (there, other) = state
                    yield Disagreement(
                        reference=self._reference.name,
                        key=_as_tuple(key),
                        column=pick.rule.column,
                        source=pick.rule.source or pick.rule.column,
                        values=(value, other),
                        places=(row_of(here), row_of(there)),
                    )


class _Unblanked(Mapping[str, Sequence[FactValue]]):
    """The columns of one batch with the reference's blanks as None; each is looked through once."""

    def __init__(self, facts: Facts, reference: Reference) -> None:
        self._facts = facts
        self._reference = reference
        self._blank = frozenset(("", *reference.blank))
        self._known: dict[str, Sequence[FactValue]] = {}
        self._amounts: dict[str, Sequence[Any]] = {}

    def amounts(self, name: str) -> Sequence[Any]:
        """Give a column made comparable; several picks ask for the same."""
        if name not in self._amounts:
            self._amounts[name] = list(map(comparable, self[name]))
        return self._amounts[name]

    def keys_of(self, name: str) -> Sequence[FactValue]:
        """Give a key column, with every blank text as None, whichever blank it is."""
        values = self[name]
        blank = blanks_in(values)
        return [None if value in blank else value for value in values] if blank else values

    def __getitem__(self, name: str) -> Sequence[FactValue]:
        known = self._known.get(name)
        if known is None:
            try:
                values = self._facts.columns[name]
            except KeyError as error:
                raise PluginError(
                    say(
                        "refs.{reference} reads the fact column {name!r}, which the domain's transform does not "
                        "return; it returns {columns}",
                        reference=self._reference.name,
                        name=name,
                        columns=", ".join(self._facts.columns) or say("no column"),
                    ),
                    reference=self._reference.name,
                    column=name,
                ) from error
            known = values if self._blank.isdisjoint(values) else [None if v in self._blank else v for v in values]
            self._known[name] = known
        return known

    def __iter__(self) -> Any:
        return iter(self._facts.columns)

    def __len__(self) -> int:
        return len(self._facts.columns)


def _as_tuple(key: Key) -> tuple[FactValue, ...]:
    return key if isinstance(key, tuple) else (key,)
