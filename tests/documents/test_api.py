"""docs/api.md has every public name with its arguments, and its examples do what they show."""

from __future__ import annotations

import doctest
import inspect
import re
from pathlib import Path

import pytest

import wdh
from wdh.testing.database import Database

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
TEXT = PAGE.read_text(encoding="utf-8")
HEADINGS = [name for line in re.findall(r"(?m)^### (.*)$", TEXT) for name in re.findall(r"`(.+?)`", line)]
ROWS = dict(re.findall(r"(?m)^\| `(\w+)` \|.*\| (.*) \|$", TEXT))
COMMON = {"name", "source", "aliases", "required", "blank", "default"}


def test_every_public_name_is_on_the_page_and_no_other() -> None:
    assert {heading.partition("(")[0] for heading in HEADINGS} | ROWS.keys() == set(wdh.__all__)


@pytest.mark.parametrize("heading", [heading for heading in HEADINGS if "(" in heading])
def test_arguments_are_those_of_the_function_or_class(heading: str) -> None:
    name, _, arguments = heading.rstrip(")").partition("(")
    assert arguments.replace("*", "").split(", ") == list(inspect.signature(getattr(wdh, name)).parameters)


@pytest.mark.parametrize(("name", "further"), ROWS.items())
def test_a_row_has_the_further_arguments_of_a_word_or_the_exit_code_of_an_error(name: str, further: str) -> None:
    public = getattr(wdh, name)
    if isinstance(public, type):
        assert further == str(public.exit_code)
    else:
        assert set(re.findall(r"`(\w+)`", further)) == inspect.signature(public).parameters.keys() - COMMON


def test_every_example_does_what_it_shows(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WDH_DATA_SOURCES_CONFIG", raising=False)
    database.execute("CREATE TABLE plan (code text PRIMARY KEY, name text)")
    database.execute("CREATE TABLE fact (month date, code text, amount numeric)")
    with database.connect() as connection:
        examples = doctest.DocTestParser().get_doctest(TEXT, {"connection": connection}, PAGE.name, str(PAGE), 0)
        found = doctest.DocTestRunner().run(examples)
    assert len(examples.examples) > 30
    assert found.failed == 0, capsys.readouterr().out
