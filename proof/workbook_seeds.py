"""Sound workbooks as several makers write them, each small: what the fuzzer changes.

Made by hand after what Excel, LibreOffice, WPS, Apache POI, the Open XML SDK, XlsxWriter, SheetJS and openpyxl write,
so that a run needs none of them; the last one is by openpyxl itself.
"""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from xml.sax.saxutils import escape, quoteattr

import openpyxl
from packages import Package, Part

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml."

HEADER = ("month", "code", "name", "amt", "day", "moment", "rate", "flag")
CONFIGURATION = """
domains:
  sales:
    pattern: sales
    sheet: 0
    table: facts
    pk: [month]
    columns:
      month: {kind: month, required: true}
      code: {kind: code, width: 4, required: true}
      name: text
      amt: amount
      day: date
      moment: datetime
      rate: percent
      flag: boolean
"""
"""What the seeds are read with."""

DAY, MOMENT, PERCENT, AMOUNT, TEXT, CODE = 1, 2, 3, 4, 5, 6
_FORMATS = ("yyyy-mm-dd", "yyyy/m/d h:mm", "0.00%", '#,##0.00" 元"', "@", "0000")


@dataclass(frozen=True, slots=True)
class Shape:
    """How a maker writes. ``text`` is how texts are stored: shared, inline, str, or mixed."""

    text: str = "shared"
    prefix: str = ""
    named_cells: bool = True
    epoch_1904: bool = False
    strict: bool = False
    encoding: str = "utf-8"
    absolute: bool = False
    streamed: bool = False
    formula: str = "<f>D{row}*1</f>"
    iso_dates: bool = False
    row_extra: str = ""
    sheet_extra: str = ""
    head: str = ""
    tail: str = ""
    calculation: str = ""
    rows: int = 9
    extras: Mapping[str, str] = field(default_factory=dict)
    hidden_first: bool = False
    attributes: str = "rst"
    breaks: str = ""


_EXCEL = Shape(
    row_extra=' spans="1:8" x14ac:dyDescent="0.25"',
    sheet_extra=' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x14ac" '
    'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"',
    head='<dimension ref="A1:H10"/><sheetViews><sheetView tabSelected="1" workbookViewId="0"/></sheetViews>'
    '<sheetFormatPr defaultRowHeight="15" x14ac:dyDescent="0.25"/><cols><col min="1" max="1" width="12"/></cols>',
    tail='<mergeCells count="1"><mergeCell ref="C3:C4"/></mergeCells><pageMargins left="0.7" right="0.7" top="0.75" '
    'bottom="0.75" header="0.3" footer="0.3"/><tableParts count="1"><tablePart r:id="rId1"/></tableParts>',
    calculation='<calcPr calcId="191029"/>',
    extras={
        "xl/worksheets/_rels/sheet1.xml.rels": f'{_DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{RELATIONS}/table" Target="../tables/table1.xml"/></Relationships>',
        "xl/tables/table1.xml": f'{_DECLARATION}<table xmlns="{MAIN}" id="1" name="T" displayName="T" ref="A1:H10" '
        'totalsRowShown="0"><autoFilter ref="A1:H10"/><tableColumns count="8">'
        + "".join(f'<tableColumn id="{number}" name="{name}"/>' for number, name in enumerate(HEADER, 1))
        + "</tableColumns></table>",
        "docProps/app.xml": f'{_DECLARATION}<Properties xmlns="{RELATIONS[:-13]}extended-properties">'
        "<Application>Microsoft Excel</Application></Properties>",
    },
)
_SHAPES: Mapping[str, Shape] = {
    "excel": _EXCEL,
    "excel_mixed": Shape(text="mixed", tail='<mergeCells count="1"><mergeCell ref="A2:A5"/></mergeCells>'),
    "libreoffice": Shape(
        attributes="rst",
        formula='<f aca="false">D{row}*1</f>',
        head='<sheetPr filterMode="false"><pageSetUpPr fitToPage="false"/></sheetPr><dimension ref="A1:H10"/>',
        row_extra=' customFormat="false" ht="12.8" hidden="false" outlineLevel="0"',
        calculation='<calcPr iterateCount="100" refMode="A1" iterate="false" iterateDelta="0.0001"/>',
    ),
    "poi_streamed": Shape(text="inline", streamed=True, attributes="rts"),
    "sdk_prefixed": Shape(prefix="x", absolute=True),
    "strict": Shape(strict=True),
    "strict_iso": Shape(strict=True, iso_dates=True, text="mixed"),
    "utf16": Shape(encoding="utf-16"),
    "mac_1904": Shape(epoch_1904=True, text="mixed"),
    "unnamed_cells": Shape(named_cells=False, text="inline"),
    "wps": Shape(hidden_first=True, head='<sheetPr/><dimension ref="A1:H10"/>', attributes="rst"),
    "xlsxwriter": Shape(formula="<f>D{row}*1</f>", calculation='<calcPr calcId="124519" fullCalcOnLoad="1"/>'),
    "sheetjs": Shape(text="str", formula=""),
    "pretty": Shape(text="mixed", breaks="\n    "),
    "long": Shape(text="mixed", rows=150),
}


