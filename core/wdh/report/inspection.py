"""The page of an inspection: what the sheet holds, what is proposed for it and why, and the YAML to go on with."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import msgspec

from wdh.facts import FactValue, cell_text
from wdh.inspection import FoundColumn, FoundReference, Inspection, propose_entry, write_yaml
from wdh.report.blocks import Block, Code, Line, Section, Table, Title
from wdh.report.terminal import clip
from wdh.words.language import say, say_count
from wdh.words.printable import show_controls

_SAMPLES_WIDTH = 30
_EXCEPTIONS = 5


def summarise_inspection(found: Inspection, *, path: Path, domain: str) -> Iterator[Block]:
    """Make the page of an inspection of the workbook ``path``, with a data_sources.yml that needs no package.

    It is ready to be copied, with ``domain`` as the domain's name.
    """
    yield Title(say("inspect · nothing was written"))
    yield Section(say("Sheet"), list(_sheet(found, path)))
    if found.shape.keys:
        yield Section(say("Shape"), [Line(f"{key}: {why}") for key, why in found.shape.evidence.items()])
    yield Section(say("Columns"), [_columns(found)])
    yield Section(say("Why"), [_evidence(found)])
    if found.left_out:
        unnamed = say("(no header)")
        lines = [Line(f"{one.letter} {one.header or unnamed}: {one.reason}") for one in found.left_out]
        yield Section(say("Left out"), lines)
    yield Section(say("Rejects to expect"), list(_rejects(found)))
    yield Section(say("Delete scope"), [Line(f"{', '.join(found.scope.columns)}: {found.scope.evidence}")])
    yield Section(say("References"), list(_references(found)))
    yield Section(say("As a package"), list(_package(found, path)))
    yield Section(say("Next steps"), list(_commands(found, path, domain)))
    yield Section("data_sources.yml", ())
    yield Code("yaml", [write_yaml({"domains": {domain: propose_entry(found)}})])


def _sheet(found: Inspection, path: Path) -> Iterator[Line]:
    read = found.shape.sheets or (found.sheet,)
    where = {"file": found.file, "sheets": ", ".join(read), "row": found.header_row}
    if len(read) > 1:
        yield Line(say("{file}, sheets {sheets}, header in row {row}", **where))
    else:
        yield Line(say("{file}, sheet {sheets}, header in row {row}", **where))
    if found.text is not None:
        encoding = found.text.encoding or say("as its mark says")
        delimiter = found.text.delimiter
        yield Line(say("text: encoding {encoding}, delimiter {delimiter}", encoding=encoding, delimiter=delimiter))
    others = [name for name in found.sheets if name not in read]
    if others:
        yield Line(say("other sheets: {sheets}", sheets=", ".join(others)))
        yield Line(f"wdh inspect {_quote(path)} --sheet {_quote(others[0])}", level=1)
    yield Line(
        say(
            "{rows}: {facts}, {totals}, {rejected} rejected; {hidden} hidden, {blank} blank besides",
            rows=_rows(found.rows),
            facts=say_count("{count} fact", "{count} facts", found.facts),
            totals=say_count("{count} total", "{count} totals", found.totals),
            rejected=f"{found.expected.rows:,}",
            hidden=f"{found.hidden:,}",
            blank=f"{found.blank:,}",
        )
    )
    yield from (Line(remark) for remark in found.remarks)


def _rows(count: int) -> str:
    return say_count("{count} row", "{count} rows", count)


def _package(found: Inspection, path: Path) -> Iterator[Line]:
    yield Line(f"wdh new NAME --from {_quote(path)} --sheet {_quote(found.sheet)}{form_options(found)}")
    if found.shape.keys:
        keys = ", ".join(found.shape.keys)
        yield Line(say("It reads a plain table: copy {keys} from below into its data_sources.yml.", keys=keys))


def form_options(found: Inspection) -> str:
    """Write the options of a command that say the form of a file in text; empty where it is none."""
    said = {} if found.text is None else msgspec.structs.asdict(found.text)
    return "".join(f" --{name} {_quote(value)}" for name, value in said.items() if value is not None)


def _commands(found: Inspection, path: Path, domain: str) -> Iterator[Line]:
    yield Line(say("Save the lines below as data_sources.yml here. Then:"))
    yield Line(f"wdh ddl {domain} > tables.sql; wdh psql -f tables.sql")
    where = "" if found.shape.data_dir is None else f" --data-dir {_quote(found.shape.data_dir)}"
    yield Line(f"wdh-run --domain {domain}{where} --file {_quote(path)}")


def _quote(argument: object) -> str:
    return show_controls(shlex.quote(str(argument)))


def _columns(found: Inspection) -> Table:
    rows = []
    for one in found.columns:
        distinct = say("many") if one.distinct is None else f"{one.distinct:,}"
        rows.append((one.letter, one.name, one.kind, f"{one.cells:,}", f"{one.blanks:,}", distinct, _samples(one)))
    numbers = (say("cells"), say("blank"), say("distinct"))
    return Table(("", say("column"), say("kind"), *numbers, say("samples")), rows, numbers)


def _samples(one: FoundColumn) -> str:
    return clip(" | ".join(clip(_shown(value), 12) for value in one.samples), _SAMPLES_WIDTH)


def _shown(value: FactValue) -> str:
    return str(value) if not isinstance(value, (str, float)) else cell_text(value) or ""


def _evidence(found: Inspection) -> Table:
    headers = (say("column"), say("kind"), say("because"))
    return Table(headers, [(one.name, one.kind, "; ".join(one.evidence)) for one in found.columns])


def _rejects(found: Inspection) -> Iterator[Line | Table]:
    if not found.expected.cells:
        yield Line(say("none: every cell reads as proposed"))
        return
    yield Line(
        say_count(
            "{count} cell in {rows} would be rejects; the first:",
            "{count} cells in {rows} would be rejects; the first:",
            found.expected.cells,
            rows=_rows(found.expected.rows),
        )
    )
    rows = [
        (reject.cell or say("row {row}", row=reject.row), reject.column or "", clip(reject.value), reject.sentence)
        for reject in found.expected.first
    ]
    yield Table((say("cell"), say("column"), say("value"), say("what is wrong")), rows)


def _references(found: Inspection) -> Iterator[Line]:
    if not found.references:
        yield Line(say("none: no code, and no text, has one value of another column in every row"))
    for reference in found.references:
        yield from _reference(reference)


def _reference(reference: FoundReference) -> Iterator[Line]:
    said = say(
        "{reference}: table {table}, key {key}", reference=reference.name, table=reference.table, key=reference.key
    )
    if reference.depends_on:
        said += say(", after {references}", references=", ".join(reference.depends_on))
    yield Line(said)
    yield from (Line(evidence, level=1) for evidence in reference.evidence)
    for one in reference.exceptions[:_EXCEPTIONS]:
        yield Line(
            say(
                "{cell} {column}: {key} has {value} in {rows}, and {usual} in most",
                cell=one.cell,
                column=one.column,
                key=_shown(one.key),
                value=_shown(one.value),
                rows=_rows(one.rows),
                usual=_shown(one.usual),
            ),
            level=2,
        )
    if len(reference.exceptions) > _EXCEPTIONS:
        yield Line(say("… (more of them: --output json)"), level=2)
