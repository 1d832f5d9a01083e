"""Credentials of a depot are nowhere: not in what a run prints, logs, writes and records, nor in a traceback."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest
from support.depots import KEY, PASSWORD, SECRET, USER, Bucket, Shell
from support.workspaces import Workspace

from wdh.context import choose_visible
from wdh.discovery import Depots, read_address
from wdh.discovery.folders import list_files
from wdh.errors import SetupError
from wdh.settings import Discovery

from .conftest import make_book

NAME = "2024-11/东区/销售.xlsx"


def traces(text: str) -> list[str]:
    """The forms of a planted credential that stand in a text."""
    return [form for secret in (SECRET, PASSWORD, KEY) for form in _forms(secret) if form in text]


def _forms(secret: str) -> Iterator[str]:
    yield from {secret, quote(secret, safe=""), quote(secret), json.dumps(secret)[1:-1], repr(secret)[1:-1]}
    yield base64.b64encode(secret.encode()).decode().rstrip("=")


def given(way: str, bucket: Bucket, shell: Shell) -> tuple[str, Mapping[str, str]]:
    """An address and variables by which a run gets its credentials."""
    only = {"FSSPEC_S3_ENDPOINT_URL": bucket.variables["FSSPEC_S3_ENDPOINT_URL"], "AWS_DEFAULT_REGION": "us-east-1"}
    if way == "the address of a bucket":
        return f"s3://{KEY}:{quote(SECRET, safe='')}@{bucket.name}", only
    if way == "options of a bucket":
        return bucket.address, {**only, "FSSPEC_S3": json.dumps({"key": KEY, "secret": SECRET})}
    if way == "variables of Amazon":
        return bucket.address, bucket.variables
    if way == "the address of a server":
        place = f"{quote(PASSWORD, safe='')}@127.0.0.1:{shell.port}"
        return f"sftp://{USER}:{place}", {"HOME": shell.variables["HOME"]}
    return shell.address, shell.variables


WAYS = ("the address of a bucket", "options of a bucket", "variables of Amazon", "the address of a server", "variables")


@pytest.mark.once
@pytest.mark.many
@pytest.mark.parametrize("way", WAYS)
def test_no_credential_is_left_anywhere(
    workspace: Workspace, bucket: Bucket, shell: Shell, tmp_path: Path, spools: Path, way: str
) -> None:
    """A run with all logs, with rejects, reports, a written plan, a ledger; and one that fails, with its traceback."""
    content = make_book(tmp_path, [["一店", 1], ["二店", "viel"]])
    bucket.put(NAME, content)
    (shell.root / NAME).parent.mkdir(parents=True)
    (shell.root / NAME).write_bytes(content)
    address, variables = given(way, bucket, shell)
    out = tmp_path / "out"
    out.mkdir()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        **variables,
        "WDH_DATA_BASE_DIR": address,
        "WDH_DATABASE__URI": workspace.database.dsn,
        "TMPDIR": str(spools),
    }
    command = [str(Path(sys.executable).parent / "wdh-run"), "--domain", "sales", "--config", str(workspace.config)]

    def run(code: int, *arguments: str) -> str:
        ended = subprocess.run(
            [*command, "--debug", *arguments], env=environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == code, ended.stderr
        return ended.stdout + ended.stderr

    told = run(0, "--execute", "--max-rejects", "1", "--report-dir", str(out), "--verbose")
    told += run(0, "--max-rejects", "1", "--plan-out", str(out / "plan.json"), "--output", "json")
    told += run(3)
    told += run(2, "--data-dir", f"{address}/none")
    told += run(1, "--data-dir", f"{address}/none", "--raise-on-error")
    told += json.dumps(workspace.database.rows("SELECT to_jsonb(r) FROM wdh_runs r"), ensure_ascii=False, default=str)
    assert traces(told) == []
    for path in out.rglob("*"):
        assert traces(path.read_bytes().decode("utf-8", "replace")) == [], path
    assert NAME in told


@pytest.mark.parametrize("way", WAYS)
def test_the_traceback_of_a_refusal_has_no_credential(
    bucket: Bucket, shell: Shell, way: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever a library puts into its exceptions: here it quotes all that it was given."""
    address, variables = given(way, bucket, shell)

    def fail(*_: object, **options: object) -> None:
        raise OSError(f"connection with {options} {dict(variables)} {address} failed")

    monkeypatch.setattr("fsspec.filesystem", fail)
    monkeypatch.setattr("wdh.discovery.depot.store._PAUSE", 0.0)
    with Depots(variables) as depots, pytest.raises(SetupError) as error, caplog.at_level("DEBUG"):
        list_files(depots.resolve(read_address(address)), Discovery(), depots=depots)
    text = "".join(traceback.format_exception(error.value)) + repr(error.value.facts) + caplog.text
    assert "connection with" in text
    assert traces(text) == []


def test_a_package_does_not_see_an_address_with_a_password() -> None:
    seen = choose_visible({"WDH_DATA_BASE_DIR": f"s3://{KEY}:{quote(SECRET, safe='')}@bucket", "WDH_FILE": "s3://b/f"})
    assert seen == {"WDH_FILE": "s3://b/f"}
