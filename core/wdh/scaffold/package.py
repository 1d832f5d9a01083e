"""The packages of a new domain and of a new plugin, decided file by file, then written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, Final

from msgspec.structs import replace

from wdh.errors import SetupError
from wdh.inspection import Declaration, FoundColumn, Inspection, deduce_pattern, propose_refs
from wdh.scaffold.files import write_expectation, write_sources, write_workbook
from wdh.scaffold.invention import invent_sample
from wdh.scaffold.names import PackageNames
from wdh.scaffold.python import Call, show_text, show_value
from wdh.scaffold.rendering import COMMON, markdown, render, words_of
from wdh.sql.identifiers import Target
from wdh.sql.statements import count_rows
from wdh.words.language import say
from wdh.words.total_words import TOTAL_WORDS

CASES: Final = PurePosixPath("tests/cases")
_PLAIN: Final = {
    **COMMON,
    "README.md": "README.md.txt",
    "setup.cfg": "setup.cfg.txt",
    "tests/test_conformance.py": "test_conformance.py.txt",
    "tests/test_job.py": "test_job.py.txt",
}
_PLAIN_OF_PLUGINS: Final = {
    **COMMON,
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
        **words_of(names),
        "rows": str(len(sample.rows)),
        "count_facts": show_text(count_rows(Target(None, found.table))),
        "workbook": markdown(workbook),
        "sheet": markdown(found.sheet),
        "table": markdown(found.table),
        "references": _list_references(names, found),
    }
    texts = {path: render(template, words) for path, template in _PLAIN.items()}
    texts[f"{names.module}/__init__.py"] = render("init.py.txt" if found.references else "init_bare.py.txt", words)
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
    words = words_of(names)
    texts = {path: render(template, words) for path, template in _PLAIN_OF_PLUGINS.items()}
    texts[f"{names.module}/__init__.py"] = render("plugin_init.py.txt", words)
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
            say(
                "{folder} cannot be written: {reason}; name another --directory",
                folder=folder,
                reason=error.strerror,
            ),
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
    tables = ", ".join(markdown(reference.table) for reference in found.references)
    return f"| `{names.module}/references.py` | the reference tables that the facts feed: {tables} |\n"


def _write_columns(found: Inspection) -> str:
    """Write the module that says what the sheet holds."""
    calls = [Call(one.kind, [one.name], one.declaration.options) for one in found.columns]
    columns = show_value(Call("Columns", calls, {"totals": list(TOTAL_WORDS)}), is_spread=True)
    names = ", ".join(["Columns", *sorted({one.kind for one in found.columns})])
    return f'"""What the sheet holds, and how it is read."""\n\nfrom wdh import {names}\n\nFACTS = {columns}\n'
