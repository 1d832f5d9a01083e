"""Files that hold sheets and are no packages of .xlsx: each is opened by its content, whatever its name says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from wdh.settings import Limits, TextFormat
from wdh.words.language import later, say
from wdh.workbook.package.archive import Archive
from wdh.workbook.package.contents import Contents, SheetPart
from wdh.workbook.package.original import Original
from wdh.workbook.rows.blocks import Reader
from wdh.workbook.survey.surveying import Survey

if TYPE_CHECKING:
    from wdh.workbook.text.tables import TextTable

_KINDS: Final[Mapping[str, str]] = {
    "xlsx": later("a workbook (.xlsx)"),
    "xlsb": later("a binary workbook (.xlsb)"),
    "xls": later("an old workbook (.xls)"),
    "ods": later("an OpenDocument spreadsheet (.ods)"),
    "text": later("text"),
}
_ENDINGS: Final[Mapping[str, str]] = {
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx", ".xltm"), "xlsx"),
    **dict.fromkeys((".xls", ".xlt"), "xls"),
    **dict.fromkeys((".csv", ".tsv", ".tab", ".txt"), "text"),
    **dict.fromkeys((".ods", ".ots"), "ods"),
    ".xlsb": "xlsb",
}


class OtherBook(Struct, frozen=True):
    """An open file of another kind. ``reader`` is what the report calls the reader of its sheets, which ``open`` makes.

    ``table`` is the form of a file in text; None: it is none.
    """

    reader: str
    contents: Contents
    open: Callable[[SheetPart], tuple[Survey, Reader]]
    table: TextTable | None = None


def open_other(original: Original, limits: Limits, text: TextFormat) -> OtherBook | None:
    """Open a file that is no package; None: it is one. DataError where it is damaged, or no table at all."""
    match original.kind:
        case "text":
            from wdh.workbook.text.tables import open_text  # here, as most runs read no text

            return open_text(original.path, text, limits)
        case "xls":
            from wdh.workbook.xls.opening import open_xls

            return open_xls(original.path, limits)
        case "zip":
            return None


def open_document(path: Path, package: Archive, limits: Limits) -> OtherBook | None:
    """Open a package that is no .xlsx, but has sheets; None: it is one, or nothing of that kind."""
    if "xl/workbook.bin" in package.entries:
        from wdh.workbook.xlsb.opening import open_xlsb

        return open_xlsb(path, package, limits)
    if "content.xml" not in package.entries or "mimetype" not in package.entries:
        return None
    from wdh.workbook.ods.opening import open_ods

    return open_ods(path, package, limits)


def find_misnamed(path: Path, reader: str) -> str | None:
    """Say what a file is, where its name says that it is something else; None: it does not."""
    named = _ENDINGS.get(path.suffix.lower())
    return None if named in (None, reader) else say(_KINDS[reader])
