"""Keys that look alike and are not: two rows to PostgreSQL, and probably one thing to whoever typed them."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from wdh.facts import FactValue, Place
from wdh.plan import InsertMissing, Plan
from wdh.plan.provenance import find_places

_SHOWN = 20


def find_lookalikes(plan: Plan) -> Iterator[str]:
    """Name the candidate keys that differ only in width, case, blanks or the form of their Unicode, with a cell each.

    They are told, not joined: PostgreSQL keeps them apart, and so does wdh.
    """
    for step in plan.of(InsertMissing):
        groups = _find_groups(step)
        shown = [row for rows in groups[:_SHOWN] for row in rows]
        places = find_places(plan, step, rows=shown, column=step.key[0]) if shown else {}
        yield from (_show(step, rows, found=places) for rows in groups[:_SHOWN])
        if len(groups) > _SHOWN:
            yield f"refs.{step.reference}: {len(groups) - _SHOWN:,} more groups of keys look alike"


def _find_groups(step: InsertMissing) -> Sequence[Sequence[int]]:
    places = [step.columns.index(column) for column in step.key]
    groups: defaultdict[tuple[FactValue, ...], list[int]] = defaultdict(list)
    for number, row in enumerate(step.rows):
        groups[tuple(fold(row[place]) for place in places)].append(number)
    return [rows for rows in groups.values() if len(rows) > 1]


def _show(step: InsertMissing, rows: Sequence[int], *, found: Mapping[int, Sequence[Place]]) -> str:
    places = [step.columns.index(column) for column in step.key]
    named = []
    for row in rows:
        key = "/".join(ascii_if_odd(step.rows[row][place]) for place in places)
        named.append(f"{key} ({found[row][0]})" if found[row] else key)
    return f"refs.{step.reference}: the keys {' and '.join(named)} look alike and are kept apart"


def fold(value: FactValue) -> FactValue:
    """Take from a text what the eye does not see: width, case, blanks, invisible characters, composition."""
    if not isinstance(value, str):
        return value
    if value.isascii() and value.isalnum():
        return value.casefold()
    plain = unicodedata.normalize("NFKC", value).casefold()
    return "".join(c for c in plain if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc"))


def ascii_if_odd(value: FactValue) -> str:
    """Write a text so that what the eye does not see can be told: escaped where it is not in its usual form."""
    if not isinstance(value, str):
        return repr(value)
    is_usual = unicodedata.normalize("NFC", value) == value and value.isprintable()
    return repr(value) if is_usual else ascii(value)
