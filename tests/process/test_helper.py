"""A helper does what it is told, and nothing is left of it whatever comes."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.other_process import answer_rudely, count, leave, name_modules, write

from wdh.process import helper
from wdh.process.helper import Helper, HelperEnded, count_processors


@pytest.fixture(autouse=True)
def hurry() -> Iterator[None]:
    """No test may wait for ever for a process that does not answer."""
    before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail("waits for an answer that does not come"))
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def own() -> Iterator[Helper]:
    """A helper, which must have ended when it was closed."""
    process = Helper()
    yield process
    process.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process._process.pid, 0)
    process.close()


def test_it_does_one_work_after_the_other(own: Helper) -> None:
    own.ask(count, 3)
    own.ask(count, 1)
    assert [own.receive() for _ in range(4)] == [0, 1, 2, 0]


def test_what_it_writes_to_the_scratch_file_is_read_here(own: Helper) -> None:
    own.ask(write, own.facts.fileno(), b"facts")
    assert own.receive() == 5
    own.facts.seek(0)
    assert own.facts.read() == b"facts"


def test_its_modules_are_those_of_this_process_and_not_of_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("pickle", "wdh", "wdh.process.helper")
    for module in ("pickle", "wdh"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit(7)")
    monkeypatch.chdir(tmp_path)
    process = Helper()
    process.ask(name_modules, *names)
    try:
        assert process.receive() == [sys.modules[name].__file__ for name in names]
    finally:
        process.close()


def test_what_an_installation_prints_at_its_start_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a sitecustomize or a .pth file may."""
    (tmp_path / "sitecustomize.py").write_text('print("hello")')
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    process = Helper()
    process.ask(count, 1)
    try:
        assert process.receive() == 0
    finally:
        process.close()


@pytest.mark.parametrize("error", [pickle.UnpicklingError, EOFError, ValueError, AttributeError])
def test_one_whose_answer_cannot_be_read_is_ended(
    own: Helper, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """It waits for what to do next, and would wait for ever."""
    monkeypatch.setattr(helper, "_GRACE", 0.1)
    own.ask(answer_rudely, error)
    with pytest.raises(HelperEnded, match="gave an answer that cannot be read"):
        own.receive()
    own.ask(count, 1)  # is found out as the answer is waited for
    with pytest.raises(HelperEnded):
        own.receive()


@pytest.mark.parametrize(
    ("killed_by", "told"),
    [
        (signal.SIGKILL, r"signal 9 \(SIGKILL, probably for lack of memory\)"),
        (signal.SIGTERM, r"signal 15 \(SIGTERM\)"),
    ],
)
def test_one_that_was_ended_is_told_by_the_signal(own: Helper, killed_by: signal.Signals, told: str) -> None:
    own.ask(count, 100, 1.0)
    os.kill(own._process.pid, killed_by)
    with pytest.raises(HelperEnded, match=told):
        own.receive()


def test_one_that_left_is_told_by_its_code(own: Helper) -> None:
    own.ask(leave, 3)
    assert own.receive() == "first"
    with pytest.raises(HelperEnded, match="ended with code 3"):
        own.receive()


def test_an_interruption_of_the_keyboard_is_no_business_of_it(own: Helper) -> None:
    own.ask(count, 2, 0.1)
    assert own.receive() == 0
    os.kill(own._process.pid, signal.SIGINT)
    assert own.receive() == 1


WAITING = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin by ignoring it
sys.path.insert(0, sys.argv[1])
from support.other_process import count
from wdh.process.helper import Helper
helper = Helper()
helper.ask(count, 100_000, 0.01)
helper.receive()
print(helper._process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_of_a_run_that_is_ended(ended_by: signal.Signals) -> None:
    """Not even where it could not clean up: the helper ends by itself, as nobody waits for its answers."""
    command = [sys.executable, "-c", WAITING, str(Path(__file__).parents[1])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        os.kill(int(run.stdout.readline()), 0)
        run.send_signal(ended_by)
        run.communicate()  # which waits for all that hold its standard error, the helper too
    assert run.returncode == -ended_by


def test_one_processor_is_counted_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    assert count_processors() == 1


def test_where_none_can_be_started_nothing_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError

    monkeypatch.setattr(subprocess, "Popen", refuse)
    pipe = os.pipe()
    list(map(os.close, pipe))
    with pytest.raises(BlockingIOError):
        Helper()
    again = os.pipe()
    list(map(os.close, again))
    assert again == pipe
