"""Values that stand outside the table: in a name of file, sheet or folder, in a cell, or in the settings."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from wdh.errors import DataError, SetupError
from wdh.facts import Outside
from wdh.facts.cells import CellValue, Merged
from wdh.settings import Constant
from wdh.words.expressions import TooSlow, compile_expression
from wdh.words.headers import normalise_header
from wdh.words.language import say

GROUP: Final = "value"
"""The named group of a pattern that holds the value."""

ReadCell = Callable[[str], tuple[CellValue, str | None]]
"""Gives a cell by its A1 name, with its number format."""


class Origin(Struct, frozen=True):
    """The sheet that rows come from: ``folders`` are those of its file, outermost first."""

    file: str
    sheet: str
    folders: Sequence[str]
    headers: Sequence[str]
    read_cell: ReadCell

    def fault(self, sentence: str) -> DataError:
        """Make an error about the sheet."""
        return DataError(
            say("{file}, sheet {sheet}: {sentence}", file=self.file, sheet=self.sheet, sentence=sentence),
            file=self.file,
            sheet=self.sheet,
        )


class Fixed(Struct, frozen=True):
    """A value that all rows of a sheet share, under a header of its own."""

    header: str
    value: CellValue
    number_format: str | None
    outside: Outside


def fix_constants(constants: Iterable[Constant], origin: Origin) -> Iterator[Fixed]:
    """Find the values of constants. Raises DataError where one is not there, or the sheet has such a column, too."""
    for constant in constants:
        header = normalise_header(constant.name)
        if header in origin.headers:
            raise origin.fault(
                say(
                    "has a column {header}, and constants.{name} gives its value, too. Remove one of them.",
                    header=header,
                    name=constant.name,
                )
            )
        yield _fix(constant, header, origin)


def _fix(constant: Constant, header: str, origin: Origin) -> Fixed:
    match constant.source:
        case "literal":
            return Fixed(header, constant.literal, None, Outside(None, "data_sources.yml"))
        case "cell":
            value, number_format = origin.read_cell(constant.text)
            plain = value.value if isinstance(value, Merged) else value
            return Fixed(header, plain, number_format, Outside(constant.text, say("cell {text}", text=constant.text)))
        case "sheet":
            names, said = [origin.sheet], say("the sheet's name")
        case "file":
            names, said = [origin.file], say("the file's name")
        case "folder":
            names, said = list(reversed(origin.folders)), say("the name of a folder")
    text = next((found for name in names if (found := _search(constant, name)) is not None), None)
    if text is None:
        raise origin.fault(
            say(
                "constants.{name} finds no match of {text!r} in {said} ({names}). Correct the pattern in "
                "data_sources.yml, or the name.",
                name=constant.name,
                text=constant.text,
                said=said,
                names=", ".join(names),
            )
        )
    return Fixed(header, text, None, Outside(None, said))


def _search(constant: Constant, name: str) -> str | None:
    try:
        found = compile_expression(constant.text).search(unicodedata.normalize("NFC", name))
    except (ValueError, TooSlow) as error:
        raise SetupError(
            say(
                "constants.{name}: {text!r} {error}. Correct it in data_sources.yml.",
                name=constant.name,
                text=constant.text,
                error=error,
            )
        ) from error
    return None if found is None else found[GROUP]
