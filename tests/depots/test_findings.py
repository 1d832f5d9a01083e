"""A tree of files gives the same findings, whether it lies in a folder, in a bucket, or on a server."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.deliveries import domain
from support.depots import Bucket, Shell
from support.thoroughness import examples

from wdh.discovery import Depots, Findings, find_workbooks, read_address
from wdh.errors import WdhError
from wdh.settings import Discovery

_rounds = itertools.count()
FOLDERS = ("202411", "2024年10月", "V1", "V2", "temp", ".git", "a b", "50%25", "x#y", "数据", "a+b")
FILES = (
    *("24年11月终稿数据.xlsx", "24年11月终稿数据V2.xlsx", "2024年10月 终稿数据.XLSX", "~$24年11月终稿数据.xlsx"),
    *(
        "24年11月终稿数据.csv",
        "24年11月终稿数据#1.xlsm",
        "24年11月终稿数据+é.xlsx",
        "README",
        ".hidden.xlsx",
        "其他.xlsx",
    ),
)
TREES = st.sets(
    st.tuples(st.lists(st.sampled_from(FOLDERS), max_size=3).map(tuple), st.sampled_from(FILES)), max_size=12
)


def tell(root: Path, depots: Depots) -> object:
    """Give what a search finds, by paths below the root, or the sentence by which it refuses."""
    try:
        with depots.naming():
            found = find_workbooks(root, domain=domain(), discovery=Discovery(max_depth=2), depots=depots, max_files=3)
    except WdhError as error:
        return type(error), error.message.replace(depots.show(root), "ROOT")
    return _relative(found, root)


def _relative(found: Findings, root: Path) -> object:
    taken = [(each.path.relative_to(root), each.year, each.month, each.version, each.why) for each in found.taken]
    return taken, [(each.path.relative_to(root), each.reason, each.sentence) for each in found.considered]


@settings(max_examples=examples(45), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(TREES)
@pytest.mark.once
def test_a_tree_gives_the_same_findings_wherever_it_lies(
    shell: Shell, bucket: Bucket, tree: set[tuple[tuple[str, ...], str]]
) -> None:
    name = f"round {next(_rounds)}"
    root = shell.root / name
    root.mkdir()
    for folders, file in tree:
        path = root.joinpath(*folders, file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    bucket.put(f"{name}/", b"")  # the marker of a folder, as consoles make them
    bucket.fill(shell.root)
    environment = {**bucket.variables, **shell.variables}
    with pytest.MonkeyPatch.context() as patch, Depots(environment) as depots:
        for variable, value in environment.items():
            patch.setenv(variable, value)
        here = tell(root, depots)
        for address in (f"{bucket.address}/{name}", f"{shell.address}/{name}"):
            assert tell(depots.resolve(read_address(address)), depots) == here
    shutil.rmtree(root)


@pytest.fixture
def environment(bucket: Bucket, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    found = {**bucket.variables, **shell.variables}
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


def reasons(found: Findings, root: Path) -> dict[str, str]:
    return {each.path.relative_to(root).as_posix(): each.reason for each in found.considered}


def test_names_that_no_file_can_have_here_are_passed_over_and_told(
    bucket: Bucket, environment: Mapping[str, str]
) -> None:
    """``..``, folders without a name, and names that are too long; markers of folders are no files."""
    book = "24年11月终稿数据.xlsx"
    for key in (book, f"../{book}", f"a/../{book}", f"b//{book}", "c/", f"{'x' * 300}.xlsx", "d_$folder$"):
        bucket.put(f"in/{key}", b"x")
    with Depots(environment) as depots:
        root = depots.resolve(read_address(f"{bucket.address}/in"))
        found = find_workbooks(root, domain=domain(), discovery=Discovery(), depots=depots)
    assert reasons(found, root) == {
        book: "taken",
        "..": "not_a_file",
        "a/..": "not_a_file",
        "b": "not_a_file",
        f"{'x' * 300}.xlsx": "not_a_file",
        "d_$folder$": "extension",
    }


def test_links_of_a_server_are_not_followed(shell: Shell, environment: Mapping[str, str], tmp_path: Path) -> None:
    """Neither to a file nor to a folder, whatever discovery.follow_symlinks says, and it is told of each."""
    (shell.root / "24年10月终稿数据.xlsx").write_bytes(b"x")
    (shell.root / "24年11月终稿数据.xlsx").symlink_to("24年10月终稿数据.xlsx")
    (shell.root / "more").symlink_to(tmp_path)
    with Depots(environment) as depots:
        root = depots.resolve(read_address(shell.address))
        found = find_workbooks(root, domain=domain(), discovery=Discovery(follow_symlinks=True), depots=depots)
    assert [each.path.name for each in found.taken] == ["24年10月终稿数据.xlsx"]
    assert reasons(found, root) == {
        "24年10月终稿数据.xlsx": "taken",
        "24年11月终稿数据.xlsx": "link",
        "more": "link",
    }


@pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_cannot_be_listed_stops_the_search(shell: Shell, environment: Mapping[str, str]) -> None:
    (shell.root / "closed").mkdir(mode=0)
    (shell.root / "24年10月终稿数据.xlsx").write_bytes(b"x")
    with Depots(environment) as depots, pytest.raises(WdhError, match="closed"):
        find_workbooks(
            depots.resolve(read_address(shell.address)), domain=domain(), discovery=Discovery(), depots=depots
        )


def test_nothing_of_a_listing_is_remembered(bucket: Bucket, shell: Shell, environment: Mapping[str, str]) -> None:
    """A workbook that came later is found by the same process, and so is one that was overwritten."""
    with Depots(environment) as depots:
        for address in (bucket.address, shell.address):
            root = depots.resolve(read_address(address))
            for book in ("24年10月终稿数据.xlsx", "24年11月终稿数据.xlsx"):
                bucket.put(book, b"x")
                (shell.root / book).write_bytes(b"x")
                found = find_workbooks(root, domain=domain(), discovery=Discovery(), depots=depots)
                assert found.taken[0].path.name == book
            (shell.root / book).unlink()
            bucket.client.delete_object(Bucket=bucket.name, Key=book)
