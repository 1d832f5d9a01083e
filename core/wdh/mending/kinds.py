"""The kinds of faults as senders read them: a title for each code of a reject, and what is accepted instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from wdh.words.language import later, say


class Kind(Struct, frozen=True):
    """A kind of fault; ``accepted`` says what a cell may hold instead, None where only the fault itself tells."""

    title: str
    accepted: str | None = None


_NUMBERS: Final = later("digits, such as 1234.50")
_TEXT_CELLS: Final = later("the value typed again in a cell that is formatted as text")
_CODES: Final = later("one code in plain characters, in a cell that is formatted as text")
_MONTHS: Final = later("a month, such as 202411, 2024-11 or 2024年11月")
_DAYS: Final = later("a day, such as 2024-11-30")
_MOMENTS: Final = later("a day with a time, such as 2024-11-30 13:05:06")

_KINDS: Final[Mapping[str, Kind]] = {
    "missing_value": Kind(later("Blank cell"), later("any value that the column takes")),
    "error_value": Kind(later("Error of Excel"), later("a value, or a formula that gives one")),
    "damaged_value": Kind(later("Damaged cell"), later("the value typed again")),
    "shifted_cell": Kind(later("Too many cells in the row"), later("a row with as many cells as the header")),
    "formula_without_value": Kind(later("Formula without a result"), later("the result typed as a value")),
    "merged_number": Kind(later("Number in a merged range"), later("cells that are not merged, each with its number")),
    "repeated_header": Kind(later("Two columns of one name"), later("one column of this name, or equal values")),
    "not_a_month": Kind(later("Not a month"), _MONTHS),
    "month_out_of_range": Kind(later("Month out of range"), _MONTHS),
    "ambiguous_month": Kind(later("Month that can be read in two ways"), _MONTHS),
    "not_a_date": Kind(later("Not a date"), _DAYS),
    "not_a_datetime": Kind(later("Not a date with a time"), _MOMENTS),
    "ambiguous_date": Kind(later("Date that can be read in two ways"), _DAYS),
    "time_zone": Kind(later("Time with a time zone"), _MOMENTS),
    "not_a_number": Kind(later("Not a number"), _NUMBERS),
    "ambiguous_number": Kind(later("Number that can be read in two ways"), _NUMBERS),
    "foreign_currency": Kind(later("Another currency"), later("an amount in the currency of the column")),
    "percent_shown": Kind(later("Percent sign in the format"), later("a number in a plain or a percent format")),
    "not_finite": Kind(later("Not a finite number"), _NUMBERS),
    "out_of_range": Kind(later("Value out of range")),
    "not_an_integer": Kind(later("Not a whole number"), later("a whole number, such as 12")),
    "not_a_boolean": Kind(later("Neither yes nor no")),
    "date_instead": Kind(later("Date where none belongs"), _TEXT_CELLS),
    "boolean_instead": Kind(later("TRUE or FALSE where none belongs"), _TEXT_CELLS),
    "digits_lost": Kind(later("Digits lost by Excel"), _TEXT_CELLS),
    "fraction_in_code": Kind(later("Code with decimals"), _CODES),
    "negative_code": Kind(later("Negative code"), _CODES),
    "line_break_in_code": Kind(later("Code of several lines"), _CODES),
    "unclear_character": Kind(later("Character that may be a note or a digit"), later("plain characters")),
    "unreadable_format": Kind(later("Number format that is not understood"), _TEXT_CELLS),
    "not_storable": Kind(later("Character that cannot be stored"), later("the text typed again")),
    "too_long": Kind(later("Text that is too long"), later("a shorter text")),
    "unknown_choice": Kind(later("Unknown value")),
    "not_in_mapping": Kind(later("Value without an entry in the mapping")),
    "not_in_table": Kind(later("Value that the warehouse does not know")),
    "not_unique": Kind(later("Repeated value"), later("a value that no other row has")),
    "not_increasing": Kind(later("Value out of order")),
    "running_differs": Kind(later("Balance that does not follow")),
    "sum_differs": Kind(later("Sum that differs")),
    "sheet_sum_differs": Kind(later("Sums of columns that differ")),
    "not_between": Kind(later("Value beyond its limits")),
    "does_not_fit": Kind(later("Value that the warehouse cannot hold")),
    "changed_after_load": Kind(later("Loaded row that was changed"), later("the row as it was loaded")),
    "blank_key": Kind(later("Blank key"), later("any value that the column takes")),
    "pick_refused": Kind(later("Value that no reference can be made of")),
    "key_conflict": Kind(later("Rows of one key that disagree"), later("the same value in all rows of the key")),
}


def show_kind(code: str) -> str:
    """Give the title of a kind of fault; a code of a package is its own."""
    kind = _KINDS.get(code)
    return code if kind is None else say(kind.title)


def show_accepted(code: str) -> str | None:
    """Say what is accepted instead; None: the sentence of the fault tells all."""
    kind = _KINDS.get(code)
    return None if kind is None or kind.accepted is None else say(kind.accepted)