@cache
def seed_names() -> tuple[str, ...]:
    """Name all seeds."""
    return (*_SHAPES, "openpyxl")


def make_seed(name: str) -> Package:
    """Make a package that holds one of the workbooks, to be changed at will."""
    streamed = name in _SHAPES and _SHAPES[name].streamed
    return Package([Part(key.encode(), content, has_descriptor=streamed) for key, content in _make_parts(name).items()])


@cache
def _make_parts(name: str) -> Mapping[str, bytes]:
    return _by_openpyxl() if name == "openpyxl" else _by_shape(_SHAPES[name])


def _by_openpyxl() -> Mapping[str, bytes]:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(HEADER)
    for number in range(1, 10):
        month, day = datetime.date(2024, 11, 1), datetime.date(2024, 11, number)
        moment = datetime.datetime(2024, 11, number, 12, 30)  # noqa: DTZ001 - as sheets have them
        page.append([month, f"{number:04}", f"店 {number}", number * 1.5, day, moment, number / 100, number % 2 == 0])
    page.merge_cells("C3:C4")
    page.row_dimensions[6].hidden = True
    file = io.BytesIO()
    book.save(file)
    with zipfile.ZipFile(file) as package:
        contents = {name: package.read(name) for name in package.namelist()}
    contents["docProps/core.xml"] = re.sub(
        rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2024-11-01T00:00:00Z", contents["docProps/core.xml"]
    )
    return contents


def _by_shape(shape: Shape) -> Mapping[str, bytes]:
    strings: list[str] = []
    sheet = _sheet(shape, strings)
    kinds = ["worksheets/sheet1", "styles"]
    parts = {"xl/worksheets/sheet1.xml": sheet, "xl/styles.xml": _styles()}
    if shape.hidden_first:
        kinds.insert(0, "worksheets/sheet2")
        parts["xl/worksheets/sheet2.xml"] = sheet.replace("2024", "1999")
    if strings:
        kinds.append("sharedStrings")
        items = "".join(_shared(text, place) for place, text in enumerate(strings))
        parts["xl/sharedStrings.xml"] = f'{_DECLARATION}<sst xmlns="{MAIN}" count="{len(strings)}">{items}</sst>'
    root = "/xl/" if shape.absolute else ""
    parts["xl/workbook.xml"] = _workbook(shape)
    parts["xl/_rels/workbook.xml.rels"] = _relations([(_kind(name), f"{root}{name}.xml") for name in kinds])
    first = {
        "[Content_Types].xml": _content_types(kinds),
        "_rels/.rels": _relations([("officeDocument", f"{'/' if root else ''}xl/workbook.xml")]),
    }
    return {name: _encode(text, shape) for name, text in {**first, **parts, **shape.extras}.items()}


def _encode(text: str, shape: Shape) -> bytes:
    if shape.prefix and MAIN in text:
        text = re.sub(r"<(/?)(?=\w)", rf"<\1{shape.prefix}:", text)
        text = text.replace(f'xmlns="{MAIN}"', f'xmlns:{shape.prefix}="{MAIN}"')
    if shape.strict:
        text = text.replace(MAIN, STRICT_MAIN).replace(RELATIONS, STRICT_RELATIONS)
    if shape.encoding != "utf-8":
        text = text.replace('encoding="UTF-8"', 'encoding="UTF-16"')
    return text.encode(shape.encoding)


def _sheet(shape: Shape, strings: list[str]) -> str:
    numbers = range(1, shape.rows + 1)
    rows = [_row(shape, 1, [_text(shape, name, strings, place) for place, name in enumerate(HEADER)])]
    rows += [_row(shape, number + 1, _cells(shape, number, strings)) for number in numbers]
    return (
        f'{_DECLARATION}<worksheet xmlns="{MAIN}" xmlns:r="{RELATIONS}"{shape.sheet_extra}>{shape.head}'
        f"<sheetData>{shape.breaks}{shape.breaks.join(rows)}</sheetData>{shape.tail}</worksheet>"
    )


Cell = tuple[str, int, str]
"""Its type (empty: a number), its style, and what is within."""


def _row(shape: Shape, number: int, cells: Sequence[Cell]) -> str:
    written = shape.breaks.join(_cell(shape, number, place, cell) for place, cell in enumerate(cells))
    hidden = ' hidden="1"' if number == 6 and "hidden" not in shape.row_extra else ""
    named = f' r="{number}"' if shape.named_cells else ""
    return f"<row{named}{shape.row_extra}{hidden}>{shape.breaks}{written}</row>"


