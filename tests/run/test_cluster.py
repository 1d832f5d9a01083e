"""Workers of a Dask cluster give what this process alone gives, or the run ends and says why."""

from __future__ import annotations

import gc
import os
import pickle
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from support.sales import Sales, run_sales
from support.thoroughness import few_examples

from wdh.command.run import main
from wdh.errors import SetupError
from wdh.intake import remote
from wdh.intake.ahead import ReadAhead, read_ahead
from wdh.process import cluster as clusters
from wdh.process.cluster import check_address
from wdh.run import RunRequest

pytest.importorskip("distributed", reason="the extra dask is not installed")
trustme = pytest.importorskip("trustme", reason="the extra test_dask is not installed")

pytestmark = [pytest.mark.once, pytest.mark.filterwarnings("ignore")]


class Running:
    """A scheduler and two workers with a nanny each, by TLS."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        issued = authority.issue_cert("127.0.0.1", "localhost")
        issued.private_key_and_cert_chain_pem.write_to_path(folder / "own.pem")
        self.environment = {"DASK_DISTRIBUTED__COMM__TLS__CA_FILE": str(folder / "ca.pem")}
        for role in ("SCHEDULER", "WORKER", "CLIENT"):
            for part in ("CERT", "KEY"):
                self.environment[f"DASK_DISTRIBUTED__COMM__TLS__{role}__{part}"] = str(folder / "own.pem")
        self.environment["DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION"] = "true"
        self._processes: list[subprocess.Popen[str]] = []
        here = ("--protocol", "tls", "--host", "127.0.0.1", "--port", "0")
        self.scheduler = self._start("scheduler", *here, said=subprocess.PIPE)
        self._listening = threading.Thread(target=self._listen)
        self.address = self._read_address()
        places = ("--nworkers", "2", "--nthreads", "1", "--host", "127.0.0.1", "--local-directory", str(folder))
        self._start("worker", self.address, *places)

    def _start(self, what: str, *words: str, said: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *words, "--dashboard-address", "127.0.0.1:0"]
        environment = {**os.environ, **self.environment, "PYTHONWARNINGS": "ignore"}
        process = subprocess.Popen(command, env=environment, stderr=said, text=True, start_new_session=True)
        self._processes.append(process)
        return process

    def _read_address(self) -> str:
        assert self.scheduler.stderr is not None
        for line in self.scheduler.stderr:
            if "Scheduler at:" in line:
                self._listening.start()
                return line.split("Scheduler at:")[1].strip()
        raise AssertionError("no scheduler")

    def _listen(self) -> None:
        assert self.scheduler.stderr is not None
        with self.scheduler.stderr as said:
            said.read()

    def close(self) -> None:
        """End them all."""
        for process in reversed(self._processes):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._listening.join()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    found = Running(tmp_path_factory.mktemp("cluster"))
    yield found
    found.close()
    gc.collect()  # what Dask forgot to close is its own, and no fault of the tests after these


@pytest.fixture
def reading(running: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReadAhead]:
    """The workers, once both are there."""
    import dask

    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    dask.config.refresh()
    found = read_ahead(f"dask:{_await_workers(running)}")
    yield found
    found.close()


def _await_workers(running: Running) -> str:
    from distributed import Client
    from distributed.security import Security

    with Client(running.address, security=Security(require_encryption=True), set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
    return running.address


def ask(folder: Path, months: int = 5, rows: int = 400) -> RunRequest:
    """Write workbooks, and ask for them all with the address of a warehouse."""
    sales = Sales(folder)
    sales.write(months, rows)
    return sales.request(environment={"WDH_DATABASE__HOST": "warehouse.example"})


def test_its_workers_give_the_same_to_the_last_byte(
    tmp_path: Path, reading: ReadAhead, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ask(tmp_path)
    alone = run_sales(request, ReadAhead(1))
    monkeypatch.setattr("wdh.run.sheets.read_file", lambda *_, **__: pytest.fail("reads here"))
    assert run_sales(request, reading) == alone


def test_it_gives_what_this_process_alone_gives(tmp_path: Path, reading: ReadAhead) -> None:
    """Over deliveries at random, as in test_crew.py."""
    for seed in range(few_examples(200)):
        sales = Sales(tmp_path / str(seed))
        sales.write_odd(random.Random(seed))  # noqa: S311
        assert run_sales(sales.request(), reading) == run_sales(sales.request(), ReadAhead(1)), seed


def test_a_worker_that_is_killed_is_not_missed(tmp_path: Path, reading: ReadAhead) -> None:
    request = ask(tmp_path, months=8, rows=2_000)
    alone = run_sales(request, ReadAhead(1))
    assert isinstance(reading._crew, clusters.Cluster)
    pid = next(iter(reading._crew._client.run(os.getpid).values()))
    timer = threading.Timer(0.5, os.kill, (pid, signal.SIGKILL))
    timer.start()
    assert run_sales(request, reading) == alone
    timer.join()
    _await_end(pid)


def _await_end(pid: int) -> None:
    """Wait until a killed process is gone: its nanny may take a moment to hear of it."""
    until = time.monotonic() + 60
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_no_worker_learns_where_the_warehouse_is(tmp_path: Path) -> None:
    from wdh.run.sheets import list_files, make_intake_job
    from wdh.run.task import prepare_task

    task = prepare_task(ask(tmp_path, months=1))
    job = make_intake_job(task, found=None, context=task.circumstances.context, scope=("月度",))
    (file,) = list_files(task, job)
    assert task.request.environment["WDH_DATABASE__HOST"] == "warehouse.example"
    assert b"warehouse.example" not in pickle.dumps(remote.make_call(file))


def test_a_worker_with_other_code_is_refused(
    tmp_path: Path, reading: ReadAhead, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its loaded code counts, and not what is installed there by now."""
    import wdh.columns.numbers as numbers

    request = ask(tmp_path)
    monkeypatch.setattr(numbers, "_MARK", "another", raising=False)
    monkeypatch.setattr(remote, "_hashes", {})
    with pytest.raises(SetupError, match=r"has loaded other code than this process \(wdh.columns.numbers\)"):
        run_sales(request, reading)


