"""The script of the image loads each month once, and obeys the exit codes of the run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from support.workbooks import write_rows

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(sys.platform != "linux", reason="the script of a Linux image, with the date of GNU"),
]

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "deploy" / "run-monthly"
DATE = """\
case $1 in
-d) exec {date} "$@" ;;
*) exec {date} -d "$(cat {folder}/today)" "$@" ;;
esac
"""
"""The clock of a test; what is asked about another day is the real command's."""

SLEEP = """\
echo "$1" >> {folder}/pauses
read -r next <&9 || kill -TERM $PPID
case $next in *-*) echo "$next" > {folder}/today ;; esac
"""
"""Takes no time; at its end it is another day, and after the last of them the container is stopped."""

RUN = """\
echo "$@" >> {folder}/runs
read -r code < {folder}/codes
sed -i 1d {folder}/codes
exit "$code"
"""


class Bench:
    """A folder with the commands that the script calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        (folder / "state").mkdir()
        self.write("date", DATE.format(date=shutil.which("date"), folder=folder))
        self.write("sleep", SLEEP.format(folder=folder))

    def write(self, name: str, text: str) -> None:
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{text}", encoding="utf-8")
        path.chmod(0o755)

    def run(self, *arguments: str, today: str, later: Sequence[str] = (), **variables: str) -> Any:
        """Run the script from the day ``today``; ``later`` are the days after each pause (empty: the same day)."""
        (self.folder / "today").write_text(today, encoding="utf-8")
        (self.folder / "later").write_text("".join(f"{day}\n" for day in later), encoding="utf-8")
        with (self.folder / "later").open("rb") as days:
            return subprocess.run(
                ["sh", "-c", 'exec 9<&0; exec "$@"', "sh", SCRIPT, *arguments],
                env={**os.environ, **self.environment, **variables},
                cwd=self.folder,
                stdin=days,
                capture_output=True,
                encoding="utf-8",
                timeout=120,
                check=False,
            )

    @property
    def environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(self.bin), os.environ["PATH"]])
        return {"PATH": path, "WDH_MONTHLY_STATE": str(self.folder / "state"), "WDH_MONTHLY_RETRY": "6h"}

    def lines(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


@pytest.fixture
def bench(tmp_path: Path) -> Callable[..., Bench]:
    def make(*codes: int, check: int = 0) -> Bench:
        made = Bench(tmp_path)
        made.write("wdh-run", RUN.format(folder=tmp_path))
        made.write("wdh", f"exit {check}\n")
        (tmp_path / "codes").write_text("".join(f"{code}\n" for code in codes), encoding="utf-8")
        return made

    return make


def test_each_month_is_run_once_from_its_day_on(bench: Callable[..., Bench]) -> None:
    made = bench(0, 0)
    ended = made.run("--domains", "all", today="2025-01-04", later=["2025-01-05", "2025-01-06", "2025-02-05", ""])
    assert ended.returncode == 143, ended.stderr
    assert made.lines("runs") == ["--period 2024-12 --domains all", "--period 2025-01 --domains all"]
    assert sorted(path.name for path in (made.folder / "state").iterdir()) == ["2024-12", "2025-01"]


@pytest.mark.parametrize(("code", "pause"), [(2, "6h"), (3, "6h"), (4, "15m"), (5, "15m")])
def test_a_run_that_may_go_well_later_is_tried_again(bench: Callable[..., Bench], code: int, pause: str) -> None:
    made = bench(code, 0)
    ended = made.run(today="2025-01-05", later=[""])
    assert made.lines("runs") == ["--period 2024-12"] * 2, ended.stderr
    assert made.lines("pauses") == [pause, "1h"]
    assert f"({code})" in ended.stderr


@pytest.mark.parametrize("code", [1, 130])
def test_a_run_that_needs_a_person_ends_with_its_code(bench: Callable[..., Bench], code: int) -> None:
    made = bench(code, 0)
    ended = made.run(today="2025-01-05")
    assert ended.returncode == code
    assert len(made.lines("runs")) == 1
    assert list((made.folder / "state").iterdir()) == []


def test_a_configuration_with_faults_ends_it_before_any_run(bench: Callable[..., Bench]) -> None:
    made = bench(0, check=2)
    assert made.run(today="2025-01-05").returncode == 2
    assert made.lines("runs") == []


def test_a_stopped_container_ends_the_run(bench: Callable[..., Bench], tmp_path: Path) -> None:
    made = bench()
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    made.write("wdh-run", f"echo $$ > {begun}\nexec {shutil.which('sleep')} 600\n")
    (tmp_path / "today").write_text("2025-01-05", encoding="utf-8")
    with subprocess.Popen([SCRIPT], env={**os.environ, **made.environment}, stderr=subprocess.DEVNULL) as script:
        run = int(begun.read_text(encoding="utf-8"))
        script.terminate()
        assert script.wait(60) == 143
    assert not Path(f"/proc/{run}/cmdline").exists() or b"sleep" not in Path(f"/proc/{run}/cmdline").read_bytes()


def test_a_real_run_is_marked_as_done_and_a_month_without_a_workbook_waits(tmp_path: Path, database: Any) -> None:
    made = Bench(tmp_path)
    for command in ("wdh", "wdh-run"):
        made.write(command, f'exec {Path(sys.executable).with_name(command)} "$@"\n')
    write_rows(tmp_path / "2024年12月.xlsx", [["店", "数"], ["甲", 1], ["乙", 2]], sheet="店")
    sources = """\
domains:
  shops:
    pattern: '(?P<year>\\d{4})年(?P<month>\\d{1,2})月'
    table: shops
    pk: [店]
    columns: {店: {kind: text, required: true}, 数: integer}
"""
    (tmp_path / "data_sources.yml").write_text(sources, encoding="utf-8")
    database.execute('CREATE TABLE shops ("店" text, "数" bigint)')
    variables = {"WDH_DATABASE__URI": database.dsn, "WDH_DATA_BASE_DIR": str(tmp_path)}
    later = ["2025-02-07"]
    ended = made.run("--domain", "shops", "--execute", today="2025-01-07", later=later, **variables)
    assert made.lines("pauses") == ["1h", "6h"], ended.stderr
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["2024-12"]
    assert database.rows("SELECT count(*) FROM shops") == [(2,)]
