"""A shell completes commands, flags, choices and domains by the script that `wdh completion` prints."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from wdh.command.main import main

ASKED = {
    "wdh compl": {"completion"},
    "wdh-run --no-s": {"--no-sql", "--no-skip-unchanged"},
    "wdh-run --domain annuity_p": {"annuity_performance"},
}


def ask(words: str) -> str:
    program, *_ = words.split()
    function = f"_{program.replace('-', '_')}_completion"
    return (
        f"COMP_WORDS=({words}) COMP_CWORD={len(words.split()) - 1}\nCOMPREPLY=()\n{function} {program}\n"
        'echo "${COMPREPLY[@]}"'
    )


@pytest.mark.once
@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_completes_commands_flags_and_domains() -> None:
    script = "\n".join(['set -e; eval "$(wdh completion bash)"', *map(ask, ASKED)])
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", script], env={**os.environ, "PATH": path}, capture_output=True, encoding="utf-8", check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [set(line.split()) for line in done.stdout.splitlines()] == list(ASKED.values())


@pytest.mark.parametrize("shell", ["zsh", "fish", "powershell"])
def test_every_shell_has_its_script_for_both_programs(shell: str) -> None:
    ended = CliRunner().invoke(main, ["completion", shell])
    assert ended.exit_code == 0, ended.stderr
    assert all(variable in ended.stdout for variable in ("_WDH_COMPLETE", "_WDH_RUN_COMPLETE"))


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="there is no PowerShell here")
def test_powershell_can_read_its_script() -> None:
    script = CliRunner().invoke(main, ["completion", "powershell"]).stdout
    done = subprocess.run(["pwsh", "-NoProfile", "-Command", script], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
