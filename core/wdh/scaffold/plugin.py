"""The package of a new plugin for every domain, decided file by file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from wdh.scaffold.names import PackageNames
from wdh.scaffold.rendering import COMMON, render, words_of

_PLAIN: Final = {
    **COMMON,
    "README.md": "plugin_README.md.txt",
    "setup.cfg": "plugin_setup.cfg.txt",
    "tests/test_conformance.py": "plugin_test_conformance.py.txt",
    "tests/test_job.py": "plugin_test_job.py.txt",
}


def plan_plugin(names: PackageNames) -> Mapping[PurePosixPath, bytes]:
    """Decide all files of the package, by their path in it: a plugin that keeps small deliveries out."""
    words = words_of(names)
    texts = {path: render(template, words) for path, template in _PLAIN.items()}
    texts[f"{names.module}/__init__.py"] = render("plugin_init.py.txt", words)
    texts[f"{names.module}/py.typed"] = ""
    return {PurePosixPath(path): text.encode("utf-8") for path, text in texts.items()}
