"""Dagster's own web server shows the graph, and starts, tries again and ends runs, as a person does in the browser."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from integrations.conftest import SESSIONS, WAITING, Office
from support.clients import wait_until

import wdh

WRITTEN = "_u95e8__u5e97__u9500__u552e_"
"""门店销售, as Dagster takes it; the module that writes it cannot be imported where Dagster is not."""

PROGRAM = shutil.which("dagster-webserver", path=str(Path(sys.executable).parent))

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(PROGRAM is None, reason="dagster-webserver is not installed; tox -e orchestrators has it"),
]

DEFINITIONS = """\
from dagster import RetryPolicy
from wdh.integrations.dagster import build_definitions

defs = build_definitions(
    "data_sources.yml", start="2024-09", report_dir="reports", flags=["--lock-timeout", "{lock_timeout}"],
    retries=RetryPolicy(max_retries=2, delay=0),
)
"""
INSTANCE = """\
telemetry: {enabled: false}
run_coordinator: {module: dagster.core.run_coordinator, class: DefaultRunCoordinator} # else a daemon starts runs
concurrency:
  pools: {granularity: op, default_limit: 1}
"""
OPS = ["discover_files_op", "read_excel_op", "transform_op", "backfill_refs_op", "load_op"]
ASSETS_JOB = "returns_month"
GRAPH = """query($selector: PipelineSelector!) { pipelineOrError(params: $selector) { ... on Pipeline {
  solidHandles { solid { name inputs { dependsOn { solid { name } } } } } } } }"""
LAUNCH = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } } } }"""
EVENTS = """query($id: ID!) { runOrError(runId: $id) { ... on Run { status } }
  logsForRun(runId: $id) { ... on EventConnection { events {
    ... on MessageEvent { message stepKey eventType }
    ... on ExecutionStepUpForRetryEvent { error { message cause { message } } } } } } }"""
TERMINATE = "mutation($id: String!) { terminateRun(runId: $id) { __typename } }"


