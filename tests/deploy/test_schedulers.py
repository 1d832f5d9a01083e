"""The examples for cron, systemd, Kubernetes and Airflow are files that these take, and obey the exit codes of wdh-run.

They agree with ``deploy/run-monthly`` about what is tried again.
"""

from __future__ import annotations

import datetime
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wdh.integrations.job import RETRIED

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
CODES = {
    int(code) for code in re.findall(r"(?m)^\| (\d+) \|", (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8"))
}
DONE = (0, 20)

STUB = """\
#!/bin/sh
echo "$@" >> {folder}/runs
exec 8<{folder}/codes
read -r code <&8
sed -i 1d {folder}/codes
exit "$code"
"""


@pytest.fixture
def bench(tmp_path: Path) -> Callable[..., Path]:
    """Make a folder with a ``bin`` whose ``wdh-run`` ends with these codes, one after the other."""

    def make(*codes: int) -> Path:
        (tmp_path / "bin").mkdir(exist_ok=True)
        program = tmp_path / "bin" / "wdh-run"
        program.write_text(STUB.format(folder=tmp_path), encoding="utf-8")
        program.chmod(0o755)
        (tmp_path / "codes").write_text("".join(f"{code}\n" for code in codes), encoding="utf-8")
        return tmp_path

    return make


def runs(folder: Path) -> list[str]:
    path = folder / "runs"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def month_before() -> str:
    first = datetime.date.today().replace(day=1)  # noqa: DTZ011 - as the script's own clock
    return f"{first - datetime.timedelta(days=1):%Y-%m}"


def find_program(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def test_run_monthly_tries_again_what_the_others_do() -> None:
    script = (ROOT / "deploy" / "run-monthly").read_text(encoding="utf-8")
    assert " | ".join(map(str, RETRIED)) + ")" in script
    assert {*RETRIED} | {*DONE} < CODES


@pytest.mark.skipif(sys.platform != "linux", reason="a script for cron of Linux, with the date of GNU")
class TestCron:
    """The script that cron starts each quarter of an hour."""

    @staticmethod
    def start(folder: Path) -> Any:
        (folder / "state").mkdir(exist_ok=True)
        variables = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "WDH_MONTHLY_STATE": str(folder / "state")}
        script = EXAMPLES / "cron" / "load-month"
        command = [script, "--domains", "all", "--execute"]
        return subprocess.run(command, env={**os.environ, **variables}, capture_output=True, encoding="utf-8")

    def test_its_line_is_one_that_cron_takes(self) -> None:
        cronsim = pytest.importorskip("cronsim", reason="the extra test_orchestrators has it")
        lines = (EXAMPLES / "cron" / "wdh.cron").read_text(encoding="utf-8").splitlines()
        (line,) = [line for line in lines if line and not line.startswith("#") and not re.match(r"\w+=", line)]
        *schedule, _, command = line.split(None, 6)
        times = cronsim.CronSim(" ".join(schedule), datetime.datetime(2025, 1, 1))  # noqa: DTZ001 - local, as cron's
        assert [next(times).isoformat() for _ in range(2)] == ["2025-01-05T06:00:00", "2025-01-05T06:15:00"]
        assert shlex.split(command)[0] == (EXAMPLES / "cron" / "load-month").name

    @pytest.mark.parametrize("code", DONE)
    def test_a_month_is_loaded_once(self, bench: Callable[..., Path], code: int) -> None:
        folder = bench(code, 0)
        assert self.start(folder).returncode == code
        assert self.start(folder).returncode == 0
        assert runs(folder) == [f"--period {month_before()} --skip-unchanged --domains all --execute"]

    @pytest.mark.parametrize("code", RETRIED)
    def test_what_the_database_refused_is_tried_at_the_next_start(self, bench: Callable[..., Path], code: int) -> None:
        folder = bench(code, 0)
        assert self.start(folder).returncode == code
        assert self.start(folder).returncode == 0
        assert len(runs(folder)) == 2

    @pytest.mark.parametrize("code", sorted(CODES - {*RETRIED} - {*DONE}))
    def test_after_other_codes_nothing_is_started_for_a_while_or_until_somebody_has_looked(
        self, bench: Callable[..., Path], code: int
    ) -> None:
        folder = bench(code, 0)
        ended = self.start(folder)
        assert (ended.returncode, f"({code})" in ended.stderr or f"with {code}," in ended.stderr) == (code, True)
        assert self.start(folder).returncode == 0
        assert len(runs(folder)) == 1
        stopped = folder / "state" / f"{month_before()}.stopped"
        assert stopped.exists() == (code not in (2, 3))
        if code in (2, 3):
            waits = folder / "state" / f"{month_before()}.waits"
            os.utime(waits, (waits.stat().st_mtime - 7 * 3600,) * 2)
            self.start(folder)
            assert len(runs(folder)) == 2

    def test_two_starts_do_not_run_at_once(self, bench: Callable[..., Path]) -> None:
        folder = bench(0)
        (folder / "state").mkdir()
        holder = ["flock", str(folder / "state" / "lock"), "sh", "-c", "echo held; read -r line"]
        with subprocess.Popen(holder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
            assert other.stdout is not None
            other.stdout.readline()
            assert self.start(folder).returncode == 0
            other.communicate(b"\n")
        assert runs(folder) == []


class TestSystemd:
    """The unit and its timer."""

    UNIT = (EXAMPLES / "systemd" / "wdh-month.service").read_text(encoding="utf-8")

    def setting(self, name: str) -> str:
        return re.findall(rf"(?m)^{name}=(.*)$", self.UNIT)[-1]

    def test_systemd_takes_the_unit_and_its_timer(self) -> None:
        files = sorted(str(path) for path in (EXAMPLES / "systemd").iterdir())
        done = subprocess.run(
            [find_program("systemd-analyze"), "verify", *files], capture_output=True, encoding="utf-8"
        )
        said = [line for line in done.stderr.splitlines() if "wdh-run is not executable" not in line]
        assert (done.returncode, said) == (0, [])

    def test_only_what_may_go_well_is_tried_again(self) -> None:
        assert self.setting("Restart") == "on-failure"
        final = {int(code) for code in self.setting("RestartPreventExitStatus").split()}
        assert CODES - final - {0, 10, 20} == {*RETRIED}
        assert self.setting("SuccessExitStatus") == "20"
        assert self.setting("KillSignal") == "SIGINT"

    @pytest.mark.skipif(sys.platform != "linux", reason="the date of GNU")
    def test_its_command_is_a_run_of_the_month_before(self, bench: Callable[..., Path]) -> None:
        folder = bench(0)
        command = self.setting("ExecStart").replace("$$", "$").replace("%%", "%").replace("/opt/wdh", str(folder))
        assert subprocess.run(shlex.split(command)).returncode == 0
        assert runs(folder) == [f"--period {month_before()} --domains all --keep-going --skip-unchanged --execute"]


class TestKubernetes:
    """The CronJob."""

    @pytest.fixture
    def job(self) -> Any:
        yaml = pytest.importorskip("ruamel.yaml")
        text = (EXAMPLES / "kubernetes" / "wdh-month.yaml").read_text(encoding="utf-8")
        return yaml.YAML(typ="safe").load(text)["spec"]["jobTemplate"]["spec"]

    def test_kubernetes_takes_it(self) -> None:
        program = find_program("kubernetes-validate")
        done = subprocess.run(
            [program, "--strict", EXAMPLES / "kubernetes" / "wdh-month.yaml"], capture_output=True, encoding="utf-8"
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def test_only_what_may_go_well_is_tried_again(self, job: Any) -> None:
        rules = {rule["action"]: rule.get("onExitCodes") for rule in job["podFailurePolicy"]["rules"]}
        assert [*rules] == ["Ignore", "Count", "FailJob"]
        assert (rules["Count"]["operator"], rules["Count"]["values"]) == ("In", [*RETRIED])
        assert (rules["FailJob"]["operator"], rules["FailJob"]["values"]) == ("NotIn", [*RETRIED])
        template = job["template"]["spec"]
        assert template["restartPolicy"] == "Never"
        assert {rule["containerName"] for rule in rules.values() if rule} == {template["containers"][0]["name"]}

    def test_it_mounts_what_the_image_has_and_runs_as_its_account(self, job: Any) -> None:
        template = job["template"]["spec"]
        (container,) = template["containers"]
        image = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
        assert f"--uid {template['securityContext']['runAsUser']}" in image
        mounts = {mount["mountPath"]: mount.get("readOnly", False) for mount in container["volumeMounts"]}
        assert mounts == {"/data": True, "/config": True, "/reports": False, "/tmp": False}  # noqa: S108 - of the pod
        assert {mount["name"] for mount in container["volumeMounts"]} == {each["name"] for each in template["volumes"]}

    @pytest.mark.skipif(sys.platform != "linux", reason="the date of GNU")
    def test_its_command_is_a_run_of_the_month_before(self, job: Any, bench: Callable[..., Path]) -> None:
        folder = bench(0)
        path = f"{folder / 'bin'}:{os.environ['PATH']}"
        (container,) = job["template"]["spec"]["containers"]
        assert subprocess.run(container["command"], env={**os.environ, "PATH": path}).returncode == 0
        assert runs(folder) == [f"--period {month_before()} --domains all --keep-going --skip-unchanged --execute"]


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give the environment of an Airflow with a database of its own."""
    program = find_program(os.environ.get("WDH_TEST_AIRFLOW", "airflow"))
    home = tmp_path_factory.mktemp("airflow")
    dags = home / "dags"
    dags.mkdir()
    text = (EXAMPLES / "airflow" / "wdh_monthly.py").read_text(encoding="utf-8")
    assert "retry_delay=timedelta(minutes=15)" in text
    (dags / "wdh_monthly.py").write_text(text.replace("timedelta(minutes=15)", "timedelta()"), encoding="utf-8")
    variables = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "WDH_TEST_AIRFLOW": program,
    }
    environment = {**os.environ, **variables}
    subprocess.run([program, "db", "migrate"], env=environment, check=True, capture_output=True)
    return environment


def test_airflow_tries_again_what_may_go_well_and_fails_at_once_otherwise(
    airflow: dict[str, str], bench: Callable[..., Path]
) -> None:
    """Whichever of two domains comes first, the first run is refused by the database, and the second has rejects."""
    folder = bench(4, 3, 0)
    path = f"{folder / 'bin'}:{airflow['PATH']}"
    command = [airflow["WDH_TEST_AIRFLOW"], "dags", "test", "wdh_monthly", "2024-12-05"]
    done = subprocess.run(command, env={**airflow, "PATH": path}, capture_output=True, encoding="utf-8")
    said = done.stdout + done.stderr
    tried = Counter(line.split()[1] for line in runs(folder))
    assert sorted(tried) == ["annuity_income", "annuity_performance"], said[-3000:]
    assert sorted(tried.values()) == [1, 2]
    assert {line.split("--period ")[1] for line in runs(folder)} == {"2024-11 --execute --skip-unchanged"}
    assert re.findall(r"new_state=(\w+)", said).count("up_for_retry") == 1
    assert re.findall(r"new_state=(\w+)", said).count("failed") == 1
    assert "state=failed, run_type=manual" in said