def _cell(shape: Shape, number: int, place: int, cell: Cell) -> str:
    kind, style, within = cell
    marks = {
        "r": f' r="{"ABCDEFGH"[place]}{number}"' if shape.named_cells else "",
        "s": f' s="{style}"' if style else "",
        "t": f' t="{kind}"' if kind else "",
    }
    return f"<c{''.join(marks[mark] for mark in shape.attributes)}>{within}</c>"


def _cells(shape: Shape, number: int, strings: list[str]) -> Sequence[Cell]:
    serial = 45597 - (1462 if shape.epoch_1904 else 0) + number % 28
    formula = shape.formula.format(row=number + 1) if number % 3 == 0 else ""
    day = ("d", DAY, f"<v>2024-11-{number % 28 + 1:02}</v>") if shape.iso_dates else ("", DAY, f"<v>{serial}</v>")
    return (
        ("", 0, "<v>202411</v>"),
        _text(shape, f"{number:04}", strings, number) if number % 2 else ("", CODE, f"<v>{number}</v>"),
        _text(shape, f"店 <{number}> & 甲", strings, number),
        ("", AMOUNT, f"{formula}<v>{number * 1.5}</v>"),
        day,
        ("", MOMENT, f"<v>{serial}.5</v>"),
        ("", PERCENT, f"<v>0.{number:02}</v>") if number != 4 else ("str", 0, "<f>1</f><v>4%</v>"),
        ("b", 0, f"<v>{number % 2}</v>"),
    )


def _text(shape: Shape, text: str, strings: list[str], turn: int) -> Cell:
    kinds = ("shared", "inline", "str")
    kind = kinds[turn % 3] if shape.text == "mixed" else shape.text
    if kind == "inline":
        return "inlineStr", 0, f"<is><t>{escape(text)}</t></is>"
    if kind == "str":
        return "str", TEXT, f"<v>{escape(text)}</v>"
    if text not in strings:
        strings.append(text)
    return "s", 0, f"<v>{strings.index(text)}</v>"


def _shared(text: str, place: int) -> str:
    if place % 5 == 4 and len(text) > 1:
        kept = '<rPr><b/></rPr><t xml:space="preserve">'
        return f"<si>{''.join(f'<r>{kept}{escape(run)}</t></r>' for run in (text[:1], text[1:]))}</si>"
    hint = '<rPh sb="0" eb="1"><t>テン</t></rPh><phoneticPr fontId="1"/>' if place % 7 == 6 else ""
    return f"<si><t>{escape(text)}</t>{hint}</si>"


def _styles() -> str:
    declared = "".join(
        f'<numFmt numFmtId="{number}" formatCode={quoteattr(text)}/>' for number, text in enumerate(_FORMATS, 164)
    )
    cells = "".join(
        f'<xf numFmtId="{number}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        for number in (0, *range(164, 164 + len(_FORMATS)), 14, 22, 10)
    )
    return (
        f'{_DECLARATION}<styleSheet xmlns="{MAIN}"><numFmts count="{len(_FORMATS)}">{declared}</numFmts>'
        '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="10">{cells}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def _workbook(shape: Shape) -> str:
    names = ["旧", "销售"] if shape.hidden_first else ["销售"]
    sheets = "".join(
        f'<sheet name="{name}" sheetId="{place}"{_state(shape, place)} r:id="rId{place}"/>'
        for place, name in enumerate(names, 1)
    )
    epoch = ' date1904="1"' if shape.epoch_1904 else ""
    return (
        f'{_DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><workbookPr{epoch}/>'
        f"<bookViews><workbookView/></bookViews><sheets>{sheets}</sheets>{shape.calculation}</workbook>"
    )


def _state(shape: Shape, place: int) -> str:
    return ' state="hidden"' if shape.hidden_first and place == 1 else ""


def _kind(name: str) -> str:
    return "worksheet" if name.startswith("worksheets/") else name


def _content_types(names: Sequence[str]) -> str:
    kinds: Callable[[str], str] = lambda name: {"workbook": "sheet.main"}.get(name, _kind(name))  # noqa: E731
    overrides = "".join(
        f'<Override PartName="/xl/{name}.xml" ContentType="{_CONTENT}{kinds(name)}+xml"/>'
        for name in ("workbook", *names)
    )
    return (
        f'{_DECLARATION}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    def links() -> Iterator[str]:
        for number, (kind, target) in enumerate(targets, 1):
            yield f'<Relationship Id="rId{number}" Type="{RELATIONS}/{kind}" Target="{target}"/>'

    return f'{_DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">{"".join(links())}</Relationships>'