class Browser:
    """Asks the web server as the pages in a browser do."""

    def __init__(self, address: str) -> None:
        self._address = address

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(  # noqa: S310 - on loopback
            f"{self._address}/graphql", data=body, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            document = json.load(answer)
        assert not document.get("errors"), document
        data: dict[str, Any] = document["data"]
        return data

    def launch(self, job: str, config: Mapping[str, Any] | None = None, *, month: str | None = None) -> str:
        """Start a run and give its id."""
        tags = [] if month is None else [{"key": "dagster/partition", "value": month}]
        params = {
            "selector": {**self.place, "pipelineName": job},
            "mode": "default",
            "runConfigData": config or {},
            "executionMetadata": {"tags": tags},
        }
        answer = self.ask(LAUNCH, params=params)["launchRun"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        return str(answer["run"]["runId"])

    place: Mapping[str, str] = {"repositoryName": "__repository__", "repositoryLocationName": "definitions.py"}

    def look(self, run: str) -> tuple[str, list[dict[str, Any]]]:
        """Give the status of a run, and its events so far."""
        data = self.ask(EVENTS, id=run)
        return data["runOrError"]["status"], data["logsForRun"]["events"]

    def wait(self, run: str, happened: Callable[[str, list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """Wait for something in the events of a run, and give them."""
        until = time.monotonic() + 180
        while True:
            status, events = self.look(run)
            if happened(status, events):
                return events
            assert status not in ("SUCCESS", "FAILURE", "CANCELED"), (status, events[-8:])
            assert time.monotonic() < until, (status, events[-8:])
            time.sleep(0.1)

    def end(self, run: str, status: str) -> list[dict[str, Any]]:
        """Wait until a run has ended so, and give its events."""
        return self.wait(run, lambda found, _: found == status)


@contextmanager
def serving(office: Office, *, lock_timeout: str) -> Iterator[Browser]:
    """Have a web server for the definitions of the office; what it started is ended with it."""
    assert PROGRAM is not None
    (office.folder / "definitions.py").write_text(DEFINITIONS.format(lock_timeout=lock_timeout), encoding="utf-8")
    home = office.folder / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text(INSTANCE, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [PROGRAM, "--python-file", "definitions.py", "--host", "127.0.0.1", "--port", str(port)]
    log = office.folder / "webserver.log"
    with log.open("wb") as written:
        server = subprocess.Popen(
            command, cwd=office.folder, env={**os.environ, "DAGSTER_HOME": str(home)}, stdout=written, stderr=written
        )
    try:
        browser = Browser(f"http://127.0.0.1:{port}")

        def answers() -> bool:
            assert server.poll() is None, log.read_text(encoding="utf-8")
            with suppress(urllib.error.URLError):
                return bool(browser.ask("{ version }"))
            return False

        wait_until(answers, seconds=120)
        yield browser
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)


def kinds(events: list[dict[str, Any]], kind: str) -> list[str]:
    """Give the steps of the events of one kind."""
    return [event["stepKey"] for event in events if event.get("eventType") == kind]


def _follows(solid: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [each for taken in solid["inputs"] for each in taken["dependsOn"]]


def test_the_job_is_shown_started_tried_again_and_skipped(office: Office) -> None:
    config = wdh.build_run_config(Namespace(domain="门店销售", config=office.config, execute=True, backfill_refs="all"))
    with serving(office, lock_timeout="1s") as browser:
        found = browser.ask(GRAPH, selector={**browser.place, "pipelineName": "wdh_job"})
        solids = [handle["solid"] for handle in found["pipelineOrError"]["solidHandles"]]
        before = {
            solid["name"]: [d["solid"]["name"] for i in solid["inputs"] for d in i["dependsOn"]] for solid in solids
        }
        assert before == {OPS[0]: [], **{OPS[place + 1]: [op] for place, op in enumerate(OPS[:-1])}}
        with office.database.connect() as other, other.cursor() as cursor:
            cursor.execute('LOCK TABLE "门店销售"')
            run = browser.launch("wdh_job", config)
            events = browser.wait(run, lambda _, events: bool(kinds(events, "STEP_UP_FOR_RETRY")))
            other.rollback()
        (error, *_) = [event["error"] for event in events if event.get("error")]
        assert "exit code 4: the database refused: canceling statement due to lock timeout" in error["cause"]["message"]
        events = browser.end(run, "SUCCESS")
        assert kinds(events, "STEP_SUCCESS") == OPS
        assert any(str(event.get("message")).startswith("transaction_committed") for event in events)
        assert office.facts() == 2
        config["ops"]["load_op"]["config"]["skip"] = True
        config["ops"]["backfill_refs_op"]["config"]["targets"] = []
        events = browser.end(browser.launch("wdh_job", config), "SUCCESS")
        assert kinds(events, "STEP_SUCCESS") == OPS
        said = [event["message"] for event in events if event.get("stepKey") == "load_op"]
        assert "nothing was written: the facts are skipped, and no reference is asked for" in said
    assert office.runs() == 1


def test_assets_are_loaded_a_terminated_run_is_rolled_back_and_domains_that_share_a_table_queue(office: Office) -> None:
    """A run is terminated while it waits for a lock; another one waits for its place in the pool of both domains."""
    with serving(office, lock_timeout="0") as browser:
        with office.database.connect() as other, other.cursor() as cursor:
            cursor.execute("LOCK TABLE returns")
            run = browser.launch(ASSETS_JOB, month="2024-11")
            wait_until(lambda: bool(office.database.rows(WAITING)), seconds=120)
            assert browser.ask(TERMINATE, id=run)["terminateRun"]["__typename"] == "TerminateRunSuccess"
            events = browser.end(run, "CANCELED")
            wait_until(lambda: not office.database.rows(SESSIONS), seconds=60)
            other.rollback()
        said = "The run was interrupted: everything was rolled back."
        assert said in [event.get("message") for event in events]
        assert (office.facts("returns"), office.facts("店铺")) == (0, 0)
        with office.database.connect() as other, other.cursor() as cursor:
            cursor.execute("LOCK TABLE returns")
            run = browser.launch(ASSETS_JOB, month="2024-11")
            wait_until(lambda: bool(office.database.rows(WAITING)), seconds=120)
            second = browser.launch(f"{WRITTEN}_month", month="2024-11")
            queued = "Step blocked by limit for pool wdh_returns"
            browser.wait(second, lambda _, events: any(queued in str(event.get("message")) for event in events))
            assert len(office.database.rows(SESSIONS)) == 1
            other.rollback()
        events = browser.end(run, "SUCCESS")
        browser.end(second, "SUCCESS")
    assert office.facts() == 2
    assert len(kinds(events, "ASSET_MATERIALIZATION")) == 2
    assert len(kinds(events, "ASSET_CHECK_EVALUATION")) == 3
    assert (office.facts("returns"), office.facts("店铺")) == (2, 3)
