"""mypy and pyright find by the decorators of ``wdh.hooks`` where a function does not fit its hook, and nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import wdh

pytestmark = pytest.mark.whole

PACKAGES = Path(__file__).parent / "packages"
SOURCE = Path(wdh.__file__).parents[1]
IS_CHECKOUT = SOURCE.name == "core"
"""wdh is not below site-packages: checkers must be told where it is."""

Found = Mapping[int, str]
"""What a checker says, by line."""


def run_mypy(path: Path, folder: Path) -> Found:
    command = ["-m", "mypy", "--strict", "--follow-imports=silent", "--cache-dir", str(folder / "cache"), str(path)]
    own = {"MYPYPATH": str(SOURCE)} if IS_CHECKOUT else {}
    done = subprocess.run(
        [sys.executable, *command], env={**os.environ, **own}, capture_output=True, encoding="utf-8", cwd=folder
    )
    assert not done.stderr, done.stderr
    return {int(line): text for line, text in re.findall(r":(\d+): error: (.*)", done.stdout)}


def run_pyright(path: Path, folder: Path) -> Found:
    settings = {"typeCheckingMode": "strict", "extraPaths": [str(SOURCE)] * IS_CHECKOUT}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    shutil.copy(path, folder)  # pyright looks at nothing outside the folder of its settings
    command = ["-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "--project", str(folder)]
    done = subprocess.run([sys.executable, *command], capture_output=True, encoding="utf-8")
    said = json.loads(done.stdout)
    assert said["summary"]["filesAnalyzed"] == 1
    return {one["range"]["start"]["line"] + 1: one["message"] for one in said["generalDiagnostics"]}


CHECKERS = {"mypy": run_mypy, "pyright": run_pyright}


@pytest.fixture(params=CHECKERS)
def check(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Found]:
    """Run one of the checkers on a file in packages."""
    return lambda name: CHECKERS[request.param](PACKAGES / name, tmp_path)


def test_a_function_may_take_any_of_the_hooks_arguments(check: Callable[[str], Found]) -> None:
    assert check("right.py") == {}


def test_each_fault_is_found_where_it_is(check: Callable[[str], Found]) -> None:
    lines = (PACKAGES / "wrong.py").read_text(encoding="utf-8").splitlines()
    faults = {number: line.strip("# ") for number, line in enumerate(lines, 2) if line.startswith("# ")}
    assert len(faults) == 13
    found = check("wrong.py")
    assert {line: faults.get(line) for line in sorted(found)} == faults


def test_the_package_of_the_page_about_writing_a_domain_is_as_strict_as_a_new_one(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "writing-a-domain.md").read_text(encoding="utf-8")
    code = [line[4:] for line in text.splitlines() if line.startswith((">>> ", "... "))]
    of_frames = re.compile("import polars|frame = |too_much = |left = |by_frame")
    path = tmp_path / "page.py"
    path.write_text("\n".join(line for line in code if not of_frames.match(line)) + "\n", encoding="utf-8")
    assert run_mypy(path, tmp_path) == {}
