"""Which files below the data directory may be workbooks at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.deliveries import find, names, plant, reasons

from wdh.errors import SetupError
from wdh.settings import Discovery

BOOK = "24年11月终稿数据.xlsx"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (f"~${BOOK}", "ignored"),
        (f".{BOOK}", "ignored"),
        (f"{BOOK}.tmp", "ignored"),
        (f"{BOOK}.TMP", "ignored"),
        (f"{BOOK}.bak", "ignored"),
        ("24年11月终稿数据.eml", "ignored"),
        ("24年11月终稿数据.xls", "extension"),
        ("24年11月终稿数据", "extension"),
        (f"temp/{BOOK}", "excluded"),
        (f"Backup/{BOOK}", "excluded"),
        (f"a/archive/{BOOK}", "excluded"),
        (f".git/{BOOK}", "excluded"),
        (f"__pycache__/{BOOK}", "excluded"),
        (f".Trash-0/{BOOK}", "hidden"),
    ],
)
def test_what_is_never_an_input_is_passed_over_with_its_reason(tmp_path: Path, name: str, reason: str) -> None:
    """Lock files, leftovers, hidden files and the named folders, though their names match the pattern."""
    plant(tmp_path, f"ok/{BOOK}", name)
    findings = find(tmp_path)
    assert names(findings, tmp_path) == [f"ok/{BOOK}"]
    passed = {path: why for path, why in reasons(findings, tmp_path).items() if why != "taken"}
    assert list(passed.values()) == [reason]
    assert name.startswith(next(iter(passed)))


@pytest.mark.parametrize("extension", [".xlsx", ".xlsm", ".XLSX"])
def test_both_extensions_are_inputs(tmp_path: Path, extension: str) -> None:
    """Workbooks with and without macros, in either case."""
    plant(tmp_path, f"24年11月终稿数据{extension}")
    assert len(find(tmp_path).taken) == 1


def test_folders_are_searched_ten_deep_and_not_eleven(tmp_path: Path) -> None:
    """The tenth folder below the data directory is the last one entered; the next one is named in the log."""
    deep = "/".join(f"f{level}" for level in range(1, 11))
    plant(tmp_path, f"{deep}/{BOOK}", f"{deep}/f11/24年12月终稿数据.xlsx")
    findings = find(tmp_path)
    assert names(findings, tmp_path) == [f"{deep}/{BOOK}"]
    assert reasons(findings, tmp_path)[f"{deep}/f11"] == "too_deep"
    assert names(find(tmp_path, discovery=Discovery(max_depth=11)), tmp_path) == [f"{deep}/f11/24年12月终稿数据.xlsx"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Neither to a file nor to a folder, and the log says so."""
    root = tmp_path / "data"
    plant(root, BOOK)
    plant(tmp_path / "else", "24年12月终稿数据.xlsx")
    (root / "folder").symlink_to(tmp_path / "else")
    (root / "25年1月终稿数据.xlsx").symlink_to(tmp_path / "else" / "24年12月终稿数据.xlsx")
    findings = find(root)
    assert names(findings, root) == [BOOK]
    assert reasons(findings, root) == {BOOK: "taken", "folder": "link", "25年1月终稿数据.xlsx": "link"}


def test_followed_links_never_leave_the_data_directory_nor_go_in_circles(tmp_path: Path) -> None:
    """With follow_symlinks: out, back up, broken, onto itself, into an excluded folder, twice to one file: all said."""
    root = tmp_path / "data"
    plant(root, BOOK, "temp/24年12月终稿数据.xlsx")
    plant(tmp_path / "else", "24年12月终稿数据.xlsx")
    goals = {
        "out": tmp_path / "else",
        "out.xlsx": tmp_path / "else" / "24年12月终稿数据.xlsx",
        "up": root,
        "broken": root / "nowhere",
        "self": root / "self",
        "into": root / "temp",
        "24年11月终稿数据_again.xlsx": root / BOOK,
    }
    for name, goal in goals.items():
        (root / name).symlink_to(goal)
    findings = find(root, discovery=Discovery(follow_symlinks=True))
    assert names(findings, root) == [BOOK]
    assert {path for path, why in reasons(findings, root).items() if why == "link"} == set(goals)


def test_followed_links_reach_what_no_real_path_reaches(tmp_path: Path) -> None:
    """With follow_symlinks, a link to a folder that is too deep is a way in, for a file once and for a folder once."""
    plant(tmp_path, f"a/b/c/{BOOK}", "a/d/e/24年12月终稿数据.xlsx")
    (tmp_path / "short").symlink_to(tmp_path / "a" / "b" / "c")
    (tmp_path / "shorter").symlink_to(tmp_path / "a" / "b" / "c")
    (tmp_path / "24年12月终稿数据.xlsx").symlink_to(tmp_path / "a" / "d" / "e" / "24年12月终稿数据.xlsx")
    findings = find(tmp_path, discovery=Discovery(follow_symlinks=True, max_depth=2), max_files=2)
    assert names(findings, tmp_path) == [f"short/{BOOK}", "24年12月终稿数据.xlsx"]
    assert reasons(findings, tmp_path)["shorter"] == "link"


