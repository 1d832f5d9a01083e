"""The configuration is found by flag, variable, or in the working directory; where not, the operator learns why."""

from __future__ import annotations

from pathlib import Path

import pytest

from wdh.configuration import locate_configuration
from wdh.errors import SetupError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("flag.yml", "variable.yml", "data_sources.yml"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("flag", "variable", "expected"),
    [
        ("flag.yml", "variable.yml", "flag.yml"),
        (None, "variable.yml", "variable.yml"),
        (None, " ", "data_sources.yml"),
        (None, None, "data_sources.yml"),
    ],
)
def test_the_flag_wins_over_the_variable_over_the_working_directory(
    folder: Path, flag: str | None, variable: str | None, expected: str
) -> None:
    environment = {} if variable is None else {"WDH_DATA_SOURCES_CONFIG": variable}
    assert locate_configuration(flag and Path(flag), environment, cwd=folder) == folder / expected


def test_an_absolute_path_is_taken_as_it_is(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert locate_configuration(folder / "flag.yml", {}, cwd=elsewhere) == folder / "flag.yml"


@pytest.mark.parametrize(
    ("flag", "environment", "expected"),
    [
        ("no.yml", {}, "no.yml does not exist (--config)"),
        (None, {"WDH_DATA_SOURCES_CONFIG": "no.yml"}, "no.yml does not exist (WDH_DATA_SOURCES_CONFIG)"),
        (None, {}, "data_sources.yml does not exist (no --config and no WDH_DATA_SOURCES_CONFIG is set)"),
        (".", {}, " is no file (--config)"),
    ],
)
def test_a_missing_file_says_where_it_was_looked_for_and_what_to_do(
    tmp_path: Path, flag: str | None, environment: dict[str, str], expected: str
) -> None:
    with pytest.raises(SetupError) as caught:
        locate_configuration(flag and Path(flag), environment, cwd=tmp_path)
    message = str(caught.value)
    assert expected in message
    assert message.startswith(f"the configuration {tmp_path}")
    assert message.endswith("; name one with --config or WDH_DATA_SOURCES_CONFIG; wdh demo writes an example")
