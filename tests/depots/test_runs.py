"""A run over workbooks that lie in a bucket or on a server is the run over the same workbooks in a folder, and tells of
addresses.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from support.depots import Bucket, Shell, set_time
from support.workspaces import Ended, Workspace

from wdh.command.main import main as tool_command
from wdh.command.run import main as job_command

from .conftest import make_book

LATEST = "2024-11/东区/V2/销售.xlsx"


@pytest.fixture
def tree(tmp_path: Path, book: bytes) -> Path:
    """Two months of workbooks, with what is never one."""
    root = tmp_path / "tree"
    names = (
        LATEST,
        "2024-11/东区/V1/销售.xlsx",
        "2024-10/西区/销售.xlsx",
        "2024-11/temp/销售.xlsx",
        "2024-11/~$销售.xlsx",
    )
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(book)
    return root


def run(workspace: Workspace, place: str, *arguments: str, environment: Mapping[str, str]) -> Ended:
    given = ("--domain", "sales", "--config", str(workspace.config), "--data-dir", place)
    return workspace.run(job_command, *given, *arguments, environment=environment)


def told(ended: Ended, *addresses: str) -> dict[str, Any]:
    """A report without what differs from run to run, its addresses below the data directory."""
    assert ended.code == 0, ended.err
    document: dict[str, Any] = json.loads(ended.out)
    text = json.dumps(document, ensure_ascii=False)
    for address in addresses:
        text = text.replace(address, "DEPOT")
    document = json.loads(text)
    return {name: document[name] for name in ("workbooks", "passed_over", "steps", "rejects", "notes")}


@pytest.mark.parametrize("place", ["s3", "sftp"])
def test_a_run_over_a_depot_is_the_run_over_a_folder(
    workspace: Workspace, tree: Path, bucket: Bucket, shell: Shell, place: str
) -> None:
    """Month folders, versions, constants of names, exclusions and the plan; only the addresses differ."""
    here = told(run(workspace, str(tree), "--output", "json", environment={}), str(tree))
    if place == "s3":
        bucket.fill(tree)
        address, variables = bucket.address, bucket.variables
    else:
        shutil.copytree(tree, shell.root, dirs_exist_ok=True)
        address, variables = shell.address, shell.variables
    there = told(run(workspace, address, "--output", "json", environment=variables), address)
    assert there == here
    assert here["workbooks"][0]["path"] == f"DEPOT/{LATEST}"


@pytest.mark.parametrize("place", ["s3", "sftp"])
def test_rows_are_loaded_and_everything_names_the_address(
    workspace: Workspace, tree: Path, bucket: Bucket, shell: Shell, place: str
) -> None:
    """The warehouse, the report, the log, the ledger, the history, and the command that loads it again."""
    if place == "s3":
        bucket.fill(tree)
        address, variables = bucket.address, bucket.variables
    else:
        shutil.copytree(tree, shell.root, dirs_exist_ok=True)
        address, variables = shell.address, shell.variables
    ended = run(workspace, address, "--execute", "--log-level", "INFO", "--verbose", environment=variables)
    assert ended.code == 0, ended.err
    rows = workspace.database.rows("SELECT 店, 额::float, 区, 文件 FROM 销售 ORDER BY 额")
    assert rows == [("一店", 1.0, "东", "销售"), ("二店", 2.5, "东", "销售")]
    assert f"path={address}/{LATEST}" in ended.err.replace("'", "")
    assert f"address={address}/{LATEST}" in ended.err.replace("'", "")
    ((files,),) = workspace.database.rows("SELECT files FROM wdh_runs")
    assert files[0]["folder"] == f"{address}/2024-11/东区/V2"
    assert run(workspace, address, "--execute", environment=variables).code == 0
    (run_id,) = workspace.database.rows("SELECT run_id::text FROM wdh_runs ORDER BY committed_at DESC")[0]
    shown = workspace.run(
        *(tool_command, "history", "show", run_id, "--config", str(workspace.config), "--data-dir", address),
        environment=variables,
    )
    assert shown.code == 0, shown.err
    assert f"--file {address}/{LATEST}" in shown.out.replace("'", "").replace("\n", " ")
    for text in (ended.out, ended.err, json.dumps(files), shown.out):
        assert "wdh-depot-" not in text


@pytest.mark.parametrize("place", ["s3", "sftp"])
def test_a_workbook_is_named_by_its_address(
    workspace: Workspace, tree: Path, bucket: Bucket, shell: Shell, place: str
) -> None:
    bucket.fill(tree)
    shutil.copytree(tree, shell.root, dirs_exist_ok=True)
    address = bucket.address if place == "s3" else shell.address
    variables = {**bucket.variables, **shell.variables}
    given = ("--domain", "sales", "--config", str(workspace.config), "--file", f"{address}/2024-10/西区/销售.xlsx")
    report = workspace.run(job_command, *given, "--output", "json", environment=variables).report
    assert [(each["path"], each["facts"]) for each in report["workbooks"]] == [(given[-1], 2)]
    gone = workspace.run(job_command, *given[:-1], f"{address}/2024-10/none.xlsx", environment=variables)
    assert (gone.code, gone.out) == (2, "")
    assert f"the workbook {address}/2024-10/none.xlsx does not exist; check --file" in gone.err
    folder = workspace.run(job_command, *given[:-1], f"{address}/2024-10", environment=variables)
    assert f"the workbook {address}/2024-10 is not a file" in folder.err


def test_each_month_is_a_run_and_leaves_nothing_on_disk(workspace: Workspace, tree: Path, bucket: Bucket) -> None:
    """``--commit each`` fetches the files of a month, and they are gone when the next month is fetched."""
    bucket.fill(tree)
    ended = run(
        *(workspace, bucket.address, "--commit", "each", "--period", "2024-10..2024-11", "--execute"),
        environment=bucket.variables,
    )
    assert ended.code == 0, ended.err
    assert workspace.database.rows("SELECT count(*) FROM wdh_runs") == [(2,)]


def test_rejects_go_back_by_the_name_and_the_mark_has_the_address(
    workspace: Workspace, tmp_path: Path, bucket: Bucket
) -> None:
    """The mended workbook, read from a folder, is the delivery that lay in the bucket, constants of its folder too."""
    bucket.put(LATEST, make_book(tmp_path, [["一店", 1], ["二店", "viel"]]))
    report_dir = tmp_path / "report"
    options = ("--report-dir", str(report_dir), "--execute", "--max-rejects", "1", "--mode", "append")
    ended = run(workspace, bucket.address, *options, environment=bucket.variables)
    assert ended.code == 0, ended.err
    (red,) = report_dir.glob("*销售*.xlsx")
    text = (report_dir / "report.json").read_text() + (report_dir / "report.html").read_text() + ended.out + ended.err
    assert "wdh-depot-" not in text
    assert f"{bucket.address}/{LATEST}" in json.dumps(
        json.loads((report_dir / "report.json").read_text()), ensure_ascii=False
    )
    from openpyxl import load_workbook

    mended = load_workbook(red)
    cell = next(cell for row in mended["销售"].iter_rows() for cell in row if cell.value == "viel")
    cell.value = 7
    mended.save(back := tmp_path / "back.xlsx")
    given = ("--domain", "sales", "--config", str(workspace.config), "--data-dir", bucket.address, "--file", str(back))
    again = workspace.run(job_command, *given, "--execute", "--mode", "append", environment=bucket.variables)
    assert again.code == 0, again.err
    rows = workspace.database.rows("SELECT 店, 额::float, 区 FROM 销售 ORDER BY 额")
    assert rows == [("一店", 1.0, "东"), ("二店", 7.0, "东")]


def test_an_unchanged_input_is_known_again(workspace: Workspace, tree: Path, bucket: Bucket) -> None:
    bucket.fill(tree)
    options = ("--execute", "--skip-unchanged", "--output", "json")
    first = run(workspace, bucket.address, *options, environment=bucket.variables).report
    assert first["unchanged_since"] is None
    ended = run(workspace, bucket.address, *options, "--log-level", "INFO", environment=bucket.variables)
    assert ended.report["unchanged_since"] == first["run_id"]
    assert "workbook_fetched" not in ended.err
    bucket.put(LATEST, make_book(tree, [["三店", 3]]))
    assert run(workspace, bucket.address, *options, environment=bucket.variables).report["unchanged_since"] is None


def test_a_server_without_tags_is_compared_by_contents(
    workspace: Workspace, shell: Shell, book: bytes, tmp_path: Path
) -> None:
    """A size and a time may be those of another content, so the workbook is downloaded to be hashed."""
    file = shell.root / LATEST
    file.parent.mkdir(parents=True)
    options = ("--execute", "--skip-unchanged", "--output", "json", "--log-level", "INFO")
    for content, is_same in ((book, False), (book, True), (make_book(tmp_path, [["一店", 9], ["二店", 2.5]]), False)):
        file.write_bytes(content)
        set_time(file, "2024-12-01T00:00:00")
        ended = run(workspace, shell.address, *options, environment=shell.variables)
        assert (ended.report["unchanged_since"] is not None) is is_same
        assert ended.err.count("workbook_fetched") == 1


def test_times_of_upload_are_told_as_such(workspace: Workspace, tree: Path, book: bytes, bucket: Bucket) -> None:
    """``latest_by_mtime`` and ``max_file_age_days`` go by the upload, and the run says so; those of a folder do not."""
    bucket.put(LATEST, book)
    for other in {path for path in tree.rglob("*.xlsx") if path.name == "销售.xlsx"} - {tree / LATEST}:
        other.unlink()
    text = workspace.config.read_text(encoding="utf-8").replace("latest_by_year_month", "latest_by_mtime")
    workspace.config.write_text(text + "    validation: {max_file_age_days: 36500}\n", encoding="utf-8")
    ended = run(workspace, bucket.address, environment=bucket.variables)
    assert ended.code == 0, ended.err
    assert "latest_by_mtime went by the times of upload" in (out := " ".join(ended.out.split()))
    assert "max_file_age_days was counted from the upload" in out
    assert "upload" not in run(workspace, str(tree), environment={}).out
    workspace.config.write_text(text + "    validation: {max_file_age_days: 0.00000001}\n", encoding="utf-8")
    old = run(workspace, "/", "--file", f"{bucket.address}/{LATEST}", environment=bucket.variables)
    assert old.code == 3
    assert f"the workbook {bucket.address}/{LATEST} was uploaded" in old.err
