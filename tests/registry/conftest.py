"""A folder of installed distributions that only one test sees."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from support.distributions import PLAIN, Installer, write_distribution


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder first on sys.path; what was imported from it is forgotten afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]


@pytest.fixture
def install(site: Path) -> Installer:
    """Install the domain ``shops`` of wdh-shops 1.2.0, by default a plain one; keywords change what is not."""

    def install_domain(
        source: str = PLAIN,
        *,
        name: str = "wdh-shops",
        group: str = "wdh.domains",
        points: Mapping[str, str] | None = None,
        module: str = "wdh_shops",
        version: str = "1.2.0",
    ) -> Path:
        lines = {group: {"shops": module} if points is None else points}
        return write_distribution(site, name, version=version, entry_points=lines, modules={module: source})

    return install_domain
