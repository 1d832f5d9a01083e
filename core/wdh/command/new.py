"""``wdh new``: a package of a domain or plugin that is complete, tested, and its author's own from then on."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

from wdh.command.failures import exit_with
from wdh.command.inspect import DELIMITER, ENCODING
from wdh.command.option_types import SheetName
from wdh.command.options import READER
from wdh.command.printing import Reporting, print_lines
from wdh.errors import SetupError, WdhError
from wdh.settings import TextFormat
from wdh.words.language import say, say_count

if TYPE_CHECKING:
    from wdh.inspection import Inspection
    from wdh.workbook import ReaderName


@click.command("new", cls=Reporting)
@click.argument("name")
@click.option("--plugin", "is_plugin", is_flag=True, help="Write a plugin for every domain, not a domain.")
@click.option(
    "--from",
    "workbook",
    type=click.Path(path_type=Path),
    help="Propose columns and references from this workbook.",
)
@click.option("--sheet", type=SheetName(), help="Its sheet, by name or 0-based index. [the first visible one]")
@ENCODING
@DELIMITER
@READER
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    default=".",
    show_default=True,
    help="Where the folder wdh-NAME is made.",
)
def new(
    name: str,
    is_plugin: bool,
    workbook: Path | None,
    sheet: str | int | None,
    encoding: str | None,
    delimiter: str | None,
    reader: ReaderName,
    directory: Path,
) -> None:
    """Write a package for a new domain: hooks, columns, references, configuration, sample, tests, tox.

    Of a workbook only its headers and its kinds of values get into the package: every value of the sample in it is
    made up. Without one, the package is about sales by shop. `wdh inspect` shows what is
    proposed, and why.

    With --plugin, it is the package of a plugin for every domain: hooks, settings, tests, tox.
    """
    try:
        if is_plugin and (workbook, sheet, encoding, delimiter) != (None, None, None, None):
            raise SetupError(
                say(
                    "a plugin is for the workbooks of every domain; leave out --from, --sheet, --encoding and "
                    "--delimiter, or --plugin"
                )
            )
        if workbook is None and (sheet, encoding, delimiter) != (None, None, None):
            raise SetupError(say("--sheet, --encoding and --delimiter are about a workbook; name it with --from"))
        if is_plugin:
            _write_plugin(name, directory)
        else:
            _write_domain(name, directory, workbook, sheet=sheet, form=TextFormat(encoding, delimiter), reader=reader)
    except WdhError as error:
        sys.exit(exit_with(error, debug=False))


def _write_plugin(name: str, directory: Path) -> None:
    from wdh.scaffold import check_name, plan_plugin, write_package

    names = check_name(name, kind="plugin", such_as="small_deliveries")
    contents = plan_plugin(names)
    folder = directory / names.distribution
    write_package(folder, {**contents, **_own_wheel()})
    print_lines([say("Written: {folder}, {count} files.", folder=folder, count=len(contents)), ""])
    print_lines(_next_steps(folder, "wdh domains"))
    block = f"plugins: {{{name}: …}}"
    said = say("It does something where data_sources.yml has a block {block}; README.md has one.", block=block)
    print_lines(["", said])


def _write_domain(
    name: str,
    directory: Path,
    workbook: Path | None,
    *,
    sheet: str | int | None,
    form: TextFormat,
    reader: ReaderName,
) -> None:
    from wdh.inspection import inspect_sheet
    from wdh.scaffold import check_name, example_sheet, plan_package, write_package

    names = check_name(name)
    found = example_sheet() if workbook is None else inspect_sheet(workbook, sheet=sheet, reader=reader, text=form)
    contents = plan_package(names, found, source=None if workbook is None else workbook.name)
    folder = directory / names.distribution
    write_package(folder, {**contents, **_own_wheel()})
    print_lines([say("Written: {folder}, {count} files.", folder=folder, count=len(contents)), ""])
    if workbook is not None:
        print_lines(_proposed(found, workbook))
    job = f"wdh-run --domain {name} --config data_sources.yml --data-dir tests/cases"
    print_lines(
        _next_steps(folder, "wdh check --config data_sources.yml", f"wdh ddl {name} --config data_sources.yml", job)
    )
    print_lines(
        [
            "",
            say(
                "The plan is of a sample in which everything is made up; --data-dir is the folder with your own "
                "workbooks."
            ),
        ]
    )


def _proposed(found: Inspection, workbook: Path) -> Iterator[str]:
    from wdh.report.inspection import form_options

    columns = say_count("{count} column", "{count} columns", len(found.columns))
    yield say("From {file}, sheet {sheet}: {columns}", file=found.file, sheet=found.sheet, columns=columns)
    scope = ", ".join(found.scope.columns)
    replaced = say(
        "a delivery replaces what is there of the same {columns}: {why}", columns=scope, why=found.scope.evidence
    )
    yield f"  {replaced}"
    for reference in found.references:
        one = ", ".join(say("one {column}", column=column) for column in reference.columns)
        said = say("reference {table}: {key} has {columns}", table=reference.table, key=reference.key, columns=one)
        yield f"  {said}"
    for left in found.left_out:
        said = say("left out: column {letter} {header}: {why}", letter=left.letter, header=left.header, why=left.reason)
        yield f"  {said}"
    if found.expected.cells:
        rows = say_count("{count} row", "{count} rows", found.expected.rows)
        said = say_count(
            "{count} cell in {rows} would be rejects",
            "{count} cells in {rows} would be rejects",
            found.expected.cells,
            rows=rows,
        )
        yield f"  {said}"
    listed = ", ".join(one.name for one in found.columns if one.kind == "choice")
    if listed:
        said = say("{columns}: read as text, as the package holds no value of the workbook;", columns=listed)
        allowed = say("a choice in columns.py lets only those pass that it lists")
        yield from (f"  {said}", f"    {allowed}")
    yield from (f"  {remark}" for remark in found.remarks)
    place = f"{shlex.quote(str(workbook))} --sheet {shlex.quote(found.sheet)}{form_options(found)}"
    yield say("The evidence for each: {command}", command=f"wdh inspect {place}")
    yield ""


def _next_steps(folder: Path, *commands: str) -> Iterator[str]:
    yield say("The next steps:")
    yield ""
    yield f"  cd {shlex.quote(str(folder))}"
    yield "  python -m pip install -e ."
    yield from (f"  {command}" for command in commands)
    yield from (f"  {command}" for command in _tox_steps())


def _tox_steps() -> Iterator[str]:
    """Give the commands that run tox, which finds wdh in WHEELS where no index has it."""
    from wdh.scaffold import WHEELS, find_checkout

    yield "python -m pip install tox"
    checkout = find_checkout()
    if checkout is not None:
        yield f"python -m pip wheel --no-deps --wheel-dir {WHEELS} {shlex.quote(str(checkout))}"
    yield "tox"


def _own_wheel() -> Mapping[PurePosixPath, bytes]:
    from wdh.scaffold import WHEELS, make_own_wheel

    wheel = make_own_wheel()
    return {} if wheel is None else {WHEELS / wheel.name: wheel.content}