def test_a_workbook_that_a_worker_does_not_see_ends_the_run(
    tmp_path: Path, reading: ReadAhead, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ask(tmp_path)
    make = remote.make_call

    def make_elsewhere(job: Any) -> Any:
        return make(replace(job, source=replace(job.source, path=Path("/nowhere") / job.source.path.name)))

    monkeypatch.setattr("wdh.intake.ahead.make_call", make_elsewhere)
    with pytest.raises(SetupError, match=r"does not see .*01月_sales.xlsx. Mount its folder there"):
        run_sales(request, reading)


def test_another_file_of_the_same_path_is_refused(
    tmp_path: Path, reading: ReadAhead, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ask(tmp_path)
    monkeypatch.setattr(remote, "hash_workbook", lambda _: "0" * 64)
    message, *_ = run_sales(request, reading)
    assert "was changed while it was read" in message


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("dask:tcp://10.0.0.7:8786", "is another machine without TLS"),
        ("dask:tcp://scheduler:8786", "is another machine without TLS"),
        ("dask:tls://scheduler", "is not an address"),
        ("dask:ucx://127.0.0.1:8786", "is not an address"),
        ("dask:", "is not an address"),
        ("dask:tls://[::1:8786", "is not an address"),
    ],
)
def test_an_address_that_is_none_or_open_to_all_is_refused(address: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        check_address(address)


@pytest.mark.parametrize("place", ["tls://scheduler:8786", "tcp://127.0.0.1:1", "tcp://[::1]:1", "tcp://localhost:1"])
def test_an_address_with_tls_or_of_this_machine_is_taken(place: str) -> None:
    assert check_address(f"dask:{place}") == place


def test_a_scheduler_that_is_not_there_is_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(tmp_path, months=2)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(clusters, "CONNECT_SECONDS", 0.5)
    words = ["--domain", "sales", "--max-files", "9", "--max-rejects", "99", "--workers", "dask:tcp://127.0.0.1:1"]
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "The scheduler at tcp://127.0.0.1:1 cannot be used" in " ".join(capsys.readouterr().err.split())


def test_a_scheduler_that_is_lost_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    import dask

    own = Running(tmp_path_factory.mktemp("lost"))
    try:
        for name, value in own.environment.items():
            monkeypatch.setenv(name, value)
        dask.config.refresh()
        monkeypatch.setattr(clusters, "LOST_SECONDS", 1.0)
        request = ask(tmp_path, months=8, rows=2_000)
        with read_ahead(f"dask:{_await_workers(own)}") as reading:
            threading.Timer(0.3, own.scheduler.kill).start()
            with pytest.raises(SetupError, match="cannot be used: it does not answer any more"):
                run_sales(request, reading)
    finally:
        own.close()
