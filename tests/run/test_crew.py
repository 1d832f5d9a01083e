"""Workbooks that helpers read ahead give what this process alone gives, whatever becomes of the helpers."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as replace_in
from support.sales import COLUMNS, HEADER, Sales, run_sales
from support.thoroughness import examples
from support.workbooks import write_rows, write_sheets

from wdh.intake import ahead
from wdh.intake.ahead import ReadAhead
from wdh.process import crew as crews
from wdh.process import helper as helping
from wdh.process import progress
from wdh.process.helper import Helper, count_processors


@pytest.fixture(scope="module")
def readings() -> Iterator[dict[int, ReadAhead]]:
    """Processes that outlive one run, by their number; with 1 there are none."""
    found = {workers: ReadAhead(workers, is_asked=True) for workers in (1, 2, 4)}
    yield found
    for reading in found.values():
        reading.close()


@pytest.mark.once
def test_any_number_of_processes_gives_the_same_to_the_last_byte(
    tmp_path: Path, readings: dict[int, ReadAhead]
) -> None:
    """Over deliveries at random: rejects, dropped and reordered columns, blank rows, several sheets, no rows at all."""
    failed = 0
    for seed in range(examples(200)):
        sales = Sales(tmp_path / str(seed))
        sales.write_odd(random.Random(seed))  # noqa: S311
        alone = run_sales(sales.request(), readings[1])
        failed += len(alone) == 2
        for workers in (2, 4):
            assert run_sales(sales.request(), readings[workers]) == alone, seed
    assert failed < examples(200) / 2


def test_helpers_read_all_workbooks(
    tmp_path: Path, readings: dict[int, ReadAhead], monkeypatch: pytest.MonkeyPatch
) -> None:
    sales = Sales(tmp_path)
    sales.write(5, 300)
    alone = run_sales(sales.request(), readings[1])
    monkeypatch.setattr("wdh.run.sheets.read_file", lambda *_: pytest.fail("reads here"))
    assert run_sales(sales.request(), readings[2]) == alone
    assert alone[2] == {f"2024年0{month}月_sales.xlsx": 300 for month in range(1, 6)}


@pytest.mark.once
def test_helpers_that_are_killed_at_any_moment_are_not_missed(tmp_path: Path, readings: dict[int, ReadAhead]) -> None:
    sales = Sales(tmp_path)
    sales.write(8, 2_000)
    alone = run_sales(sales.request(), readings[1])
    killed = 0
    for seed in range(6):
        dice = random.Random(seed)  # noqa: S311
        with ReadAhead(2, is_asked=True) as reading:
            over = threading.Event()
            victims: set[int] = set()

            def kill() -> None:
                while not over.wait(dice.uniform(0.1, 0.9)):  # noqa: B023 - this round's
                    for helper in [*reading._crew._started][:1]:  # type: ignore[union-attr]
                        if not victims:  # noqa: B023 - one is killed, so that no workbook meets it twice
                            os.kill(helper._process.pid, signal.SIGKILL)
                            victims.add(helper._process.pid)  # noqa: B023

            killer = threading.Thread(target=kill)
            killer.start()
            there = run_sales(sales.request(), reading)
            over.set()
            killer.join()
            killed += len(victims)
        assert there[:2] == alone[:2]
    assert killed


PACKAGE = """
import os, signal, time
from wdh import Facts, hookimpl

@hookimpl
def transform(batch, context, columns):
    if os.getpid() != {driver} and batch.file == "2024年03月_sales.xlsx":
        {what}
    return columns.clean(batch)
"""


class Rude:
    """A plugin for the hooks of the domain, by which a helper does what it should not."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, what: str) -> None:
        source = textwrap.dedent(PACKAGE).format(driver=os.getpid(), what=what)
        (folder / "rude_sales.py").write_text(source)
        place = folder / "rude_sales-1.0.dist-info"
        place.mkdir()
        (place / "METADATA").write_text("Metadata-Version: 2.1\nName: rude-sales\nVersion: 1.0\n")
        (place / "entry_points.txt").write_text("[wdh.plugins]\nrude = rude_sales\n")
        monkeypatch.syspath_prepend(str(folder))


