"""The files of a package that hold data: the sample workbook, what is expected of it, and the configuration."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from wdh.inspection import Inspection, propose_entry
from wdh.inspection import write_yaml as write_configuration
from wdh.scaffold.invention import Sample
from wdh.settings import Discovery
from wdh.sql.identifiers import quote_ident
from wdh.words.printable import escape_cell
from wdh.words.total_words import TOTALS


def write_workbook(found: Inspection, sample: Sample) -> bytes:
    """Write the sample as a workbook with the headers of the real one; a title and a total only where that has them."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    page = book.create_sheet(found.sheet)
    if found.header_row > 1:
        page.append(["示例"])
    page.append([_text_cell(page, column.header) for column in found.columns])
    for row in sample.rows:
        cells = []
        for column in found.columns:
            value = row[column.name]
            cell = WriteOnlyCell(page, value=escape_cell(value.cell) if isinstance(value.cell, str) else value.cell)
            cell.number_format = value.number_format
            if isinstance(value.cell, str):
                cell.data_type = "s"  # a name that starts with = is no formula
            cells.append(cell)
        page.append(cells)
    if found.totals:
        page.append([TOTALS[0]])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _text_cell(page: Any, text: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(page, value=escape_cell(text))
    cell.data_type = "s"
    return cell


def write_expectation(found: Inspection, sample: Sample, *, workbook: str) -> str:
    """Write what must come of the sample: the very values that were made up, the references, and the steps."""
    from wdh.facts.exact_yaml import EXPECTATION_HEAD, write_yaml

    document = {
        "facts": [{name: value.fact for name, value in row.items()} for row in sample.rows],
        "rejects": [],
        "refs": {name: [dict(row) for row in rows] for name, rows in sample.references.items()},
        "plan": list(_steps(found, sample)),
    }
    return EXPECTATION_HEAD.format(workbook) + write_yaml(document)


def _steps(found: Inspection, sample: Sample) -> Iterator[Mapping[str, Any]]:
    for reference in found.references:
        yield _step("INSERT_MISSING", reference.table, len(sample.references[reference.name]))
    scopes = {tuple(row[name].fact for name in found.scope.columns) for row in sample.rows}
    yield _step("DELETE", found.table, len(scopes))
    yield _step("INSERT", found.table, len(sample.rows))


def _step(operation: str, table: str, rows: int) -> Mapping[str, Any]:
    return {"operation": operation, "target": quote_ident(table), "rows": rows}


def write_sources(found: Inspection, *, domain: str, description: str) -> str:
    """Write the package's data_sources.yml: where its workbooks are, of what kinds, and where they go.

    Where ``found`` is of another kind than the sample, both are.
    """
    entry = {"description": description, **propose_entry(found, with_columns=False)}
    kinds, own = Discovery().file_extensions, PurePath(found.file).suffix.lower()
    discovery = {} if own in kinds else {"discovery": {"file_extensions": [*kinds, own]}}
    return write_configuration({**discovery, "domains": {domain: entry}})
