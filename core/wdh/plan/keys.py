"""The keys of facts that are upserted: each fact has one, and no two have the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wdh.errors import DataError
from wdh.facts.copytext import Seen, read_copy_text
from wdh.facts.spool import FactRows
from wdh.plan.loading import Upsert
from wdh.words.language import join, say

_SHOWN = 5

Pair = tuple[int, int]
"""The lines of two facts of one key."""


class UnclearKeys(DataError):
    """Facts of an upsert whose key is blank, or another one's as well. The facts ``places`` are their cells."""

    may_quote_values = True


def refuse_unclear_keys(step: Upsert) -> None:
    """Raise UnclearKeys where a fact has no value in its key, or two have the same. The server is not asked."""
    if blank := [name for name in step.key if step.facts.profiles[name].has_null]:
        raise _blank_keys(step, blank)
    if repeated := _find_repeated(step.facts, step.key):
        raise repeated_keys(step, repeated)


def repeated_keys(step: Upsert, pairs: Sequence[Pair]) -> UnclearKeys:
    """Make the error about facts that are one to an upsert."""
    shown = pairs[:_SHOWN]
    return UnclearKeys(
        say(
            "{target}: these facts have the same key ({key}), and an upsert can keep one of them only: "
            "{shown}{more}. Leave one of each in the workbook{correct}. Nothing was written.",
            target=step.target.sql,
            key=", ".join(step.key),
            shown=join("; ", (join(say(" and "), (_show(step, line) for line in pair)) for pair in shown)),
            more=_more(len(pairs)),
            correct=_or_correct(step),
        ),
        table=step.target.sql,
        key=step.key,
        places=[_place(step, line, step.key[0]) for pair in shown for line in pair],
    )


def _blank_keys(step: Upsert, blank: Sequence[str]) -> UnclearKeys:
    found = [
        _place(step, line, name)
        for line, values in step.facts.lines(blank)
        for name, value in zip(blank, values, strict=True)
        if value is None
    ]
    return UnclearKeys(
        say(
            "{target}: the key of an upsert ({key}) is blank at {found}{more}, so that no later run "
            "could find the fact again. Fill the cells, or leave the rows out{correct}. Nothing was written.",
            target=step.target.sql,
            key=", ".join(step.key),
            found=join("; ", found[:_SHOWN]),
            more=_more(len(found)),
            correct=_or_correct(step),
        ),
        table=step.target.sql,
        key=step.key,
        places=found[:_SHOWN],
    )


def _or_correct(step: Upsert) -> str:
    """Name the package whose choice the key is: it may be the wrong one."""
    return (
        say("; or, if that is no key, correct {entry}, hook load_facts: steps.upsert", entry=step.entry)
        if step.entry
        else ""
    )


def _find_repeated(facts: FactRows, key: Sequence[str]) -> list[Pair]:
    """Find pairs of lines that have the same key. Memory is that of a number for each fact."""
    if {*key} >= {*facts.scope_columns} and len(facts.scopes) == facts.count:
        return []
    seen: set[int] = set()
    again: set[int] = set()
    for _, values in facts.lines(key):
        number = hash(values)
        (again if number in seen else seen).add(number)
    return list(_pairs(facts, key, again)) if again else []


def _pairs(facts: FactRows, key: Sequence[str], hashes: set[int]) -> Iterator[Pair]:
    first: dict[tuple[Seen, ...], int] = {}
    for line, values in facts.lines(key):
        if hash(values) in hashes:
            earlier = first.setdefault(values, line)
            if earlier != line:
                yield earlier, line


def _show(step: Upsert, line: int) -> str:
    texts = step.facts.line_text(line).decode("utf-8").rstrip("\n").split("\t")
    values = dict(zip(step.columns, texts, strict=True))
    key = ", ".join(str(read_copy_text(values[name])) for name in step.key)
    return say("{key} ({place})", key=key, place=_place(step, line, step.key[0]))


def _place(step: Upsert, line: int, column: str) -> str:
    return str(step.facts.place(line, column))


def _more(count: int) -> str:
    return say(" and {count:,} more", count=count - _SHOWN) if count > _SHOWN else ""
