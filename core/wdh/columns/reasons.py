"""Why a cell was refused: stable codes for programs, and the sentence each of them is told with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from enum import Enum
from typing import Final

from wdh.columns.outcomes import Bad
from wdh.facts.cells import CellValue
from wdh.words.language import later, say
from wdh.words.phrases import clip

_SHOWN = 60  # characters of a cell that a sentence repeats
_BY_EXPONENT = 1e16  # from here on Python writes a whole float with an exponent


class Reason(Enum):
    """The codes of rejects that the column vocabulary makes. A code never changes its meaning."""

    MISSING_VALUE = "missing_value"
    """A required column is blank here."""
    ERROR_VALUE = "error_value"
    """The cell holds an error of Excel, such as ``#N/A``."""
    DAMAGED_VALUE = "damaged_value"
    """The file holds something in the cell that no workbook may hold there, such as the number ``1,5``."""
    SHIFTED_CELL = "shifted_cell"
    """The row of a text file has more cells than its header, so that nobody knows which column a cell belongs to."""
    FORMULA_WITHOUT_VALUE = "formula_without_value"
    """The cell holds a formula, and the file does not hold its result."""
    MERGED_NUMBER = "merged_number"
    """A number in a merged range: it is not said which rows it belongs to."""
    REPEATED_HEADER = "repeated_header"
    """Two columns have the same header and do not agree in this row."""
    NOT_A_MONTH = "not_a_month"
    """Not one of the spellings of a month."""
    MONTH_OUT_OF_RANGE = "month_out_of_range"
    """A month beyond 1 to 12, or a year beyond 2000 to 2099."""
    AMBIGUOUS_MONTH = "ambiguous_month"
    """The number 2024.1, which is January or an October that lost its zero."""
    NOT_A_DATE = "not_a_date"
    """Not one of the spellings of a day, or a day that the calendar lacks, or a date with a time of day."""
    NOT_A_DATETIME = "not_a_datetime"
    """Not one of the spellings of a day or moment, or one that the calendar lacks."""
    AMBIGUOUS_DATE = "ambiguous_date"
    """Two formats of the column make different days of it."""
    TIME_ZONE = "time_zone"
    """A moment of a time zone or with an offset: which local time is meant, even which day, is not said."""
    NOT_A_NUMBER = "not_a_number"
    """Text that is no number."""
    AMBIGUOUS_NUMBER = "ambiguous_number"
    """Digits with commas and points that may mean several numbers, such as ``1,23`` or ``1.234,50``."""
    FOREIGN_CURRENCY = "foreign_currency"
    """An amount in a currency that its column does not take."""
    PERCENT_SHOWN = "percent_shown"
    """A number that its format shows with a percent sign of text, so that it may be a hundredth of itself."""
    NOT_FINITE = "not_finite"
    """Infinity or not-a-number."""
    OUT_OF_RANGE = "out_of_range"
    """A number beyond what its column can hold or may hold."""
    NOT_AN_INTEGER = "not_an_integer"
    """A number with decimals where only whole numbers can be."""
    NOT_A_BOOLEAN = "not_a_boolean"
    """Neither yes nor no in any spelling of the column."""
    DATE_INSTEAD = "date_instead"
    """A date or time where text, a code or a number is expected."""
    BOOLEAN_INSTEAD = "boolean_instead"
    """TRUE or FALSE where a code, month or number is expected."""
    DIGITS_LOST = "digits_lost"
    """A number of more than 15 digits: Excel has replaced the rest by zeros."""
    FRACTION_IN_CODE = "fraction_in_code"
    """A code that is a number with decimals."""
    NEGATIVE_CODE = "negative_code"
    """A code that is a negative number."""
    LINE_BREAK_IN_CODE = "line_break_in_code"
    """A code of several lines: it may be several codes."""
    UNCLEAR_CHARACTER = "unclear_character"
    """A superscript, circled digit or fraction, which compatibility folding would turn into plain digits."""
    UNREADABLE_FORMAT = "unreadable_format"
    """A number whose format is not understood, so that it is not known what the sheet shows."""
    NOT_STORABLE = "not_storable"
    """Text with a character that PostgreSQL cannot store."""
    TOO_LONG = "too_long"
    """Text with more characters than the column holds."""
    UNKNOWN_CHOICE = "unknown_choice"
    """Not one of the values that the column allows."""
    NOT_IN_MAPPING = "not_in_mapping"
    """Not one of the values that a mapping of data_sources.yml knows."""
    NOT_IN_TABLE = "not_in_table"
    """Without a value in the table of the warehouse in which it is looked up."""


