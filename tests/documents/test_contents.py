"""The pages that list what there is list all of it, and every link in a document leads to a file."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md"), ROOT / "tests" / "README.md"])


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\((?!https?:)([^)#]+)", prose)
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_contents_list_every_document() -> None:
    listed = set(re.findall(r"\]\((?!\.)([\w./-]+\.md)\)", read("docs/README.md")))
    assert listed == {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").glob("**/*.md")} - {"README.md"}


def test_the_page_about_tests_has_every_folder_of_them() -> None:
    listed = {name for line in re.findall(r"(?m)^\| (`.*?) \|", read("tests/README.md")) for name in line.split(", ")}
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert listed == {f"`{name}/`" for name in folders}


def test_every_environment_of_tox_is_explained() -> None:
    tox = ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    named = {section.removeprefix("testenv:") for section in tox.sections() if section.startswith("testenv:")}
    listed = re.findall(r"(?m)^\| (`.*?) \|", read("CONTRIBUTING.md"))
    explained = set(re.findall(r"`([\w-]+)`", " ".join(listed)))
    versions = [f"py{minor}" for minor in (310, 311, 312, 313)]
    assert explained >= {name for name in named if "{" not in name} | set(versions)
    assert {f"{versions[0]}-lowest", f"{versions[-1]}-lowest"} <= explained


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_the_readme_leads_to_the_contents_and_to_those_who_want_to_help(readme: str) -> None:
    linked = set(re.findall(r"\]\(([^)]+)\)", read(readme)))
    assert {"docs/README.md", "CONTRIBUTING.md", *({"README.md", "README.zh.md"} - {readme})} <= linked
