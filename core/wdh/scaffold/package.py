"""The packages of a new domain and of a new plugin, decided file by file, then written."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path, PurePath, PurePosixPath
from string import Template
from typing import Any, Final

from msgspec.structs import replace
from packaging.version import Version

from wdh.errors import SetupError
from wdh.inspection import Declaration, FoundColumn, Inspection, deduce_pattern, propose_entry, propose_refs
from wdh.inspection import write_yaml as write_configuration
from wdh.scaffold.invention import Sample, invent_sample
from wdh.scaffold.names import PackageNames
from wdh.scaffold.python import Call, show_text, show_value
from wdh.settings import Discovery
from wdh.sql.identifiers import Target, quote_ident
from wdh.sql.statements import count_rows
from wdh.words.language import say
from wdh.words.printable import escape_cell, show_controls
from wdh.words.total_words import TOTAL_WORDS, TOTALS

CASES: Final = PurePosixPath("tests/cases")
_COMMON: Final = {
    ".gitignore": "gitignore.txt",
    "pyproject.toml": "pyproject.toml.txt",
    "tox.ini": "tox.ini.txt",
}
"""The templates of the files that every package has, by their path in it."""

_PLAIN: Final = {
    **_COMMON,
    "README.md": "README.md.txt",
    "setup.cfg": "setup.cfg.txt",
    "tests/test_conformance.py": "test_conformance.py.txt",
    "tests/test_job.py": "test_job.py.txt",
}
_PLAIN_OF_PLUGINS: Final = {
    **_COMMON,
    "README.md": "plugin_README.md.txt",
    "setup.cfg": "plugin_setup.cfg.txt",
    "tests/test_conformance.py": "plugin_test_conformance.py.txt",
    "tests/test_job.py": "plugin_test_job.py.txt",
}


def plan_package(names: PackageNames, found: Inspection, *, source: str | None) -> Mapping[PurePosixPath, bytes]:
    """Decide all files of the package, by their path in it. ``source`` names the workbook that was inspected."""
    found = replace(found, columns=tuple(map(_without_values, found.columns)))
    workbook = f"{PurePath(found.file).stem}.xlsx"
    sample = invent_sample(found, deduce_pattern(PurePath(found.file).stem))
    description = (
        f"The sheet {found.sheet}, as a domain of wdh" if source else "Monthly sales by shop, as a domain of wdh"
    )
    words = {
        **_words_of(names),
        "rows": str(len(sample.rows)),
        "count_facts": show_text(count_rows(Target(None, found.table))),
        "workbook": _markdown(workbook),
        "sheet": _markdown(found.sheet),
        "table": _markdown(found.table),
        "references": _list_references(names, found),
    }
    texts = {path: _render(template, words) for path, template in _PLAIN.items()}
    texts[f"{names.module}/__init__.py"] = _render("init.py.txt" if found.references else "init_bare.py.txt", words)
    texts[f"{names.module}/py.typed"] = ""
    texts[f"{names.module}/columns.py"] = _write_columns(found)
    if found.references:
        refs: dict[str, Any] = propose_refs(found.references)
        written = show_value(refs, is_spread=True)
        texts[f"{names.module}/references.py"] = (
            f'"""The reference tables, and how their columns come from the facts."""\n\nREFERENCES = {written}\n'
        )
    texts["data_sources.yml"] = write_sources(found, domain=names.name, description=description)
    expectation = CASES / f"{PurePath(workbook).stem}.expected.yml"
    texts[str(expectation)] = write_expectation(found, sample, workbook=workbook)
    return {
        **{PurePosixPath(path): text.encode("utf-8") for path, text in texts.items()},
        CASES / workbook: write_workbook(found, sample),
    }


def plan_plugin(names: PackageNames) -> Mapping[PurePosixPath, bytes]:
    """Decide all files of the package, by their path in it: a plugin that keeps small deliveries out."""
    words = _words_of(names)
    texts = {path: _render(template, words) for path, template in _PLAIN_OF_PLUGINS.items()}
    texts[f"{names.module}/__init__.py"] = _render("plugin_init.py.txt", words)
    texts[f"{names.module}/py.typed"] = ""
    return {PurePosixPath(path): text.encode("utf-8") for path, text in texts.items()}


def write_package(folder: Path, contents: Mapping[PurePosixPath, bytes]) -> None:
    """Write the files into ``folder``, which is made. Raises SetupError where it holds something already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SetupError(
            say("{folder} is there already; move it away, or name another --directory", folder=folder), path=str(folder)
        )
    try:
        for path, content in contents.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:  # nothing that somebody puts there meanwhile is followed
                file.write(content)
    except OSError as error:
        raise SetupError(
            say("{folder} cannot be written: {reason}; name another --directory", folder=folder, reason=error.strerror),
            path=str(folder),
        ) from error