SENTENCES: Final[Mapping[Reason, str]] = {
    Reason.MISSING_VALUE: later("This cell must not be blank: fill it in."),
    Reason.ERROR_VALUE: later("The cell holds Excel's error {value}: mend its formula, or clear the cell."),
    Reason.DAMAGED_VALUE: later(
        "The file is damaged here and holds {value}, which no workbook may hold in such a cell: "
        "type its value again in Excel, and mend the program that wrote the file."
    ),
    Reason.SHIFTED_CELL: later(
        "The row has more cells than the header, so that {value} may belong to another column: put the cell that "
        "holds the delimiter in quotation marks, or say text.delimiter in data_sources.yml."
    ),
    Reason.FORMULA_WITHOUT_VALUE: later(
        "The formula has no stored result: open the workbook in Excel, let it calculate, and save it."
    ),
    Reason.MERGED_NUMBER: later(
        "The number {value} stands in the merged range {area}, which does not say whose it is: "
        "unmerge the range and write a number into each row."
    ),
    Reason.REPEATED_HEADER: later(
        "The header {header} occurs twice, and here the two columns disagree ({first} and {value}): "
        "remove or rename one of them."
    ),
    Reason.NOT_A_MONTH: later("{value} is not a month: write it like 202411, 2024-11 or 2024年11月."),
    Reason.MONTH_OUT_OF_RANGE: later("{value} is not a month between {low} and {high}: correct the year or the month."),
    Reason.AMBIGUOUS_MONTH: later(
        "The number {value} may be January or an October that lost its zero: write the month like 202410 or 2024-10."
    ),
    Reason.NOT_A_DATE: later("{value} is not a day: write it like 2024-11-30, without a time of day."),
    Reason.NOT_A_DATETIME: later("{value} is not a date with a time: write it like 2024-11-30 13:05:06."),
    Reason.AMBIGUOUS_DATE: later(
        "{value} is {first} in one format of the column and {second} in another: write it like 2024-11-30, or leave "
        "one of the formats out."
    ),
    Reason.TIME_ZONE: later("{value} has a time zone: write the local time without one, like 2024-11-30 13:05:06."),
    Reason.NOT_A_NUMBER: later("{value} is not a number: write digits, or clear the cell."),
    Reason.AMBIGUOUS_NUMBER: later("{value} can be read as several numbers: write it without commas, like 1234.50."),
    Reason.FOREIGN_CURRENCY: later(
        "{value} is in {currency}, and this column takes {taken}: correct it, or list {currency} under currency of "
        "the column."
    ),
    Reason.PERCENT_SHOWN: later(
        "The format {format} shows {value} with a percent sign that does not belong to the number: give the cell a "
        "plain or a percent format, and type its value again."
    ),
    Reason.NOT_FINITE: later("The cell's number is not finite: write a number, or clear the cell."),
    Reason.OUT_OF_RANGE: later(
        "{value} is not between {low} and {high}, which is what this column may hold: correct it."
    ),
    Reason.NOT_AN_INTEGER: later("{value} is not a whole number: correct it."),
    Reason.NOT_A_BOOLEAN: later("{value} is neither yes nor no: write one of {allowed}."),
    Reason.DATE_INSTEAD: later(
        "The cell is a date or time ({value}), not {expected}: format the cell as text and type its value again."
    ),
    Reason.BOOLEAN_INSTEAD: later("The cell is {value}, not {expected}: type its value again."),
    Reason.DIGITS_LOST: later(
        "{value} has more than 15 digits, and Excel keeps only 15 of a number: "
        "format the cell as text and type it again."
    ),
    Reason.FRACTION_IN_CODE: later(
        "{value} has decimals, so it is no code: format the cell as text and type the code again."
    ),
    Reason.NEGATIVE_CODE: later(
        "{value} is a negative number, so it is no code: format the cell as text and type it again."
    ),
    Reason.LINE_BREAK_IN_CODE: later("{value} has several lines: write one code in one line."),
    Reason.UNCLEAR_CHARACTER: later("{value} has {character}, which may be a note or a digit: write plain characters."),
    Reason.UNREADABLE_FORMAT: later(
        "What the sheet shows for {value} in the number format {format} is not known: "
        "format the cell as text and type its value again."
    ),
    Reason.NOT_STORABLE: later("The text has {character}, which PostgreSQL cannot store: type the text again."),
    Reason.TOO_LONG: later("The text has {length} characters, and the warehouse keeps {limit}: shorten it."),
    Reason.UNKNOWN_CHOICE: later("{value} is none of the values of this column ({allowed}){near}"),
    Reason.NOT_IN_MAPPING: later(
        "{value} is not in the mapping of {place}: correct the cell, or add the value to the mapping, or a default."
    ),
    Reason.NOT_IN_TABLE: later(
        "{value} has no value in {table}, where {place} looks it up: correct the cell or the table, or give a default."
    ),
}


def bad(reason: Reason, **facts: object) -> Bad:
    """Refuse a cell for ``reason``; ``facts`` fill in its sentence. Raises KeyError where one is missing."""
    return Bad(reason.value, say(SENTENCES[reason], **{name: _shown(fact) for name, fact in facts.items()}))


def quoted(cell: CellValue | object) -> str:
    """Show a cell inside a sentence: text in quotes, anything else as it is, all of it short."""
    shown = clip(_write(cell), _SHOWN)
    return repr(shown) if isinstance(cell, str) else shown


def _write(cell: CellValue | object) -> str:
    """Write a cell as Excel shows it, which neither True nor 1.2e+16 is, nor a day with a time of day."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, datetime) and cell.time() == time.min:
        return str(cell.date())
    if isinstance(cell, float) and cell.is_integer() and abs(cell) >= _BY_EXPONENT:
        return f"{cell:.0f}"
    return str(cell)


def _shown(fact: object) -> str:
    return fact if isinstance(fact, str) else quoted(fact)
