"""The page of an inspection: what the sheet holds, what is proposed for it and why, and the YAML to go on with."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import msgspec

from wdh.facts import FactValue, cell_text
from wdh.inspection import FoundColumn, FoundReference, Inspection, propose_entry, write_yaml
from wdh.report.blocks import Block, Code, Line, Section, Table, Title
from wdh.report.terminal import clip, counted
from wdh.words.printable import show_controls

_SAMPLES_WIDTH = 30
_EXCEPTIONS = 5


def summarise_inspection(found: Inspection, *, path: Path, domain: str) -> Iterator[Block]:
    """Make the page of an inspection of the workbook ``path``, with a data_sources.yml that needs no package.

    It is ready to be copied, with ``domain`` as the domain's name.
    """
    yield Title("inspect · nothing was written")
    yield Section("Sheet", list(_sheet(found, path)))
    if found.shape.keys:
        yield Section("Shape", [Line(f"{key}: {why}") for key, why in found.shape.evidence.items()])
    yield Section("Columns", [_columns(found)])
    yield Section("Why", [_evidence(found)])
    if found.left_out:
        lines = [Line(f"{one.letter} {one.header or '(no header)'}: {one.reason}") for one in found.left_out]
        yield Section("Left out", lines)
    yield Section("Rejects to expect", list(_rejects(found)))
    yield Section("Delete scope", [Line(f"{', '.join(found.scope.columns)}: {found.scope.evidence}")])
    yield Section("References", list(_references(found)))
    yield Section("As a package", list(_package(found, path)))
    yield Section("Next steps", list(_commands(found, path, domain)))
    yield Section("data_sources.yml", ())
    yield Code("yaml", [write_yaml({"domains": {domain: propose_entry(found)}})])


def _sheet(found: Inspection, path: Path) -> Iterator[Line]:
    read = found.shape.sheets or (found.sheet,)
    named = f"sheet{'s' if len(read) > 1 else ''} {', '.join(read)}"
    yield Line(f"{found.file}, {named}, header in row {found.header_row}")
    if found.text is not None:
        yield Line(f"text: encoding {found.text.encoding or 'as its mark says'}, delimiter {found.text.delimiter}")
    others = [name for name in found.sheets if name not in read]
    if others:
        yield Line(f"other sheets: {', '.join(others)}")
        yield Line(f"wdh inspect {_quote(path)} --sheet {_quote(others[0])}", level=1)
    kinds = (counted(found.facts, "fact"), counted(found.totals, "total"), f"{found.expected.rows:,} rejected")
    yield Line(
        f"{counted(found.rows, 'row')}: {', '.join(kinds)}; {found.hidden:,} hidden, {found.blank:,} blank besides"
    )
    yield from (Line(remark) for remark in found.remarks)


def _package(found: Inspection, path: Path) -> Iterator[Line]:
    yield Line(f"wdh new NAME --from {_quote(path)} --sheet {_quote(found.sheet)}{form_options(found)}")
    if found.shape.keys:
        yield Line(f"It reads a plain table: copy {', '.join(found.shape.keys)} from below into its data_sources.yml.")


def form_options(found: Inspection) -> str:
    """Write the options of a command that say the form of a file in text; empty where it is none."""
    said = {} if found.text is None else msgspec.structs.asdict(found.text)
    return "".join(f" --{name} {_quote(value)}" for name, value in said.items() if value is not None)


def _commands(found: Inspection, path: Path, domain: str) -> Iterator[Line]:
    yield Line("Save the lines below as data_sources.yml here. Then:")
    yield Line(f"wdh ddl {domain} > tables.sql; wdh psql -f tables.sql")
    where = "" if found.shape.data_dir is None else f" --data-dir {_quote(found.shape.data_dir)}"
    yield Line(f"wdh-run --domain {domain}{where} --file {_quote(path)}")


def _quote(argument: object) -> str:
    return show_controls(shlex.quote(str(argument)))


def _columns(found: Inspection) -> Table:
    rows = []
    for one in found.columns:
        distinct = "many" if one.distinct is None else f"{one.distinct:,}"
        rows.append((one.letter, one.name, one.kind, f"{one.cells:,}", f"{one.blanks:,}", distinct, _samples(one)))
    numbers = ("cells", "blank", "distinct")
    return Table(("", "column", "kind", *numbers, "samples"), rows, numbers)


def _samples(one: FoundColumn) -> str:
    return clip(" | ".join(clip(_shown(value), 12) for value in one.samples), _SAMPLES_WIDTH)


def _shown(value: FactValue) -> str:
    return str(value) if not isinstance(value, (str, float)) else cell_text(value) or ""


def _evidence(found: Inspection) -> Table:
    return Table(
        ("column", "kind", "because"), [(one.name, one.kind, "; ".join(one.evidence)) for one in found.columns]
    )


def _rejects(found: Inspection) -> Iterator[Line | Table]:
    if not found.expected.cells:
        yield Line("none: every cell reads as proposed")
        return
    yield Line(
        f"{counted(found.expected.cells, 'cell')} in {counted(found.expected.rows, 'row')} would be rejects; the first:"
    )
    rows = [
        (reject.cell or f"row {reject.row}", reject.column or "", clip(reject.value), reject.sentence)
        for reject in found.expected.first
    ]
    yield Table(("cell", "column", "value", "what is wrong"), rows)


def _references(found: Inspection) -> Iterator[Line]:
    if not found.references:
        yield Line("none: no code, and no text, has one value of another column in every row")
    for reference in found.references:
        yield from _reference(reference)


def _reference(reference: FoundReference) -> Iterator[Line]:
    above = f", after {', '.join(reference.depends_on)}" if reference.depends_on else ""
    yield Line(f"{reference.name}: table {reference.table}, key {reference.key}{above}")
    yield from (Line(evidence, level=1) for evidence in reference.evidence)
    for one in reference.exceptions[:_EXCEPTIONS]:
        values = f"{_shown(one.key)} has {_shown(one.value)} in {counted(one.rows, 'row')}"
        yield Line(f"{one.cell} {one.column}: {values}, and {_shown(one.usual)} in most", level=2)
    if len(reference.exceptions) > _EXCEPTIONS:
        yield Line("… (more of them: --output json)", level=2)
