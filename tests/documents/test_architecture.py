"""docs/architecture.md names every folder of the core with its layer, and no place that is not there."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "core" / "wdh"
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
SETUP = ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")
ON_DISK = {path.stem for path in CORE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()} - {
    "__init__"
}


def contract(name: str, key: str) -> list[str]:
    return SETUP[f"importlinter:contract:{name}"][key].strip().splitlines()


def test_every_folder_is_named_with_the_layer_of_its_contract() -> None:
    layers = reversed(contract("way", "layers"))
    expected = {folder.strip(): number for number, layer in enumerate(layers) for folder in layer.split("|")}
    written = {folder: int(number) for number, folder in re.findall(r"(?m)^\| (\d+) \| `(\w+)` \|", TEXT)}
    assert written == expected
    assert written.keys() == ON_DISK


@pytest.mark.parametrize("name", ["parsing", "drawing", "pages", "testing", "orchestrating"])
def test_a_library_is_where_the_contract_leaves_it(name: str) -> None:
    """The contract lists who may not import it: a folder that is in no list may, and the page would have to say so."""
    held = {module.removeprefix("wdh.") for module in contract(name, "source_modules")}
    for library in contract(name, "forbidden_modules"):
        written = re.search(rf"(?m)^\| `{library}` \| (.*) \|$", TEXT)
        assert written is not None
        assert set(re.findall(r"`(\w+)`", written[1])) == ON_DISK - held


def test_the_drawing_has_folders_of_the_core() -> None:
    drawn = set(re.findall(r"(\w+)\[\"", TEXT))
    assert drawn <= ON_DISK
    assert len(drawn) > 10


@pytest.mark.parametrize("place", sorted(set(re.findall(r"`([\w/]+(?:/|\.py|\.json|\.md|\.cfg|\.yml))`", TEXT))))
def test_a_place_that_the_page_names_is_there(place: str) -> None:
    if place != "data_sources.yml":  # the operator's
        assert (CORE / place).exists() or (ROOT / place).exists()


@pytest.mark.parametrize(("name", "place"), re.findall(r"`(\w+)` (?:of|in) `([\w/]+\.py)`", TEXT))
def test_a_name_that_the_page_gives_a_place_is_there(name: str, place: str) -> None:
    assert re.search(rf"\b{name}\b", (CORE / place).read_text(encoding="utf-8"))
