"""The texts of a new package: templates, filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.metadata import version
from importlib.resources import files
from string import Template
from typing import Final

from packaging.version import Version

from wdh.scaffold.names import PackageNames
from wdh.words.printable import show_controls

COMMON: Final = {
    ".gitignore": "gitignore.txt",
    "pyproject.toml": "pyproject.toml.txt",
    "tox.ini": "tox.ini.txt",
}
"""The templates of the files that every package has, by their path in it."""


def words_of(names: PackageNames) -> Mapping[str, str]:
    """Give the words that every template may have."""
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


def render(template: str, words: Mapping[str, str]) -> str:
    """Fill in a template of the folder ``templates``."""
    text = files("wdh.scaffold").joinpath("templates").joinpath(template).read_text(encoding="utf-8")
    return Template(text).substitute(words)


def markdown(text: str) -> str:
    """Write a name of the workbook into Markdown as code, so that nothing in it is markup."""
    plain = show_controls(text).replace("|", "¦")
    fence = "`" * (max(map(len, re.findall("`+", plain)), default=0) + 1)
    pad = " " if fence != "`" else ""
    return f"{fence}{pad}{plain}{pad}{fence}"
