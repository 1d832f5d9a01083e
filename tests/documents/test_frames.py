"""docs/frames.md: its examples do what they show."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

pytest.importorskip("polars", reason="the page is tried where the extra test_frames is installed")
pytest.importorskip("nanoarrow", reason="the page is tried where the extra test_frames is installed")

PAGE = Path(__file__).parents[2] / "docs" / "frames.md"


def test_every_example_does_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    examples = doctest.DocTestParser().get_doctest(text, {}, PAGE.name, str(PAGE), 0)
    found = doctest.DocTestRunner().run(examples)
    assert len(examples.examples) > 20
    assert found.failed == 0, capsys.readouterr().out
