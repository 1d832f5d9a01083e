"""The package of a red workbook as it is written: its parts, and the lists by which programs find them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import IO, Final

from msgspec import Struct

from wdh.mending.comments import Comment, count_clusters, write_comments, write_drawing
from wdh.mending.elements import DECLARATION, MAIN, RELATIONS, escape_text, open_tag, quote, write_tag
from wdh.mending.originals import NamedRange

APPLICATION: Final = "wdh"
"""The program that wrote a workbook. Any other that saves it again puts its own name there."""
PROPERTIES: Final = "docProps/app.xml"

_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_KINDS: Final = "application/vnd.openxmlformats-officedocument."
_OWN: Final = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"
_WHEN: Final = (1980, 1, 1, 0, 0, 0)
_LEVEL: Final = 3
_LONGEST_SHEET: Final = 31


class NewSheet(Struct, frozen=True):
    """A sheet that was written."""

    name: str
    is_hidden: bool = False


class Parts(AbstractContextManager["Parts"]):
    """Writes the parts one after the other, and at the end the lists. A context manager."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
        self._overrides: dict[str, str] = {}
        self._relations: list[tuple[str, str]] = []
        self.sheets: list[NewSheet] = []
        self._cluster = 1

    def __exit__(self, *raised: object) -> None:
        self._zip.close()

    def open(self, name: str) -> IO[bytes]:
        """Open a part to be written; one at a time."""
        info = zipfile.ZipInfo(name, _WHEN)
        info.compress_type, info._compresslevel = zipfile.ZIP_DEFLATED, _LEVEL  # type: ignore[attr-defined]
        return self._zip.open(info, "w")

    def write(self, name: str, text: Iterable[str | bytes]) -> None:
        """Write a part."""
        with self.open(name) as part:
            for piece in text:
                part.write(piece.encode() if isinstance(piece, str) else piece)

    def add_sheet(self, name: str, text: Iterable[str | bytes], *, is_hidden: bool = False) -> None:
        """Write a sheet."""
        self.sheets.append(NewSheet(name, is_hidden))
        number = len(self.sheets)
        part = f"worksheets/sheet{number}.xml"
        self.write(f"xl/{part}", text)
        self._add("worksheet", part, "spreadsheetml.worksheet+xml")

    def add_comments(self, comments: Sequence[Comment]) -> None:
        """Write the comments of the sheet that was written last."""
        number = len(self.sheets)
        self.write(f"xl/comments{number}.xml", write_comments(comments))
        self.write(f"xl/drawings/vmlDrawing{number}.vml", write_drawing(comments, self._cluster))
        self._cluster += count_clusters(comments)
        self._overrides[f"/xl/comments{number}.xml"] = "spreadsheetml.comments+xml"
        targets = (("vmlDrawing", f"../drawings/vmlDrawing{number}.vml"), ("comments", f"../comments{number}.xml"))
        self._write_relations(f"xl/worksheets/_rels/sheet{number}.xml.rels", targets)

    def add_part(self, kind: str, part: str, text: Iterable[str | bytes], *, content: str) -> None:
        """Write a part that the workbook leads to."""
        self.write(f"xl/{part}", text)
        self._add(kind, part, content)

    def _add(self, kind: str, part: str, content: str) -> None:
        self._relations.append((kind, part))
        self._overrides[f"/xl/{part}"] = content

    def finish(self, names: Sequence[NamedRange], *, active: int, epoch_1904: bool) -> None:
        """Write the workbook and the lists; ``active`` is the sheet that is shown first, counted from 0."""
        self.write("xl/workbook.xml", [self._workbook(names, active=active, epoch_1904=epoch_1904)])
        self._overrides["/xl/workbook.xml"] = "spreadsheetml.sheet.main+xml"
        self._write_relations("xl/_rels/workbook.xml.rels", self._relations)
        properties = f'<Properties xmlns="{_OWN}"><Application>{APPLICATION}</Application></Properties>'
        self.write(PROPERTIES, [DECLARATION + properties])
        self._overrides[f"/{PROPERTIES}"] = "extended-properties+xml"
        ends = (("officeDocument", "xl/workbook.xml"), ("extended-properties", PROPERTIES))
        self._write_relations("_rels/.rels", ends)
        listed = "".join(
            write_tag("Override", {"PartName": part, "ContentType": _KINDS + kind})
            for part, kind in self._overrides.items()
        )
        kinds = {
            "rels": "application/vnd.openxmlformats-package.relationships+xml",
            "xml": "application/xml",
            "vml": _KINDS + "vmlDrawing",
        }
        defaults = "".join(write_tag("Default", {"Extension": end, "ContentType": kind}) for end, kind in kinds.items())
        types = f'<Types xmlns="{_PACKAGE}/content-types">{defaults}{listed}</Types>'
        self.write("[Content_Types].xml", [DECLARATION + types])

    def _workbook(self, names: Sequence[NamedRange], *, active: int, epoch_1904: bool) -> str:
        sheets = "".join(
            write_tag(
                "sheet",
                {
                    "name": sheet.name,
                    "sheetId": str(number),
                    **({"state": "hidden"} if sheet.is_hidden else {}),
                    "r:id": f"rId{self._number(f'worksheets/sheet{number}.xml')}",
                },
            )
            for number, sheet in enumerate(self.sheets, start=1)
        )
        places = {sheet.name: place for place, sheet in enumerate(self.sheets)}
        listed = "".join(
            f"{open_tag('definedName', _name_fields(named, places))}>{escape_text(named.place)}</definedName>"
            for named in names
        )
        return (
            f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">'
            f"{write_tag('workbookPr', {'date1904': '1'} if epoch_1904 else {})}"
            f'<bookViews><workbookView activeTab="{active}"/></bookViews><sheets>{sheets}</sheets>'
            f"{f'<definedNames>{listed}</definedNames>' if listed else ''}</workbook>"
        )

    def _number(self, part: str) -> int:
        return next(number for number, (_, target) in enumerate(self._relations, start=1) if target == part)

    def _write_relations(self, name: str, targets: Sequence[tuple[str, str]]) -> None:
        listed = "".join(
            f'<Relationship Id="rId{number}" Type="{RELATIONS}/{kind}" Target="{quote(target)}"/>'
            for number, (kind, target) in enumerate(targets, start=1)
        )
        self.write(name, [f'{DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'])


def _name_fields(named: NamedRange, places: dict[str, int]) -> dict[str, str]:
    local = {} if named.sheet is None else {"localSheetId": str(places[named.sheet])}
    return {"name": named.name, **local, **({"hidden": "1"} if named.is_hidden else {})}


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """Give a name for a sheet that no other has, whatever its case."""
    used = {name.casefold() for name in taken}
    tries = (wanted, *(f"{wanted} {number}" for number in range(2, len(used) + 3)))
    return next(name[:_LONGEST_SHEET] for name in tries if name[:_LONGEST_SHEET].casefold() not in used)
