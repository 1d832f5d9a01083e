"""A name that earlier deployments and other programs read is refused aloud where nothing of ours stands for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wdh.configuration import locate_configuration
from wdh.errors import SetupError
from wdh.warehouse import find_address

SECRET = "postgresql://etl:geheim@db.example/wh"  # noqa: S105 - a made-up one


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "data_sources.yml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("DATABASE_URL", "WDH_DATABASE__URI"),
        ("WDH_DATABASE_URI", "WDH_DATABASE__URI"),
        ("WDH_DATABASE_HOST", "WDH_DATABASE__HOST"),
        ("WDH_DATABASE_PASSWORD", "WDH_DATABASE__PASSWORD"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_name_that_is_not_read_is_refused_with_the_one_that_is(name: str, ours: str) -> None:
    with pytest.raises(SetupError, match=f"^{name} is set, which wdh does not read, .* Write {ours} for it") as caught:
        find_address(None, {name: SECRET, "PGHOST": "h"})
    assert "geheim" not in str(caught.value)
    assert find_address(None, {name: " "}).source == "embedded"
    for said in ({"WDH_DATABASE__URI": SECRET}, {"WDH_DATABASE__HOST": "h"}):
        assert find_address(None, {name: SECRET, **said}).source in said
    assert find_address("host=h", {name: SECRET}).source == "--dsn"


def test_an_env_file_that_nobody_would_read_is_refused_by_its_names(folder: Path) -> None:
    (folder / ".env").write_text(
        f"# WDH_A=1\r\nexport WDH_DATA_BASE_DIR=/x\r\nWDH_DATABASE__URI = {SECRET}\nOTHER=WDH_B=1\n", encoding="utf-8"
    )
    with pytest.raises(SetupError, match=r"\.env sets WDH_DATA_BASE_DIR, WDH_DATABASE__URI, and wdh reads") as caught:
        locate_configuration(None, {}, cwd=folder)
    assert "geheim" not in str(caught.value)
    there = {"WDH_DATA_BASE_DIR": "/y", "WDH_DATABASE__URI": ""}
    assert locate_configuration(None, there, cwd=folder) == folder / "data_sources.yml"
    with pytest.raises(SetupError, match="^WDH_ENV_FILE is set, and wdh reads no file of variables"):
        locate_configuration(None, {**there, "WDH_ENV_FILE": "x.env"}, cwd=folder)


def test_a_database_url_in_an_env_file_is_refused_where_nothing_else_says_the_place(folder: Path) -> None:
    (folder / ".env").write_text(f"DATABASE_URL={SECRET}\n", encoding="utf-8")
    assert locate_configuration(None, {}, cwd=folder).is_file()
    with pytest.raises(SetupError, match=r"\.env sets DATABASE_URL, which wdh does not read"):
        find_address(None, {})
    assert find_address(None, {"DATABASE_URL": ""}).source == "embedded"
    assert find_address("host=h", {}).source == "--dsn"


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_a_folder_or_a_pipe_named_env_says_nothing(folder: Path, make: object) -> None:
    make(folder / ".env")  # type: ignore[operator]
    assert find_address(None, {}).source == "embedded"
    assert locate_configuration(None, {}, cwd=folder).is_file()