def test_a_workbook_over_which_two_helpers_end_stops_the_run_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sales = Sales(tmp_path)
    sales.write(4, 20)
    Rude(monkeypatch, tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
    with ReadAhead(2, is_asked=True) as reading:
        message, facts = run_sales(sales.request(), reading)
    assert message.startswith("2024年03月_sales.xlsx: the processes that read it ended")
    assert facts["file"].endswith("2024年03月_sales.xlsx")


def test_one_that_hangs_is_ended_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sales = Sales(tmp_path)
    sales.write(4, 20)
    Rude(monkeypatch, tmp_path, "time.sleep(600)")
    with ReadAhead(2, is_asked=True) as reading:
        monkeypatch.setattr(reading._crew, "_silence", 2.0)
        message, _ = run_sales(sales.request(time_limit=0.0), reading)
    assert "gave no answer within 2 s" in message


@pytest.mark.parametrize(
    "what", ["raise ValueError('only here')", "from wdh.process import helper; helper.send('rubbish'); os._exit(0)"]
)
def test_what_a_helper_cannot_do_is_done_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    sales = Sales(tmp_path)
    sales.write(4, 20)
    with ReadAhead(1) as nobody:
        alone = run_sales(sales.request(), nobody)
    Rude(monkeypatch, tmp_path, what)
    with ReadAhead(2, is_asked=True) as reading:
        assert run_sales(sales.request(), reading)[:2] == alone[:2]


def test_what_cannot_be_sent_is_read_here(
    tmp_path: Path, readings: dict[int, ReadAhead], monkeypatch: pytest.MonkeyPatch
) -> None:
    sales = Sales(tmp_path)
    sales.write(3, 20)
    alone = run_sales(sales.request(), readings[1])
    monkeypatch.setattr("wdh.run.sheets.make_intake_job", _make_unsendable(alone))
    assert run_sales(sales.request(), readings[2])[:2] == alone[:2]


def _make_unsendable(_: Any) -> Any:
    from wdh.run import sheets

    make = sheets.make_intake_job

    def make_job(*words: Any, **named: Any) -> Any:
        job = make(*words, **named)
        return replace_in(job, held={(99, None): lambda: None}, refused={})

    return make_job


def test_a_workbook_that_is_lost_on_the_way_is_missed(
    tmp_path: Path, readings: dict[int, ReadAhead], monkeypatch: pytest.MonkeyPatch
) -> None:
    sales = Sales(tmp_path)
    sales.write(3, 20)
    give = ReadAhead.ahead
    monkeypatch.setattr(ReadAhead, "ahead", lambda *words, **named: islice(give(*words, **named), 2))
    with pytest.raises(AssertionError, match=r"never read: .*2024年03月_sales"):
        run_sales(sales.request(), readings[2])


def test_what_was_begun_before_a_run_is_taken_by_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a campaign does with the next month; what is not equal to it to the last setting is read anew."""
    from wdh.run.sheets import list_files, make_intake_job, make_spool
    from wdh.run.task import prepare_task

    sales = Sales(tmp_path)
    sales.write(2, 200)
    request = sales.request(max_files=1)
    with ReadAhead(2) as reading:
        alone = run_sales(request, ReadAhead(1))
        for asked in (request, sales.request(max_files=1, sheet="明细")):
            task = prepare_task(asked)
            with make_spool(task) as spool:
                job = make_intake_job(task, found=None, context=task.circumstances.context, scope=spool.scope_columns)
            for file in list_files(task, job):
                reading.begin(file)
        monkeypatch.setattr("wdh.run.sheets.read_file", lambda *_: pytest.fail("reads here"))
        assert run_sales(request, reading)[:2] == alone[:2]  # what is begun for another run tells of its rows, too
        assert len(reading._begun) == 1


def test_progress_and_logs_come_through(tmp_path: Path, readings: dict[int, ReadAhead], caplog: Any) -> None:
    sales = Sales(tmp_path)
    sales.write(3, 50)
    told: dict[int, Any] = {}
    for workers in (1, 2):
        heard: list[Any] = []
        caplog.clear()
        with progress.listening(lambda *words: heard.append(words)), caplog.at_level("INFO", logger="wdh"):  # noqa: B023
            run_sales(sales.request(), readings[workers])
        events = [record.getMessage() for record in caplog.records if record.getMessage() != "workbook_taken"]
        told[workers] = sorted(heard, key=lambda words: words[1]), events
    assert told[2] == told[1]
    assert "workbook_read" in told[1][1]


DRIVER = """
import sys, time
from wdh.process.crew import Crew
from wdh.process.helper import Helper
crew = Crew(2)
futures = [crew.submit(time.sleep, 600) for _ in range(2)]
while len(crew._started) < 2 or any(helper._process.poll() is not None for helper in crew._started):
    time.sleep(0.01)
time.sleep(0.5)
print(*(helper._process.pid for helper in crew._started), flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGKILL])
def test_no_helper_outlives_the_process_that_started_it(ended_by: signal.Signals) -> None:
    """Not even one that works without a word."""
    with subprocess.Popen([sys.executable, "-c", DRIVER], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as driver:
        assert driver.stdout is not None
        helpers = [int(pid) for pid in driver.stdout.readline().split()]
        for pid in helpers:
            os.kill(pid, 0)
        driver.send_signal(ended_by)
        driver.communicate()  # which waits for all that hold its standard error, the helpers too
    assert len(helpers) == 2


def test_a_crew_does_what_any_executor_does() -> None:
    with crews.Crew(2) as crew:
        assert list(crew.map(divmod, [7, 8], [2, 3])) == [(3, 1), (2, 2)]
        with pytest.raises(crews.NotDone, match="ZeroDivisionError"):
            crew.submit(divmod, 1, 0).result()
        with pytest.raises(crews.NotDone, match="cannot be sent"):
            crew.submit(lambda: None).result()
        started = [*crew._started]
    assert started
    assert all(helper._process.returncode is not None for helper in started)


def test_small_workbooks_are_not_worth_a_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sales = Sales(tmp_path)
    sales.write(2, 20)
    monkeypatch.setattr(Helper, "__init__", lambda *_: pytest.fail("starts one"))
    with ReadAhead(2) as reading:
        run_sales(sales.request(), reading)
    monkeypatch.undo()
    monkeypatch.setattr(ahead, "WORTH_IT_FROM", 100)
    with ReadAhead(2) as reading:
        run_sales(sales.request(), reading)
        assert reading._crew is not None
        assert reading._crew._started


def test_the_processors_of_a_container_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quota = tmp_path / "cpu.max"
    monkeypatch.setattr(helping, "_QUOTA", quota)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    assert count_processors() == 64
    for text, processors in (("max 100000", 64), ("150000 100000", 2), ("50000 100000", 1)):
        quota.write_text(text)
        assert count_processors() == processors


def test_columns_in_another_order_are_told_as_by_one_alone(tmp_path: Path, readings: dict[int, ReadAhead]) -> None:
    sales = Sales(tmp_path)
    sales.write(2, 30)
    turned = [*reversed(HEADER)]
    write_rows(tmp_path / "2024年03月_sales.xlsx", [turned, [1.5, None, "店", 3, "2024-03"]], sheet="明细")
    assert run_sales(sales.request(), readings[2]) == run_sales(sales.request(), readings[1])


def test_facts_that_a_check_refuses_are_refused_by_helpers_too(
    tmp_path: Path, readings: dict[int, ReadAhead], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such workbooks are read twice; each helper is told of its own rows."""
    sales = Sales(tmp_path)
    sales.write(4, 60)
    checks = "    checks: {increasing: [{column: 金额, strict: true}]}\n"
    sales.config.write_text(COLUMNS.replace("    totals:", f"{checks}    totals:"), encoding="utf-8")
    write_sheets(tmp_path / "2024年05月_sales.xlsx", {"明细": [HEADER, *[["2024-05", 1, "甲", None, 7]] * 9]})
    alone = run_sales(sales.request(), readings[1])
    assert len(alone[0].rejects) == 8
    monkeypatch.setattr("wdh.run.sheets.read_file", lambda *_, **__: pytest.fail("reads here"))
    assert run_sales(sales.request(), readings[2]) == alone


def test_a_workbook_with_over_half_of_all_bytes_is_read_here_in_parts(
    tmp_path: Path, readings: dict[int, ReadAhead], monkeypatch: pytest.MonkeyPatch
) -> None:
    from wdh.run import sheets

    sales = Sales(tmp_path)
    sales.write(4, 20)
    large = [["2024-05", row % 40, "甲", None, row / 8] for row in range(9_000)]
    write_sheets(tmp_path / "2024年05月_sales.xlsx", {"明细": [HEADER, *large]})
    alone, here = run_sales(sales.request(), readings[1]), []
    read = sheets.read_file
    monkeypatch.setattr(
        sheets,
        "read_file",
        lambda job, *words, **named: (
            here.append((job.source.path.name, named["processes"])),
            read(job, *words, **named),
        ),
    )
    assert run_sales(sales.request(), readings[2]) == alone
    assert here == [("2024年05月_sales.xlsx", 2)]
