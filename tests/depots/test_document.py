"""docs/depots.md: its commands do what they say, and its addresses and extras are those of the code."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.depots import Bucket, Shell
from support.scripts import DOCS
from support.workspaces import Workspace

from wdh.discovery.depot.opening import EXTRAS

TEXT = (DOCS / "depots.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ (.*)$", TEXT, re.MULTILINE)


def test_there_are_commands() -> None:
    assert len(COMMANDS) == 2


@pytest.mark.once
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_reads_the_workbook(
    workspace: Workspace, bucket: Bucket, shell: Shell, book: bytes, command: str
) -> None:
    """As a process, with the bucket and the server of the tests in the place of those of the document."""
    name = "incoming/2024-11/东区/销售.xlsx"
    bucket.put(name, book)
    (shell.root / name).parent.mkdir(parents=True)
    (shell.root / name).write_bytes(book)
    words = command.replace("s3://deliveries", bucket.address).replace("sftp://wdh@127.0.0.1:2222", shell.address)
    program = Path(sys.executable).parent / words.split()[0]
    ended = subprocess.run(
        [str(program), *words.split()[1:]],
        cwd=workspace.folder,
        env={**os.environ, **bucket.variables, **shell.variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    assert "销售.xlsx" in ended.stdout


def test_each_extra_is_in_the_table_and_in_the_package() -> None:
    options = configparser.ConfigParser()
    options.read(DOCS.parent / "setup.cfg", encoding="utf-8")
    for protocol, extra in EXTRAS.items():
        assert options.has_option("options.extras_require", extra), protocol
        assert f"`wdh[{extra}]`" in TEXT
