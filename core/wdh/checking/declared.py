"""The checks that a configuration declares: made of what is written there, and tried on the facts of a run."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from wdh.checking.balances import Amounts, RowSum, Running, SheetSum
from wdh.checking.figures import ZERO
from wdh.checking.orders import Between, Increasing, Unique
from wdh.errors import SetupError, assert_never
from wdh.facts import FactValue, Note
from wdh.facts.sheets import FactReject, FactSheets, Kind
from wdh.words.language import later, say
from wdh.words.spelling import did_you_mean

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?")

Check = Unique | Increasing | Between | Running | RowSum | SheetSum

_NAMES: Final[Mapping[Kind, str]] = {
    "number": later("numbers"),
    "date": later("dates"),
    "datetime": later("dates with times"),
    "boolean": later("truth values"),
    "text": later("texts"),
    "nothing": later("no values"),
}


def make_checks(written: Mapping[str, Any]) -> tuple[Check, ...]:
    """Make the checks of a block that its contract has passed."""
    return (
        *(Unique(columns) for columns in _sets(written.get("unique", []))),
        *(_make_increasing(each) for each in _entries(written.get("increasing", []))),
        *(Running(_make_amounts(each)) for each in _entries(written.get("running", []))),
        *(_make_sum(each) for each in _entries(written.get("sum_equals", []))),
        *(
            Between(column, make_limit(low), make_limit(high))
            for column, (low, high) in written.get("between", {}).items()
        ),
    )


def find_breaks(checks: Sequence[Check], facts: FactSheets) -> Iterator[FactReject | Note]:
    """Find the facts that break a check.

    Raises SetupError for a column that the facts do not have, or whose values the check cannot compare.
    """
    if facts.count:
        for check in checks:
            _refuse_unfit(check, facts)
            yield from check.find(facts)


def make_limit(written: str | int | float | None) -> FactValue:
    """Make the limit that is written: a number, or a text that is a date, or a date with a time, or a text."""
    if written is None:
        return None
    if not isinstance(written, str):
        return Decimal(repr(written))
    kind = datetime.date if _DATE.fullmatch(written) else datetime.datetime if _MOMENT.fullmatch(written) else None
    try:
        return written if kind is None else kind.fromisoformat(written)
    except ValueError:  # no day of the calendar
        return written


def kind_of_limit(limit: FactValue) -> Kind:
    """Say with which values a limit can be compared."""
    if isinstance(limit, Decimal):
        return "number"
    if isinstance(limit, datetime.datetime):
        return "datetime"
    return "nothing" if limit is None else "date" if isinstance(limit, datetime.date) else "text"


def _entries(written: Any) -> Sequence[Any]:
    return written if isinstance(written, list) else [written]


def _sets(written: Any) -> Iterator[tuple[str, ...]]:
    """Give the sets of columns: one where a text or texts are written, several where there is a list in the list."""
    entries = _entries(written)
    if any(isinstance(entry, list) for entry in entries):
        yield from (_columns(entry) for entry in entries)
    elif entries:
        yield tuple(entries)


def _columns(written: str | list[str] | None) -> tuple[str, ...]:
    return () if written is None else (written,) if isinstance(written, str) else tuple(written)


def _make_increasing(entry: Any) -> Increasing:
    if isinstance(entry, str):
        return Increasing(entry)
    return Increasing(entry["column"], _columns(entry.get("by")), entry.get("strict", False))


def complete_amounts(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write the short form of a sum, ``{balance: amounts}``, as the long one."""
    if "column" in entry or len(entry) != 1:
        return entry
    ((column, plus),) = entry.items()
    return {"column": column, "plus": plus}


def _make_amounts(written: Mapping[str, Any]) -> Amounts:
    entry = complete_amounts(written)
    plus, minus, by = (_columns(entry.get(key)) for key in ("plus", "minus", "by"))
    tolerance = Decimal(repr(entry["tolerance"])) if "tolerance" in entry else ZERO
    return Amounts(entry["column"], plus, minus, by, tolerance)


def _make_sum(entry: Mapping[str, Any]) -> RowSum | SheetSum:
    amounts = _make_amounts(entry)
    return SheetSum(amounts) if entry.get("over") == "sheet" else RowSum(amounts)


def _refuse_unfit(check: Check, facts: FactSheets) -> None:
    names: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    match check:
        case Unique() | Increasing() | Between():
            names = check.names
        case Running() | RowSum() | SheetSum():
            names, numbers = check.amounts.names, check.amounts.numbers
        case _:
            assert_never(check)
    for name in names:
        if name not in facts.columns:
            message = say(
                "there is no fact column {name!r}{near} The facts have {columns}",
                name=name,
                near=did_you_mean(name, facts.columns) or say("."),
                columns=", ".join(facts.columns),
            )
            raise _unfit(check, name, message)
    for name in numbers:
        _refuse_kind(check, name, facts, wanted="number")
    if isinstance(check, Between):
        for limit in (check.low, check.high):
            _refuse_kind(check, check.column, facts, wanted=kind_of_limit(limit))


def _refuse_kind(check: Check, name: str, facts: FactSheets, *, wanted: Kind) -> None:
    kind = facts.kind(name)
    if "nothing" not in (kind, wanted) and kind != wanted and (kind, wanted) != ("datetime", "date"):
        raise _unfit(
            check,
            name,
            say(
                "{name} has {kind}, and is compared with {wanted}",
                name=name,
                kind=say(_NAMES[kind]),
                wanted=say(_NAMES[wanted]),
            ),
        )


def _unfit(check: Check, name: str, message: str) -> SetupError:
    return SetupError(
        say("{setting}: {message}. Nothing was touched.", setting=check.setting, message=message),
        setting=check.setting,
        column=name,
    )