class Reversed:
    """A system that lists folders the other way round."""

    def __init__(self, folder: Path) -> None:
        with os.scandir(folder) as entries:
            self._entries = sorted(entries, key=lambda entry: entry.name, reverse=True)

    def __enter__(self) -> list[os.DirEntry[str]]:
        return self._entries

    def __exit__(self, *_: object) -> None:
        self._entries = []


def test_the_order_in_which_the_system_lists_a_folder_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even for which of two links to one folder is followed."""
    plant(tmp_path, f"a/b/c/{BOOK}", "24年12月终稿数据.xlsx", "a/24年10月终稿数据.xlsx")
    for name in ("link1", "link2", "link3"):
        (tmp_path / name).symlink_to(tmp_path / "a" / "b" / "c")
    wishes = {"discovery": Discovery(follow_symlinks=True, max_depth=2), "max_files": 3}
    before = find(tmp_path, **wishes)
    monkeypatch.setattr("wdh.discovery.depot.depots.os", SimpleNamespace(scandir=Reversed))
    assert find(tmp_path, **wishes) == before
    assert names(before, tmp_path)[1] == f"link1/{BOOK}"


def test_a_pipe_is_not_a_workbook(tmp_path: Path) -> None:
    """Opening one would wait for ever."""
    plant(tmp_path, BOOK)
    os.mkfifo(tmp_path / "24年12月终稿数据.xlsx")
    assert reasons(find(tmp_path), tmp_path)["24年12月终稿数据.xlsx"] == "not_a_file"


@pytest.mark.parametrize(("name", "state"), [("nowhere", "does not exist"), ("file.txt", "is not a folder")])
def test_a_data_directory_that_is_none_is_a_setup_error(tmp_path: Path, name: str, state: str) -> None:
    """It names the directory, what is wrong with it, and the flag to mend."""
    plant(tmp_path, "file.txt")
    with pytest.raises(SetupError, match=rf"{name} {state}; pass the right one with --data-dir"):
        find(tmp_path / name)


def test_a_name_that_is_not_utf8_can_be_spoken_of(tmp_path: Path) -> None:
    """Its message can be printed, and the file harms no other."""
    (tmp_path / os.fsdecode(b"\xff\xfe.xlsx")).touch()
    with pytest.raises(SetupError) as caught:
        find(tmp_path)
    assert r"\udcff\udcfe.xlsx" in caught.value.message.encode("utf-8").decode()


@pytest.fixture
def plain_users_folder() -> Iterator[Path]:
    """A folder of a user whom permissions bind, which they do not for root."""
    folder = Path(tempfile.mkdtemp())
    root = os.geteuid() == 0
    if root:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        shutil.rmtree(folder)


def test_a_folder_that_cannot_be_listed_stops_the_search(plain_users_folder: Path) -> None:
    """It may hold the newest delivery: both are named, with what to do."""
    root = plain_users_folder
    plant(root, BOOK)
    for name in ("b锁", "a锁"):
        (root / name).mkdir(mode=0o000)
    with pytest.raises(SetupError) as caught:
        find(root)
    assert caught.value.facts["folders"] == ["a锁", "b锁"]
    assert "\n  'a锁': Permission denied" in caught.value.message
    assert "discovery.exclude_directories" in caught.value.message
    assert isinstance(caught.value.__cause__, PermissionError)
    assert names(find(root, discovery=Discovery(exclude_directories=("a锁", "b锁"))), root) == [BOOK]


def test_no_workbook_is_opened(plain_users_folder: Path) -> None:
    """A workbook that nobody may read is found all the same: saying that it cannot be read is the reader's part."""
    (path,) = plant(plain_users_folder, BOOK)
    path.chmod(0o000)
    assert names(find(plain_users_folder), plain_users_folder) == [BOOK]


def test_a_file_that_cannot_be_looked_at_is_a_setup_error(plain_users_folder: Path) -> None:
    """A folder that may be listed but not entered hides when its files were changed."""
    plant(plain_users_folder, f"a/{BOOK}")
    (plain_users_folder / "a").chmod(0o400)
    with pytest.raises(SetupError, match=f"the workbook a/{BOOK} cannot be looked at: Permission denied"):
        find(plain_users_folder)
    (plain_users_folder / "a").chmod(0o700)


def test_a_data_directory_behind_a_locked_one_is_a_setup_error(plain_users_folder: Path) -> None:
    """And so is a workbook named there: nothing is blamed on wdh."""
    locked = plain_users_folder / "locked"
    locked.mkdir(mode=0o000)
    with pytest.raises(SetupError, match=r"--data-dir"):
        find(locked / "data")
    with pytest.raises(SetupError, match=r"check --file"):
        find(plain_users_folder, files=(locked / BOOK,))
    locked.chmod(0o700)
