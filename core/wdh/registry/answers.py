"""Checks the answers of plugins to hooks, before anything relies on them.

Every function checks the answer as it came and ``refuse``, which makes the error for a sentence about it, so that the
error names the plugin that answered.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeGuard, TypeVar, cast

from wdh.errors import PluginError
from wdh.facts import Batch, Facts, Note, Place, Reject
from wdh.facts.sheets import FactReject, FactSheets
from wdh.facts.sums import Sums
from wdh.words.language import later, say, say_count
from wdh.words.phrases import clip

Refusal = Callable[[str], PluginError]
T = TypeVar("T")
_SHOWN: Final = 60
"""Characters of a value that a sentence repeats."""

VALUE_TYPES: Final = frozenset((type(None), str, int, float, bool, Decimal, datetime.date, datetime.datetime))
"""The types of a clean value, exactly: a subclass may show itself differently (numpy's float64 is a float, yet its
repr is not a number)."""


_STR_OR_NONE: Final = later("a str, or None")


def check_mapping(answer: object, kind: type[T], *, refuse: Refusal) -> Mapping[str, T]:
    """Check a mapping from text to ``kind`` (``object``: anything)."""
    if not isinstance(answer, Mapping):
        raise refuse(say("returned {answer}; return a mapping, or None", answer=_show_type(answer)))
    for key, value in answer.items():
        if not isinstance(key, str):
            raise refuse(say("returned a mapping with the key {key!r}; make every key a str", key=key))
        if not isinstance(value, kind):
            raise refuse(
                say(
                    "returned {value} for {key!r}; make it a {kind}",
                    value=_show_type(value),
                    key=key,
                    kind=kind.__name__,
                )
            )
    return answer


def check_text(answer: object, *, refuse: Refusal, wanted: str = _STR_OR_NONE) -> str:
    """Check a text that is not blank; ``wanted`` is what the hook may return."""
    if not isinstance(answer, str):
        raise refuse(say("returned {answer}; return {wanted}", answer=_show_type(answer), wanted=say(wanted)))
    if not answer.strip():
        raise refuse(say("returned a blank text; return one that says something, or None"))
    return answer


def check_nothing(answer: object, *, refuse: Refusal) -> None:
    """Check None: the hook has no use for an answer."""
    if answer is not None:
        raise refuse(say("returned {answer}; return nothing, as nobody looks at it", answer=_show_type(answer)))


def check_note(answer: Note, *, refuse: Refusal) -> Note:
    """Check a note: a code, a sentence, and the number of rows of each case, which may be none."""
    for name in ("code", "sentence"):
        value = getattr(answer, name)
        if not isinstance(value, str) or not value.strip():
            raise refuse(
                say(
                    "returned a Note with {value} as {name}; make it a text that says something",
                    value=_show_type(value),
                    name=name,
                )
            )
    cases = answer.cases
    if not isinstance(cases, Mapping) or not all(type(k) is str and type(n) is int for k, n in cases.items()):
        raise refuse(
            say(
                "returned a Note with {cases} as cases; map each case (a str) to a number of rows (an int)",
                cases=_show_type(cases),
            )
        )
    return answer


def check_parts(answer: object, batch: Batch, *, refuse: Refusal) -> Sequence[Batch]:
    """Check the batches that the rows of one are made: rows of it, each at most once, in columns as long as they."""
    if not _is_sequence(answer) or not answer or not {Batch}.issuperset(map(type, answer)):
        raise refuse(say("returned {answer}; return a list of Batch, or None", answer=_show_type(answer)))
    parts = cast("Sequence[Batch]", answer)
    for part in parts:
        numbers = list(part.row_numbers)
        if (part.file, part.sheet) != (batch.file, batch.sheet) or not set(batch.row_numbers).issuperset(numbers):
            raise refuse(
                say("returned a Batch with rows that are not in the batch; use its file, sheet and row_numbers")
            )
        if any(after <= before for before, after in itertools.pairwise(numbers)):
            raise refuse(
                say("returned a Batch whose row_numbers repeat or are out of order; put a row's facts into several")
            )
        for header, column in (*part.columns.items(), *part.formats.items()):
            if len(column) != len(numbers):
                raise refuse(
                    say(
                        "returned a Batch with {count} cells under {header!r} for {rows} rows; give each row a "
                        "cell, or None, under every header",
                        count=len(column),
                        header=header,
                        rows=len(numbers),
                    )
                )
    return parts


def check_facts(answer: object, batch: Batch, *, refuse: Refusal) -> Facts:
    """Check the facts of a batch: columns of one length, values the warehouse can take, no row lost or invented.

    The cost is a set of types per column and, where rows were refused, a few sets of row numbers.
    """
    if not isinstance(answer, Facts):
        raise refuse(
            say(
                "returned {answer}; return Facts (Columns.clean and Facts.from_rows make them)",
                answer=_show_type(answer),
            )
        )
    _check_columns(answer, refuse=refuse)
    _check_members(answer.rejects, Reject, "rejects", refuse=refuse)
    _check_members(answer.notes, Note, "notes", refuse=refuse)
    for reject in answer.rejects:
        _check_reject(reject, refuse=refuse)
    for note in answer.notes:
        check_note(note, refuse=refuse)
    if answer.sums is not None and type(answer.sums) is not Sums:
        raise refuse(
            say(
                "returned Facts with {sums} as sums; keep those of Columns.clean, or None", sums=_show_type(answer.sums)
            )
        )
    _check_letters(answer.letters, "letters", refuse=refuse)
    _check_letters({} if answer.unread is None else answer.unread, "unread", refuse=refuse)
    if type(answer.totals) is not int or answer.totals < 0:
        raise refuse(
            say(
                "returned Facts with totals = {totals!r}; make it the number of rows that are totals",
                totals=answer.totals,
            )
        )
    _check_rows(answer, batch, refuse=refuse)
    return answer


def check_rejects(answer: object, facts: FactSheets, *, refuse: Refusal) -> tuple[FactReject, ...]:
    """Check the rejects of facts, of which the rows of ``facts`` made each; None is none."""
    if answer is None:
        return ()
    if not isinstance(answer, Iterable) or isinstance(answer, (str, bytes, Mapping)):
        raise refuse(
            say(
                "returned {answer}; return the rejects that row.reject made, in a list, or None",
                answer=_show_type(answer),
            )
        )
    rejects: list[FactReject] = []
    for reject in answer:
        if not isinstance(reject, FactReject):
            own = say("a Reject made by hand") if isinstance(reject, Reject) else _show_type(reject)
            raise refuse(
                say("gave {own} among the rejects; give what row.reject made, of the row to be refused", own=own)
            )
        if reject.facts is not facts:
            raise refuse(
                say("gave a reject of an earlier call ({reject}); keep none between calls", reject=_show_place(reject))
            )
        for name in ("reason", "sentence"):
            value = getattr(reject, name)
            if not isinstance(value, str) or not value.strip():
                raise refuse(
                    say(
                        "gave a reject ({reject}) with {value} as {name}; it is a text that says something",
                        reject=_show_place(reject),
                        value=_show_type(value),
                        name=name,
                    )
                )
        rejects.append(reject)
    return tuple(rejects)


def _show_place(reject: Reject) -> str:
    return str(Place(reject.file, reject.sheet, reject.row, reject.cell))


def _check_columns(facts: Facts, *, refuse: Refusal) -> None:
    if not _is_sequence(facts.row_numbers):
        raise refuse(
            say(
                "returned Facts with {row_numbers} as row_numbers; make it a list",
                row_numbers=_show_type(facts.row_numbers),
            )
        )
    if not isinstance(facts.columns, Mapping):
        raise refuse(
            say("returned Facts with {columns} as columns; make it a mapping", columns=_show_type(facts.columns))
        )
    for name, column in facts.columns.items():
        if not isinstance(name, str) or not name:
            raise refuse(
                say(
                    "returned Facts with a column named {name!r}; name it as the database column is, by a str",
                    name=name,
                )
            )
        if not _is_sequence(column):
            raise refuse(
                say(
                    "returned Facts with {column} as column {name!r}; make it a list",
                    column=_show_type(column),
                    name=name,
                )
            )
        if len(column) != len(facts.row_numbers):
            raise refuse(
                say(
                    "returned Facts with {count} values in column {name!r} for {rows} row_numbers; give each "
                    "row a value, or None, in every column",
                    count=len(column),
                    name=name,
                    rows=len(facts.row_numbers),
                )
            )
        if not VALUE_TYPES.issuperset(map(type, column)):
            raise refuse(_show_strange_value(facts, name))


def _show_strange_value(facts: Facts, name: str) -> str:
    column = facts.columns[name]
    index = next(index for index, value in enumerate(column) if type(value) not in VALUE_TYPES)
    kinds = ", ".join(sorted("None" if kind is type(None) else kind.__name__ for kind in VALUE_TYPES))
    return say(
        "returned {value} in column {name!r} for row {row}, which the warehouse cannot take; "
        "make it exactly one of {kinds}, and None where there is no value",
        value=_show_type(column[index]),
        name=name,
        row=facts.row_numbers[index],
        kinds=kinds,
    )


def _check_members(members: object, kind: type, name: str, *, refuse: Refusal) -> None:
    if not _is_sequence(members):
        raise refuse(
            say("returned Facts with {members} as {name}; make it a tuple", members=_show_type(members), name=name)
        )
    if not {kind}.issuperset(map(type, members)):
        member = next(member for member in members if type(member) is not kind)
        raise refuse(
            say(
                "returned Facts with {member} among the {name}; each is a {kind}",
                member=_show_type(member),
                name=name,
                kind=kind.__name__,
            )
        )


def _check_reject(reject: Reject, *, refuse: Refusal) -> None:
    for name in ("file", "sheet", "cell", "column", "value", "reason", "sentence"):
        text = getattr(reject, name)
        if not isinstance(text, str) and not (text is None and name in _MAY_BE_NONE):
            raise refuse(
                say(
                    "returned a Reject with {text} as {name}; it is a text: make rejects with batch.reject or "
                    "row.reject",
                    text=_show_type(text),
                    name=name,
                )
            )


_MAY_BE_NONE: Final = ("cell", "column", "value")


def _check_letters(letters: object, name: str, *, refuse: Refusal) -> None:
    if not isinstance(letters, Mapping) or not all(type(k) is str and type(v) is str for k, v in letters.items()):
        raise refuse(
            say(
                "returned Facts with {letters} as {name}; it maps names to the letters of columns",
                letters=_show_type(letters),
                name=name,
            )
        )


def _check_rows(facts: Facts, batch: Batch, *, refuse: Refusal) -> None:
    """Check that each row of the batch is a fact, or in a reject, or counted as a total: once, and in sheet order."""
    numbers, known = list(facts.row_numbers), list(batch.row_numbers)
    _check_members(numbers, int, "row_numbers", refuse=refuse)
    if numbers == known and not facts.rejects and not facts.totals:
        return
    rows = [reject.row for reject in facts.rejects]
    _check_members(rows, int, say("rows of the rejects"), refuse=refuse)
    rejected = set(rows)
    if foreign := (set(numbers) | rejected).difference(known):
        sentence = say_count(
            "returned Facts in which row {rows} is not in the batch; use the batch's row_numbers",
            "returned Facts in which {count} rows ({rows}) are not in the batch; use the batch's row_numbers",
            len(foreign),
            rows=_show_rows(foreign),
        )
        raise refuse(sentence)
    if twice := rejected.intersection(numbers):
        sentence = say_count(
            "returned Facts in which row {rows} is both a fact and in a reject; make it one of them",
            "returned Facts in which {count} rows ({rows}) are both a fact and in a reject; make it one of them",
            len(twice),
            rows=_show_rows(twice),
        )
        raise refuse(sentence)
    if any(after <= before for before, after in itertools.pairwise(numbers)):
        raise refuse(
            say("returned Facts whose row_numbers repeat or are out of order; keep each row once, in sheet order")
        )
    found = len(numbers) + len(rejected) + facts.totals
    if found != len(known):
        raise refuse(_show_count(facts, known, rejected=len(rejected)))


def _show_count(facts: Facts, known: list[int], *, rejected: int) -> str:
    missing = set(known).difference(facts.row_numbers, (reject.row for reject in facts.rejects))
    told = {
        "accounted": len(facts) + rejected + facts.totals,
        "known": len(known),
        "facts": len(facts),
        "rejected": rejected,
        "totals": facts.totals,
    }
    if not missing:
        return say(
            "returned Facts that account for {accounted} of {known} rows: {facts} facts, {rejected} rejected, {totals} "
            "totals; each row must be one of these",
            **told,
        )
    return say_count(
        "returned Facts that account for {accounted} of {known} rows: {facts} facts, {rejected} rejected, {totals} "
        "totals (row {rows} is neither a fact nor in a reject); each row must be one of these",
        "returned Facts that account for {accounted} of {known} rows: {facts} facts, {rejected} rejected, {totals} "
        "totals ({count} rows ({rows}) are neither a fact nor in a reject); each row must be one of these",
        len(missing),
        rows=_show_rows(missing),
        **told,
    )


def _show_rows(rows: set[int]) -> str:
    return ", ".join(str(row) for row in sorted(rows, key=str)[:3]) + ", …" * (len(rows) > 3)


def _show_type(value: Any) -> str:
    if value is None:
        return "None"
    return say("a value of type {name} ({value})", name=type(value).__name__, value=clip(repr(value), _SHOWN))


def _is_sequence(value: object) -> TypeGuard[Sequence[object]]:
    # A str is a sequence of characters: as a column it would pass wherever its length happens to fit.
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))
