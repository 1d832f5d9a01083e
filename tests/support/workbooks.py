"""Workbooks for tests: plain ones by openpyxl, and packages written as raw XML for what openpyxl cannot write."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import openpyxl

SHEET = "规模明细"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_CONTENT = "application/vnd.openxmlformats-officedocument.spreadsheetml."


def write_rows(path: Path, rows: Iterable[Sequence[Any]], *, sheet: str = SHEET) -> Path:
    """Write rows of Python values as a workbook with one sheet, by openpyxl."""
    return write_sheets(path, {sheet: rows})


def write_sheets(path: Path, sheets: Mapping[str, Iterable[Sequence[Any]]]) -> Path:
    """Write rows of Python values as the sheets of a workbook, by openpyxl."""
    workbook = openpyxl.Workbook(write_only=True)
    for name, rows in sheets.items():
        page = workbook.create_sheet(name)
        for row in rows:
            page.append(list(row))
    workbook.save(path)
    return path


def sheet_xml(
    rows: str,
    *,
    prefix: str = "",
    dimension: str | None = None,
    before: str = "",
    tail: str = "",
    namespace: str = MAIN,
) -> str:
    """Make the XML of a sheet around the XML of its rows; ``prefix`` is that of the main namespace in all of it."""
    name = f"{prefix}:" if prefix else ""
    declared = f"xmlns:{prefix}" if prefix else "xmlns"
    size = "" if dimension is None else f'<{name}dimension ref="{dimension}"/>'
    return (
        f'{DECLARATION}<{name}worksheet {declared}="{namespace}" xmlns:r="{RELATIONS}">{size}{before}'
        f"<{name}sheetData>{rows}</{name}sheetData>{tail}</{name}worksheet>"
    )


def merge_xml(*areas: str) -> str:
    """Make the mergeCells element for these ranges."""
    elements = {area: f"<mergeCell ref={quoteattr(area)}/>" for area in dict.fromkeys(areas)}
    merged = "".join(map(elements.__getitem__, areas))
    return f'<mergeCells count="{len(areas)}">{merged}</mergeCells>'


def styles_xml(formats: Sequence[str | int], *, namespace: str = MAIN) -> str:
    """Make a style sheet: style 0 is General, style i+1 has ``formats[i]`` (a format, or the number of a built-in)."""
    own = {text: 164 + index for index, text in enumerate(dict.fromkeys(f for f in formats if isinstance(f, str)))}
    numbers = [0, *(f if isinstance(f, int) else own[f] for f in formats)]
    declared = "".join(f'<numFmt numFmtId="{number}" formatCode={quoteattr(text)}/>' for text, number in own.items())
    cells = "".join(f'<xf numFmtId="{n}" fontId="0" fillId="0" borderId="0" xfId="0"/>' for n in numbers)
    return (
        f'{DECLARATION}<styleSheet xmlns="{namespace}"><numFmts count="{len(own)}">{declared}</numFmts>'
        '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
        "<borders count='1'><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(numbers)}">{cells}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def shared_xml(items: Sequence[str], *, namespace: str = MAIN) -> str:
    """Make a table of shared strings from the inner XML of each ``si``."""
    return f'{DECLARATION}<sst xmlns="{namespace}">{"".join(f"<si>{item}</si>" for item in items)}</sst>'


def text_xml(text: str) -> str:
    """Make the ``t`` element that holds a text, blanks kept."""
    return f'<t xml:space="preserve">{escape(text)}</t>'


def write_package(
    path: Path,
    sheets: Mapping[str, str] | str,
    *,
    shared: Sequence[str] | None = None,
    formats: Sequence[str | int] = (),
    epoch_1904: bool = False,
    strict: bool = False,
    calculation: str = "",
    members: Mapping[str, str | bytes | None] | None = None,
) -> Path:
    """Write a package of raw sheet XML (keyed by sheet name, or one text for the sheet 规模明细).

    ``calculation`` is the element calcPr of the workbook, or nothing.
    ``members`` replaces or adds members by name; None leaves one out.
    """
    named = {SHEET: sheets} if isinstance(sheets, str) else sheets
    main, relations = (STRICT_MAIN, STRICT_RELATIONS) if strict else (MAIN, RELATIONS)
    parts: dict[str, str | bytes | None] = {
        "[Content_Types].xml": _content_types(len(named), has_strings=shared is not None),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")], base=relations),
        "xl/workbook.xml": _workbook(
            list(named), epoch_1904=epoch_1904, calculation=calculation, main=main, relations=relations
        ),
        "xl/styles.xml": styles_xml(formats, namespace=main),
    }
    targets = [("worksheet", f"worksheets/sheet{index}.xml") for index in range(1, len(named) + 1)]
    targets.append(("styles", "styles.xml"))
    if shared is not None:
        targets.append(("sharedStrings", "sharedStrings.xml"))
        parts["xl/sharedStrings.xml"] = shared_xml(shared, namespace=main)
    parts["xl/_rels/workbook.xml.rels"] = _relations(targets, base=relations)
    parts.update({f"xl/worksheets/sheet{index}.xml": xml for index, xml in enumerate(named.values(), start=1)})
    parts.update(members or {})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            if content is not None:
                package.writestr(name, content)
    return path


def _content_types(sheets: int, *, has_strings: bool) -> str:
    parts = {"workbook": "sheet.main", "styles": "styles"}
    parts.update({f"worksheets/sheet{index}": "worksheet" for index in range(1, sheets + 1)})
    if has_strings:
        parts["sharedStrings"] = "sharedStrings"
    overrides = "".join(
        f'<Override PartName="/xl/{name}.xml" ContentType="{_CONTENT}{kind}+xml"/>' for name, kind in parts.items()
    )
    return (
        f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _relations(targets: Sequence[tuple[str, str]], *, base: str) -> str:
    links = "".join(
        f'<Relationship Id="rId{index}" Type="{base}/{kind}" Target="{target}"/>'
        for index, (kind, target) in enumerate(targets, start=1)
    )
    return f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'


def _workbook(names: Sequence[str], *, epoch_1904: bool, calculation: str, main: str, relations: str) -> str:
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{index}" r:id="rId{index}"/>'
        for index, name in enumerate(names, start=1)
    )
    properties = '<workbookPr date1904="1"/>' if epoch_1904 else "<workbookPr/>"
    return (
        f'{DECLARATION}<workbook xmlns="{main}" xmlns:r="{relations}">{properties}'
        f"<sheets>{sheets}</sheets>{calculation}</workbook>"
    )
