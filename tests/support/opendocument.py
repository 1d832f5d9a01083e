"""Spreadsheets in OpenDocument (.ods), written by hand."""

from __future__ import annotations

import zipfile
from pathlib import Path

SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (
        ("office", "office"),
        ("table", "table"),
        ("text", "text"),
        ("style", "style"),
        ("number", "datastyle"),
    )
)
CALC = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
STYLES = """
<style:style style:name="ta1" style:family="table"><style:table-properties table:display="true"/></style:style>
<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style>
<number:number-style style:name="N1"><number:number number:decimal-places="0"
 number:min-integer-digits="4"/></number:number-style>
<number:percentage-style style:name="N2"><number:number number:decimal-places="2" number:min-decimal-places="2"
 number:min-integer-digits="1"/><number:text>%</number:text></number:percentage-style>
<number:currency-style style:name="N3P0"><number:currency-symbol>¥</number:currency-symbol><number:number
 number:decimal-places="2" number:min-integer-digits="1" number:grouping="true"/></number:currency-style>
<number:currency-style style:name="N3"><number:text>-</number:text><number:currency-symbol>¥</number:currency-symbol>
 <number:number
 number:decimal-places="2" number:min-integer-digits="1" number:grouping="true"/>
 <style:map style:condition="value()&gt;=0" style:apply-style-name="N3P0"/></number:currency-style>
<number:number-style style:name="N4"><number:fraction/></number:number-style>
<style:style style:name="code" style:family="table-cell" style:data-style-name="N1"/>
<style:style style:name="bold" style:family="table-cell" style:parent-style-name="code"/>
<style:style style:name="rate" style:family="table-cell" style:data-style-name="N2"/>
<style:style style:name="money" style:family="table-cell" style:data-style-name="N3"/>
<style:style style:name="part" style:family="table-cell" style:data-style-name="N4"/>
"""


def text(*values: str) -> str:
    """Write cells that hold a text."""
    return "".join(
        f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>' for value in values
    )


def number(value: str, shown: str = "", more: str = "") -> str:
    """Write a cell that holds a number; ``more`` are attributes, such as its style."""
    typed = f'office:value-type="float" office:value="{value}" {more}'
    return f"<table:table-cell {typed}><text:p>{shown or value}</text:p></table:table-cell>"


def row(*cells: str, more: str = "") -> str:
    """Write a row of such cells."""
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def sheet(*rows: str, name: str = "销售", style: str = "ta1", columns: str = "<table:table-column/>") -> str:
    """Write a sheet of such rows."""
    return f'<table:table table:name="{name}" table:style-name="{style}">{columns}{"".join(rows)}</table:table>'


def write(path: Path, *sheets: str, parts: dict[str, str] | None = None, head: str = "") -> Path:
    """Write a file of such sheets."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<office:document-content {SPACES} {CALC}>'
        f"<office:automatic-styles>{STYLES}</office:automatic-styles><office:body><office:spreadsheet>{''.join(sheets)}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        package.writestr("content.xml", content)
        for member, written in (parts or {}).items():
            package.writestr(member, written)
    return path


EMPTY = "<table:table-cell table:number-columns-repeated='16384'/>"
COVERED = "<table:covered-table-cell/>"
