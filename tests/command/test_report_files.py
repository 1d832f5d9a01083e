"""The files of a report: new, for their owner alone, and never written through what somebody put under their names."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from wdh.report.files import write_report

LEFT = ["changes.xlsx", "report.html", "report.json"]
"""What a run without rejects leaves, of whose references some are incomplete or new."""
NAMES = ("report.json", "report.html", "rejects.xlsx", "changes.xlsx")
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what belongs to another account")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    return folder


def refused(workspace: Any, folder: Path, why: str) -> None:
    """The run is refused before anything is read or written."""
    ended = workspace.job("--execute", "--report-dir", str(folder))
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err.count("\n") == 1
    assert f"{why}. See who put it there and remove it, or name another --report-dir. Nothing was touched." in ended.err
    assert workspace.contents() == {"规模明细": [], "年金计划": [], "组合计划": []}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", ["mine", None])
def test_a_symbolic_link_is_refused_before_the_run_and_not_followed(
    workspace: Any, folder: Path, tmp_path: Path, name: str, content: str | None
) -> None:
    victim = tmp_path / "victim"
    if content is not None:
        victim.write_text(content)
    (folder / name).symlink_to(victim)
    refused(workspace, folder, f"{folder / name}: it is a symbolic link")
    assert (victim.read_text() if victim.exists() else None) == content


@pytest.mark.parametrize("name", NAMES)
def test_a_hard_link_is_refused_before_the_run(workspace: Any, folder: Path, tmp_path: Path, name: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (folder / name).hardlink_to(victim)
    refused(workspace, folder, f"{folder / name}: it is a hard link, and so the same file as one elsewhere")
    assert victim.read_text() == "mine"


@pytest.mark.parametrize("name", NAMES)
def test_a_pipe_is_refused_before_the_run_and_not_waited_for(workspace: Any, folder: Path, name: str) -> None:
    os.mkfifo(folder / name)
    refused(workspace, folder, f"{folder / name}: it is a named pipe")


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_is_refused_before_the_run(workspace: Any, folder: Path, name: str) -> None:
    (folder / name).mkdir()
    refused(workspace, folder, f"{folder / name}: it is a folder")


def test_a_command_that_is_wrong_besides_writes_its_report_through_nothing_either(
    workspace: Any, folder: Path, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (folder / "report.json").hardlink_to(victim)
    ended = workspace.job("--config", str(tmp_path / "missing.yml"), "--report-dir", str(folder))
    assert (ended.code, "it is a hard link" in ended.err) == (2, True)
    assert (folder / "report.json").samefile(victim)


@root_only
def test_a_link_of_another_account_in_the_place_of_the_folder_is_refused(
    workspace: Any, folder: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    os.lchown(link, 54321, 54321)
    refused(workspace, link, f"{link}: it is a symbolic link of account 54321")
    assert list(folder.iterdir()) == []


def test_a_link_of_ones_own_to_the_folder_is_followed(workspace: Any, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    ended = workspace.job("--report-dir", str(tmp_path / "link"))
    assert ended.code == 0, ended.err
    assert sorted(path.name for path in folder.iterdir()) == LEFT


def test_a_report_is_for_its_owner_alone_whatever_was_there_before(workspace: Any, folder: Path) -> None:
    (folder / "report.json").write_text("{}")
    (folder / "report.json").chmod(0o666)
    (folder / "rejects.xlsx").write_text("of an earlier run")
    ended = workspace.job("--execute", "--report-dir", str(folder))
    assert ended.code == 0, ended.err
    assert sorted(path.name for path in folder.iterdir()) == LEFT
    assert stat.S_IMODE((folder / "report.json").stat().st_mode) == 0o600


def test_what_is_put_there_during_the_run_is_replaced_and_not_followed(folder: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (folder / "report.json").symlink_to(victim)
    os.mkfifo(folder / "rejects.xlsx")
    assert write_report(folder, {}, rejects=(), page=b"") == (folder / "report.json", folder / "report.html")
    assert victim.read_text() == "mine"
    assert not (folder / "report.json").is_symlink()
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "report.json"]


@root_only
def test_a_demonstration_obeys_no_workspace_of_another_account(workspace: Any, tmp_path: Path) -> None:
    planted = tmp_path / "demo"
    planted.mkdir()
    (planted / ".wdh-demo").touch()
    os.chown(planted, 54321, 54321)
    ended = workspace.tool("demo", "--directory", str(planted), "--dsn", workspace.database.dsn)
    assert (ended.code, ended.out) == (2, "")
    assert f"{planted} belongs to account 54321; name a new folder with --directory" in ended.err


@pytest.mark.parametrize("name", [".wdh-demo", "data_sources.yml"])
def test_a_demonstration_writes_through_no_link(workspace: Any, tmp_path: Path, name: str) -> None:
    planted, victim = tmp_path / "demo", tmp_path / "victim"
    planted.mkdir()
    (planted / ".wdh-demo").touch()
    (planted / name).unlink(missing_ok=True)
    (planted / name).symlink_to(victim)
    (planted / ".wdh-demo").touch() if name != ".wdh-demo" else victim.touch()
    ended = workspace.tool("demo", "--directory", str(planted), "--dsn", workspace.database.dsn)
    assert (ended.code, ended.out) == (2, "")
    assert f"{planted / name} cannot be used: it is a symbolic link" in ended.err
    assert not victim.exists() or victim.read_text() == ""
