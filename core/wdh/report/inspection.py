"""An inspection for people: what the sheet holds, what is proposed for it and why, and the YAML to go on with."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from wdh.facts import FactValue, cell_text
from wdh.inspection import FoundColumn, FoundReference, Inspection, propose_entry, write_yaml
from wdh.report.terminal import clip, counted, plain, section, table
from wdh.words.printable import show_controls

_SAMPLES_WIDTH = 30
_EXCEPTIONS = 5


def show_inspection(found: Inspection, *, path: Path) -> RenderableType:
    """Draw an inspection of the workbook ``path``. What :func:`proposed_lines` gives belongs below it, at any width."""
    return Group(
        Text.assemble(("wdh ", "bold"), (version("wdh"), "bold"), " · inspect · nothing was written"),
        *section("Sheet", *_sheet(found, path)),
        *section("Columns", _columns(found)),
        *section("Why", _evidence(found)),
        *_left_out(found),
        *section("Rejects to expect", *_rejects(found)),
        *section("Delete scope", plain(f"{', '.join(found.scope.columns)}: {found.scope.evidence}")),
        *section("References", *_references(found)),
        *section("As a package", plain(f"wdh new NAME --from {_quote(path)} --sheet {_quote(found.sheet)}")),
        Text(),
        Text("data_sources.yml", style="bold"),
    )


def proposed_lines(found: Inspection, *, domain: str) -> Sequence[str]:
    """Write the data_sources.yml that needs no package, with ``domain`` as the domain's name; ready to be copied."""
    return write_yaml({"domains": {domain: propose_entry(found)}}).split("\n")


def _sheet(found: Inspection, path: Path) -> Iterator[RenderableType]:
    yield plain(f"{found.file}, sheet {found.sheet}, header in row {found.header_row}")
    others = [name for name in found.sheets if name != found.sheet]
    if others:
        yield plain(f"other sheets: {', '.join(others)}")
        yield plain(f"  wdh inspect {_quote(path)} --sheet {_quote(others[0])}")
    kinds = (counted(found.facts, "fact"), counted(found.totals, "total"), f"{found.expected.rows:,} rejected")
    yield plain(
        f"{counted(found.rows, 'row')}: {', '.join(kinds)}; {found.hidden:,} hidden, {found.blank:,} blank besides"
    )
    yield from (plain(remark) for remark in found.remarks)


def _quote(argument: object) -> str:
    return show_controls(shlex.quote(str(argument)))


def _columns(found: Inspection) -> RenderableType:
    shown = table("", "column", "kind", "cells", "blank", "distinct", "samples", numbers=("cells", "blank", "distinct"))
    for one in found.columns:
        distinct = "many" if one.distinct is None else f"{one.distinct:,}"
        counts = (f"{one.cells:,}", f"{one.blanks:,}", distinct)
        shown.add_row(plain(one.letter), plain(one.name), one.kind, *counts, plain(_samples(one)))
    return shown


def _samples(one: FoundColumn) -> str:
    return clip(" | ".join(clip(_shown(value), 12) for value in one.samples), _SAMPLES_WIDTH)


def _shown(value: FactValue) -> str:
    return str(value) if not isinstance(value, (str, float)) else cell_text(value) or ""


def _evidence(found: Inspection) -> RenderableType:
    shown = table("column", "kind", "because")
    for one in found.columns:
        shown.add_row(plain(one.name), one.kind, plain("; ".join(one.evidence)))
    return shown


def _left_out(found: Inspection) -> Iterator[RenderableType]:
    if found.left_out:
        lines = (plain(f"{one.letter} {one.header or '(no header)'}: {one.reason}") for one in found.left_out)
        yield from section("Left out", *lines)


def _rejects(found: Inspection) -> Iterator[RenderableType]:
    if not found.expected.cells:
        yield plain("none: every cell reads as proposed")
        return
    yield plain(
        f"{counted(found.expected.cells, 'cell')} in {counted(found.expected.rows, 'row')} would be rejects; the first:"
    )
    shown = table("cell", "column", "value", "what is wrong")
    for reject in found.expected.first:
        place = reject.cell or f"row {reject.row}"
        shown.add_row(plain(place), plain(reject.column or ""), plain(clip(reject.value)), plain(reject.sentence))
    yield shown


def _references(found: Inspection) -> Iterator[RenderableType]:
    if not found.references:
        yield plain("none: no code, and no text, has one value of another column in every row")
    for reference in found.references:
        yield from _reference(reference)


def _reference(reference: FoundReference) -> Iterator[RenderableType]:
    above = f", after {', '.join(reference.depends_on)}" if reference.depends_on else ""
    yield plain(f"{reference.name}: table {reference.table}, key {reference.key}{above}")
    yield from (plain(f"  {evidence}") for evidence in reference.evidence)
    for one in reference.exceptions[:_EXCEPTIONS]:
        values = f"{_shown(one.key)} has {_shown(one.value)} in {counted(one.rows, 'row')}"
        yield plain(f"    {one.cell} {one.column}: {values}, and {_shown(one.usual)} in most")
    if len(reference.exceptions) > _EXCEPTIONS:
        yield plain("    … (more of them: --output json)")
