"""Micro benches without a database: reading, cleaning by kind of column, transforming, deriving, spooling.

Usage: ``python micro_sheet.py WORKBOOK CONFIGURATION REPEATS``; prints timings, one a line.
"""

from __future__ import annotations

import datetime
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from timing import show, time_often

from wdh import (
    Batch,
    Column,
    Columns,
    Facts,
    RunContext,
    amount,
    boolean,
    choice,
    code,
    date,
    integer,
    month,
    percent,
    text,
)
from wdh.domain.loading import read_configuration
from wdh.facts.spool import Spool
from wdh.references import Derivation
from wdh.registry import load_domain
from wdh.settings import Domain
from wdh.workbook import open_sheet

SHEET = "规模明细"
KINDS: Mapping[str, tuple[str, Callable[[str], Column]]] = {
    "month": ("月度", month),
    "text": ("客户名称", text),
    "code": ("组合代码", code),
    "amount": ("期末资产规模", partial(amount, scale=4, precision=20)),
    "percent": ("当期收益率", percent),
    "choice": (
        "业务类型",
        partial(choice, mapping={name: name for name in ("企年受托", "企年投资", "职年受托", "职年投资")}),
    ),
}
"""Kinds of columns that the sheet has, with the header that is read."""

MADE_UP: Mapping[str, tuple[Callable[[int], object], Callable[[str], Column]]] = {
    "date": (lambda n: datetime.datetime(2024, 1 + n % 12, 1 + n % 28), date),  # noqa: DTZ001 - as workbooks give it
    "integer": (lambda n: n % 5000, integer),
    "boolean": (lambda n: ("是", "否", "Y", "N")[n % 4], boolean),
}
"""Kinds that it does not have, with the cells they are tried on."""


def read_openpyxl(path: Path) -> int:
    """Iterate the sheet by openpyxl alone."""
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    count = sum(1 for _ in book[SHEET].iter_rows(values_only=True))
    book.close()
    return count


def read_fast(path: Path) -> int:
    """Iterate the sheet by python-calamine-plus alone."""
    from python_calamine_plus import load_workbook

    book = load_workbook(str(path))
    count = sum(1 for _ in book.stream_sheet_by_name(SHEET))
    book.close()
    return count


def read_batches(path: Path, reader: str) -> list[Batch]:
    """Read the sheet by batches, as a run does."""
    with open_sheet(path, sheet=SHEET, reader=reader) as sheet:
        return list(sheet.batches())


def clean(columns: Columns, batches: Sequence[Batch]) -> None:
    """Clean batches, with nothing remembered from before."""
    for batch in batches:
        columns.clean(batch)


def column_batches(batches: Sequence[Batch]) -> Iterator[tuple[str, Column, list[Batch]]]:
    """Give each kind of column with batches of that one column."""
    for kind, (header, word) in KINDS.items():
        yield kind, word(header), [_narrow(batch, header) for batch in batches]
    for kind, (make, word) in MADE_UP.items():
        yield kind, word(kind), [_make_up(batch, kind, make) for batch in batches]


def _narrow(batch: Batch, header: str) -> Batch:
    formats = {header: batch.formats[header]} if header in batch.formats else {}
    columns = {header: batch.columns[header]}
    return Batch(batch.file, batch.sheet, batch.row_numbers, columns, {header: "A"}, formats)


def _make_up(batch: Batch, header: str, make: Callable[[int], object]) -> Batch:
    cells = {header: [make(number) for number in batch.row_numbers]}
    return Batch(batch.file, batch.sheet, batch.row_numbers, cells, {header: "A"})


def derive(domain: Domain, facts: Sequence[Facts]) -> None:
    """Derive the candidates of all references."""
    for derivation in [Derivation(reference) for reference in domain.refs]:
        for part in facts:
            derivation.absorb(part, workbook=0)
        derivation.candidates()


def spool(domain: Domain, facts: Sequence[Facts]) -> None:
    """Write facts to a spool."""
    with Spool(domain.pk) as written:
        for part in facts:
            written.append(part, file="f.xlsx", sheet=SHEET)
        written.facts()


def main() -> None:
    """Measure everything and print it."""
    path, configuration, repeats = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    batches = read_batches(path, "auto")
    often = partial(time_often, rows=sum(map(len, batches)), repeats=repeats)
    show(often("read", "openpyxl, iterating alone", partial(read_openpyxl, path)))
    show(often("read", "wdh, openpyxl reader", partial(read_batches, path, "openpyxl")))
    show(often("read", "python-calamine-plus, iterating alone", partial(read_fast, path)))
    show(often("read", "wdh, fast reader", partial(read_batches, path, "fast")))
    for kind, column, narrow in column_batches(batches):
        show(often("clean", kind, lambda column=column, narrow=narrow: clean(Columns(column), narrow)))
    hooks = load_domain("annuity_performance")
    domain = read_configuration(configuration, hooks).domain
    context = RunContext(domain.name, domain.settings)
    facts = [hooks.transform(batch, context) for batch in batches]
    show(often("transform", "the domain, 23 columns", lambda: [hooks.transform(batch, context) for batch in batches]))
    show(often("transform", "derive plans and portfolios", partial(derive, domain, facts)))
    show(often("transform", "spool as COPY text", partial(spool, domain, facts)))


if __name__ == "__main__":
    main()
