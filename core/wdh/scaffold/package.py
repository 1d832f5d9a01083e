"""A domain package, decided file by file and then written."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path, PurePath, PurePosixPath
from string import Template
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from wdh.errors import SetupError
from wdh.inspection import Declaration, FoundColumn, Inspection, deduce_pattern, propose_refs
from wdh.registry import domain_names
from wdh.scaffold.files import write_expectation, write_sources, write_workbook
from wdh.scaffold.invention import invent_sample
from wdh.scaffold.python import Call, show_text, show_value
from wdh.sql.identifiers import Target
from wdh.sql.statements import count_rows
from wdh.words.printable import show_controls
from wdh.words.total_words import TOTAL_WORDS

_DOMAIN_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*")
_LONGEST: Final = 40


class PackageNames(Struct, frozen=True):
    """A domain's name, and those that follow from it."""

    domain: str

    @property
    def distribution(self) -> str:
        """The name of the distribution and of its folder: ``wdh-shop-sales``."""
        return f"wdh-{self.domain.replace('_', '-')}"

    @property
    def module(self) -> str:
        """The name of the Python module: ``wdh_shop_sales``."""
        return f"wdh_{self.domain.replace('-', '_')}"


def check_name(domain: str) -> PackageNames:
    """Check the name of a new domain. Raises SetupError where it cannot be a name, or a package has it already."""
    if _DOMAIN_NAME.fullmatch(domain) is None or len(domain) > _LONGEST:
        raise SetupError(
            f"{domain!r} cannot be the name of a domain; take small letters a-z, digits, and _ or - between them, at "
            f"most {_LONGEST} characters, such as {_suggest(domain)}",
            domain=domain,
        )
    names = PackageNames(domain)
    claims = [plugin for plugin in domain_names() if PackageNames(plugin.name).module == names.module]
    if claims:
        raise SetupError(
            f"the domain {claims[0].name!r} is there already, in {claims[0]}; take another name, or uninstall that "
            f"package (pip uninstall {claims[0].distribution})",
            domain=domain,
            distribution=claims[0].distribution,
        )
    if importlib.util.find_spec(names.module) is not None:
        raise SetupError(f"there is a module {names.module} already; take another name for the domain", domain=domain)
    return names


def _suggest(domain: str) -> str:
    words = re.findall(r"[a-z0-9]+", domain.lower())
    plain = "_".join(words).lstrip("0123456789_")[:_LONGEST].rstrip("_")
    return plain if _DOMAIN_NAME.fullmatch(plain) else "shop_sales"


CASES: Final = PurePosixPath("tests/cases")
_PLAIN: Final = {
    ".gitignore": "gitignore.txt",
    "README.md": "README.md.txt",
    "pyproject.toml": "pyproject.toml.txt",
    "setup.cfg": "setup.cfg.txt",
    "tests/test_conformance.py": "test_conformance.py.txt",
    "tests/test_job.py": "test_job.py.txt",
    "tox.ini": "tox.ini.txt",
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
        "domain": names.domain,
        "module": names.module,
        "distribution": names.distribution,
        "wdh": version("wdh").partition("+")[0],  # of a version that was built locally, what can be asked for
        "rows": str(len(sample.rows)),
        "count_facts": show_text(count_rows(Target(None, found.table))),
        "workbook": _markdown(workbook),
        "sheet": _markdown(found.sheet),
        "table": _markdown(found.table),
        "references": _list_references(names, found),
    }
    texts = {path: _render(template, words) for path, template in _PLAIN.items()}
    texts[f"{names.module}/__init__.py"] = _render("init.py.txt" if found.references else "init_bare.py.txt", words)
    texts[f"{names.module}/columns.py"] = _write_columns(found)
    if found.references:
        refs: dict[str, Any] = propose_refs(found.references)
        written = show_value(refs, is_spread=True)
        texts[f"{names.module}/references.py"] = (
            f'"""The reference tables, and how their columns come from the facts."""\n\nREFERENCES = {written}\n'
        )
    texts["data_sources.yml"] = write_sources(found, domain=names.domain, description=description)
    expectation = CASES / f"{PurePath(workbook).stem}.expected.yml"
    texts[str(expectation)] = write_expectation(found, sample, workbook=workbook)
    return {
        **{PurePosixPath(path): text.encode("utf-8") for path, text in texts.items()},
        CASES / workbook: write_workbook(found, sample),
    }


def _without_values(column: FoundColumn) -> FoundColumn:
    """Read a choice as text: its values are the workbook's own, and none of them belongs into a package."""
    if column.kind != "choice":
        return column
    options = {name: value for name, value in column.declaration.options.items() if name not in ("values", "mapping")}
    return replace(column, declaration=Declaration(column.name, "text", options))


def write_package(folder: Path, contents: Mapping[PurePosixPath, bytes]) -> None:
    """Write the files into ``folder``, which is made. Raises SetupError where it holds something already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SetupError(f"{folder} is there already; move it away, or name another --directory", path=str(folder))
    try:
        for path, content in contents.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:  # nothing that somebody puts there meanwhile is followed
                file.write(content)
    except OSError as error:
        raise SetupError(
            f"{folder} cannot be written: {error.strerror}; name another --directory", path=str(folder)
        ) from error


def _list_references(names: PackageNames, found: Inspection) -> str:
    if not found.references:
        return ""
    tables = ", ".join(_markdown(reference.table) for reference in found.references)
    return f"| `{names.module}/references.py` | the reference tables that the facts feed: {tables} |\n"


def _markdown(text: str) -> str:
    """Write a name of the workbook into Markdown as code, so that nothing in it is markup."""
    plain = show_controls(text).replace("|", "¦")
    fence = "`" * (max(map(len, re.findall("`+", plain)), default=0) + 1)
    pad = " " if fence != "`" else ""
    return f"{fence}{pad}{plain}{pad}{fence}"


def _render(template: str, words: Mapping[str, str]) -> str:
    text = files("wdh.scaffold").joinpath("templates").joinpath(template).read_text(encoding="utf-8")
    return Template(text).substitute(words)


def _write_columns(found: Inspection) -> str:
    """Write the module that says what the sheet holds."""
    calls = [Call(one.kind, [one.name], one.declaration.options) for one in found.columns]
    columns = show_value(Call("Columns", calls, {"totals": list(TOTAL_WORDS)}), is_spread=True)
    names = ", ".join(["Columns", *sorted({one.kind for one in found.columns})])
    return f'"""What the sheet holds, and how it is read."""\n\nfrom wdh import {names}\n\nFACTS = {columns}\n'