def _without_values(column: FoundColumn) -> FoundColumn:
    """Read a choice as text: its values are the workbook's own, and none of them belongs into a package."""
    if column.kind != "choice":
        return column
    options = {name: value for name, value in column.declaration.options.items() if name not in ("values", "mapping")}
    return replace(column, declaration=Declaration(column.name, "text", options))


def _list_references(names: PackageNames, found: Inspection) -> str:
    if not found.references:
        return ""
    tables = ", ".join(_markdown(reference.table) for reference in found.references)
    return f"| `{names.module}/references.py` | the reference tables that the facts feed: {tables} |\n"


def _write_columns(found: Inspection) -> str:
    calls = [Call(one.kind, [one.name], one.declaration.options) for one in found.columns]
    columns = show_value(Call("Columns", calls, {"totals": list(TOTAL_WORDS)}), is_spread=True)
    names = ", ".join(["Columns", *sorted({one.kind for one in found.columns})])
    return f'"""What the sheet holds, and how it is read."""\n\nfrom wdh import {names}\n\nFACTS = {columns}\n'


def _words_of(names: PackageNames) -> Mapping[str, str]:
    return {
        "name": names.name,
        "module": names.module,
        "distribution": names.distribution,
        "versions": made_for(version("wdh")),
    }


def made_for(wdh: str) -> str:
    """Give the versions of wdh that a package made with ``wdh`` asks for, as docs/versions.md promises them.

    Up to the next minor version while the major one is 0, and up to the next major one from then on.
    """
    this = Version(wdh)
    above = f"0.{this.minor + 1}" if this.major == 0 else f"{this.major + 1}"
    # of a version that is not yet released, what pip takes for it
    return f">={this.public if this.is_prerelease else f'{this.major}.{this.minor}'},<{above}"


def _render(template: str, words: Mapping[str, str]) -> str:
    text = files("wdh.scaffold").joinpath("templates").joinpath(template).read_text(encoding="utf-8")
    return Template(text).substitute(words)


def _markdown(text: str) -> str:
    """Write a name of the workbook into Markdown as code, so that nothing in it is markup."""
    plain = show_controls(text).replace("|", "¦")
    fence = "`" * (max(map(len, re.findall("`+", plain)), default=0) + 1)
    pad = " " if fence != "`" else ""
    return f"{fence}{pad}{plain}{pad}{fence}"


def write_workbook(found: Inspection, sample: Sample) -> bytes:
    """Write the sample as a workbook with the headers of the real one; a title and a total only where that has them."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    page = book.create_sheet(found.sheet)
    if found.header_row > 1:
        page.append(["示例"])
    page.append([_make_cell(page, column.header, "General") for column in found.columns])
    for row in sample.rows:
        values = [row[column.name] for column in found.columns]
        page.append([_make_cell(page, value.cell, value.number_format) for value in values])
    if found.totals:
        page.append([TOTALS[0]])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _make_cell(page: Any, value: Any, number_format: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(page, value=escape_cell(value) if isinstance(value, str) else value)
    cell.number_format = number_format
    if isinstance(value, str):
        cell.data_type = "s"  # a name that starts with = is no formula
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
