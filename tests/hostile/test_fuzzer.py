"""The fuzzer of workbooks (proof/fuzz.py) finds what it is there for, tells it apart, and keeps it to be made again."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from msgspec.structs import replace

from wdh.workbook.rows.blocks import Block
from wdh.workbook.rows.fast_rows import FastRows
from wdh.workbook.survey.exactness import Exactness

PROOF = Path(__file__).parents[2] / "proof"
sys.path.append(str(PROOF))

from fuzz import Job, make_job, try_workbook  # noqa: E402 - the proofs are no package
from recipes import Recipe, make_recipe, minimise  # noqa: E402
from two_readers import READERS, configured_once, read_by  # noqa: E402
from workbook_seeds import CONFIGURATION, seed_names  # noqa: E402

pytestmark = pytest.mark.once

SOUND = Recipe("excel", ())
PLANTED = """
import os, sys, time
from pathlib import Path
sys.path.append(sys.argv[1])
import fuzz

def planted(job, workbook, config, do=fuzz.try_workbook):
    if job.number == 3:
        raise SystemExit(7)
    if job.number == 5:
        os.abort()
    if job.number == 7:
        time.sleep(3600)
    while job.number == 8:
        pass
    if job.number == 9:
        return fuzz.Tried(("planted",), "fast")
    return do(job, workbook, config)

fuzz.try_workbook, fuzz.SECONDS, fuzz.PATIENCE = planted, 3, 15
fuzz.make_job = lambda seed, number: fuzz.Job(number + 1, fuzz.Recipe("excel", ()))
print(fuzz.fuzz(workbooks=12, seed=1, folder=Path(sys.argv[2])).losses)
"""


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "data_sources.yml"
    path.write_text(CONFIGURATION, encoding="utf-8")
    with configured_once():
        yield path


@pytest.mark.parametrize("seed", seed_names())
def test_each_seed_is_sound_and_gives_all_its_rows_by_both_readers(config: Path, seed: str) -> None:
    """A seed that is refused, or has no facts, would let every change of it pass for harmless."""
    workbook = config.with_name("sales202411.xlsx")
    workbook.write_bytes(Recipe(seed, ()).make())
    exact, fast = (read_by(reader, workbook, config) for reader in READERS)
    assert exact.code == fast.code == 0, exact.said + fast.said
    assert exact.holds == fast.holds
    assert (len(exact.holds["facts"]), exact.holds["rejects"]) == (151 if seed == "long" else 10, [])


def test_a_workbook_is_made_of_its_number_alone() -> None:
    numbers = range(200)
    first = [make_recipe(1, number).make() for number in numbers]
    assert [make_recipe(1, number).make() for number in reversed(numbers)] == first[::-1]
    assert len(set(first)) > 150
    assert make_recipe(2, 0) != make_recipe(1, 0)


def test_a_reader_that_takes_one_value_for_another_is_found(config: Path) -> None:
    """The command is asked, too, for every two-hundredth: its exit codes and reports are compared in the same way."""
    read = FastRows._blocks

    def altered(self: FastRows, size: int, first: int) -> Iterator[Block]:
        for block in read(self, size, first):
            yield replace(
                block, columns=[[4.0 if cell == 3.0 else cell for cell in column] for column in block.columns]
            )

    workbook = config.with_name("sales202411.xlsx")
    assert try_workbook(Job(200, SOUND), workbook, config).faults == ()
    with mock.patch.object(FastRows, "_blocks", altered):
        (fault,) = try_workbook(Job(1, SOUND), workbook, config).faults
    assert fault.startswith("facts differ: openpyxl ('2024-11-01', '0002'"), fault


def test_what_the_search_for_unusual_sheets_keeps_from_the_fast_reader_is_found_without_it(config: Path) -> None:
    """The changes reach what the readers differ in: without the search, some of a few hundred are read otherwise."""
    workbook = config.with_name("sales202411.xlsx")
    with mock.patch.object(Exactness, "judge"):
        found = [
            make_job(1, number)
            for number in range(1, 150)
            if try_workbook(make_job(1, number), workbook, config).faults
        ]
    assert len(found) > 2


@pytest.mark.parametrize(
    ("raised", "said"),
    [(RuntimeError("planted"), "exit code 1"), (MemoryError(), "more memory"), (SystemError(), "exit code 1")],
)
def test_what_is_no_refusal_is_found(config: Path, raised: Exception, said: str) -> None:
    with mock.patch.object(FastRows, "blocks", side_effect=raised):
        (fault,) = try_workbook(Job(1, SOUND), config.with_name("sales202411.xlsx"), config).faults
    assert fault.startswith("fast: ")
    assert said in fault


def test_a_workbook_that_ends_its_process_or_hangs_is_told_and_the_others_are_tried(tmp_path: Path) -> None:
    """Each is kept as it was and as small as it can be, beside the command that makes it again."""
    line = [sys.executable, "-c", PLANTED, str(PROOF), str(tmp_path / "found")]
    ended = subprocess.run(line, capture_output=True, text=True, check=False)
    assert ended.stdout.strip() == "5", ended.stderr
    told = {path.stem: path.read_text(encoding="utf-8") for path in (tmp_path / "found").glob("*.txt")}
    assert told.keys() == {"1-3", "1-5", "1-7", "1-8", "1-9"}
    assert "ended its process (7)" in told["1-3"]
    assert "ended its process (-6)" in told["1-5"]
    assert "took too long" in told["1-7"]
    assert f"ended its process (-{int(signal.SIGXCPU)})" in told["1-8"]
    assert "--seed 1 --number 9" in told["1-9"]
    assert all((tmp_path / f"found/{name}{kind}").stat().st_size for name in told for kind in (".xlsx", ".least.xlsx"))


def test_steps_that_do_nothing_for_it_are_left_out() -> None:
    steps = (("drop element", 1), ("truncate file", 2), ("put bytes around", 3))
    least = minimise(Recipe("wps", steps), lambda recipe: ("truncate file", 2) in recipe.steps)
    assert least == Recipe("wps", (("truncate file", 2),))


def test_workbooks_that_were_changed_at_random_are_the_same_to_both_readers(config: Path) -> None:
    """Some of those that the proof tries; the readers do the same, and end with exit code 0 or 3."""
    workbook = config.with_name("sales202411.xlsx")
    tried = {number: try_workbook(make_job(3, number), workbook, config) for number in range(1, 45)}
    assert {number: one.faults for number, one in tried.items() if one.faults} == {}
    assert {one.reader for one in tried.values()} == {"fast", "openpyxl", ""}
