"""Words for the codes of a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wdh.page.words import Text, both
from wdh.words.language import later

KINDS: Final[Mapping[str, str]] = {
    "ambiguous_date": later("day that can be read in two ways"),
    "ambiguous_month": later("month that can be read in two ways"),
    "ambiguous_number": later("number that can be read in several ways"),
    "blank_key": later("blank key"),
    "boolean_instead": later("yes or no instead of a value"),
    "damaged_value": later("damaged cell"),
    "date_instead": later("date instead of a value"),
    "digits_lost": later("number too long for Excel, digits lost"),
    "does_not_fit": later("does not fit the column of the warehouse"),
    "error_value": later("Excel error"),
    "foreign_currency": later("other currency"),
    "formula_without_value": later("formula without a result"),
    "fraction_in_code": later("decimals in a code"),
    "key_conflict": later("two values for one key"),
    "line_break_in_code": later("line break in a code"),
    "merged_number": later("number in merged cells"),
    "missing_value": later("blank, but needed"),
    "month_out_of_range": later("month out of range"),
    "negative_code": later("negative code"),
    "not_a_boolean": later("neither yes nor no"),
    "not_a_date": later("not a day"),
    "not_a_datetime": later("not a date with time"),
    "not_a_month": later("not a month"),
    "not_a_number": later("not a number"),
    "not_an_integer": later("not a whole number"),
    "not_between": later("outside its bounds"),
    "not_finite": later("not a finite number"),
    "not_in_mapping": later("not in the mapping"),
    "not_in_table": later("not found in the table"),
    "not_increasing": later("out of order"),
    "not_storable": later("character that PostgreSQL cannot store"),
    "not_unique": later("occurs more than once"),
    "out_of_range": later("out of range"),
    "percent_shown": later("percent sign that does not belong to the number"),
    "pick_refused": later("value that a package refused for a reference"),
    "repeated_header": later("header that occurs twice"),
    "running_differs": later("running balance differs"),
    "sheet_sum_differs": later("sum of the sheet differs"),
    "shifted_cell": later("more cells than headers"),
    "sum_differs": later("sum of the row differs"),
    "time_zone": later("time with a zone"),
    "too_long": later("text too long"),
    "unclear_character": later("unclear character"),
    "unknown_choice": later("none of the allowed values"),
    "unreadable_format": later("unreadable number format"),
}
"""Each kind of reject of wdh's own in a few words; a package's own kinds are shown by their code."""

GUARDS: Final[Mapping[str, str]] = {
    "shrink": later("A period shrinks"),
    "deletes": later("Many facts would be deleted"),
    "left_behind": later("Facts are left behind"),
    "vanished_columns": later("A column has lost its values"),
    "new_values": later("Many new keys"),
    "future_period": later("A period lies in the future"),
    "repeated_rows": later("Rows repeat each other"),
}

STAGES: Final[Mapping[str, str]] = {
    "prepare": later("prepared: packages, configuration, workbooks"),
    "read": later("read and checked the sheets"),
    "plan": later("made the plan"),
    "forecast": later("asked the warehouse for the forecast"),
    "apply": later("applied the plan in one transaction"),
}

OPERATIONS: Final[Mapping[str, str]] = {
    "INSERT_MISSING": later("insert missing reference rows"),
    "UPDATE_NULL_ONLY": later("fill blanks of reference rows"),
    "DELETE": later("delete the facts that are replaced"),
    "INSERT": later("insert the facts"),
    "UPSERT": later("update or insert the facts"),
    "UPSERT: inserted": later("insert the facts that are new"),
    "UPSERT: updated": later("update the facts that differ"),
    "STAGE": later("send the facts to a temporary table"),
    "STATEMENT": later("statement of the domain"),
    "SKIP": later("left alone"),
}

MODES: Final[Mapping[str, str]] = {
    "delete_insert": later("replace"),
    "append": later("append"),
}


FRAME: Final[Mapping[str, str]] = {
    "skip": later("Skip to the content"),
    "up": later("All runs"),
    "dark": later("Dark"),
    "light": later("Light"),
    "search": later("Search"),
    "copy": later("Copy"),
    "copied": later("Copied"),
    "this_run": later("this run"),
    "earlier_runs": later("earlier runs"),
}
"""The words of the page itself."""


def name_code(code: str, words: Mapping[str, str]) -> Text:
    """Give the words for a code; a code that is none of wdh's own as it is."""
    return both(words[code]) if code in words else code


def name_table(place: Mapping[str, Any]) -> str:
    """Name a table by the ``schema`` and ``table`` of a step or forecast."""
    return ".".join(part for part in (place["schema"], place["table"]) if part)
