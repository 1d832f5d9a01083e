"""What a run read is known again by its content and its names."""

from __future__ import annotations

from pathlib import Path

import pytest

from wdh.run.readings import hash_tree


def make_package(folder: Path) -> Path:
    (folder / "package" / "tables").mkdir(parents=True)
    (folder / "package" / "tables" / "rates.csv").write_text("1")
    return folder / "package"


def test_a_folder_has_the_same_hash_elsewhere_if_its_names_are_those_from_a_folder_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = make_package(tmp_path / "one"), make_package(tmp_path / "other")
    assert hash_tree(str(one), start=str(one.parent)) == hash_tree(str(other), start=str(other.parent))
    known = hash_tree(str(one))
    assert known != hash_tree(str(other)), "whole paths"
    monkeypatch.chdir(tmp_path)
    assert hash_tree(str(one)) == known, "from wherever it is asked"
    (one / "tables" / "rates.csv").rename(one / "tables" / "other.csv")
    assert hash_tree(str(one)) != known
