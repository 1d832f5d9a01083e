"""Five broken domains beside a sound one: each is told in one sentence, and the sound one goes on as if alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest
from support.distributions import PLAIN, write_distribution
from support.workbooks import write_rows

from wdh_annuity_performance import demo

HEAD = "from wdh import hookimpl\n"
BROKEN: Mapping[str, tuple[str, str]] = {
    "raising": ("raise RuntimeError('no licence')\n", "importing wdh_raising failed with RuntimeError: no licence"),
    "misspelt": (
        HEAD + "@hookimpl\ndef transfrom(batch): ...\n",
        "hook transfrom: there is no hook of this name (the hooks are: ",
    ),
    "returning": (
        HEAD + "@hookimpl\ndef transform(batch): return 'facts'\n",
        "hook transform: returned a value of type str ('facts'); return Facts",
    ),
    "sleeping": (
        HEAD + "@hookimpl\ndef transform(batch):\n    import time; time.sleep(600)\n",
        "hook transform: took longer than the 1 s that a call may take",
    ),
}
ENTRY = "  {name}:\n    pattern: 门店销售\n    sheet: 销售\n    table: 门店销售\n    pk: [a]\n"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demonstration, a workbook for the broken domains, and those installed in ``site``."""
    folder = tmp_path_factory.mktemp("beside")
    demo.write_workbooks(folder, rows=300)
    write_rows(folder / "2024年11月门店销售.xlsx", [["a"], ["x"]], sheet="销售")
    for name, (source, _) in BROKEN.items():
        points = {"wdh.domains": {name: f"wdh_{name}"}}
        write_distribution(folder / "site", f"wdh-{name}", entry_points=points, modules={f"wdh_{name}": source})
    for rival in ("one", "two"):
        points = {"wdh.domains": {"taken": f"wdh_{rival}"}}
        write_distribution(
            folder / "site", f"wdh-{rival}", entry_points=points, modules={f"wdh_{rival}": dedent(PLAIN)}
        )
    entries = "".join(ENTRY.format(name=name) for name in (*BROKEN, "taken"))
    text = demo.write_configuration("annuity_performance").replace("domains:\n", f"domains:\n{entries}", 1)
    (folder / "data_sources.yml").write_text(text, encoding="utf-8")
    return folder


def run(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of ours as a user does, with the broken packages on the path."""
    script = Path(sysconfig.get_path("scripts")) / arguments[0]
    environment = os.environ | {"PYTHONPATH": str(place / "site"), "COLUMNS": "300", "PYTHONWARNINGS": "default"}
    return subprocess.run(
        [sys.executable, str(script), "--config", str(place / "data_sources.yml"), *arguments[1:]]
        if arguments[0] == "wdh-run"
        else [sys.executable, str(script), arguments[1], "--config", str(place / "data_sources.yml"), *arguments[2:]],
        capture_output=True,
        text=True,
        env=environment,
        cwd=place,
        timeout=120,
    )


@pytest.mark.parametrize("name", BROKEN)
def test_each_is_told_in_one_sentence_that_names_distribution_and_hook(place: Path, name: str) -> None:
    done = run(place, "wdh-run", "--domain", name, "--hook-timeout", "1")
    assert done.returncode == 2
    assert done.stderr.startswith(f"Plugin: wdh-{name} 1.2.0 (wdh.domains: {name} = wdh_{name})")
    assert BROKEN[name][1] in done.stderr
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)


def test_a_name_that_two_claim_is_nobodys(place: Path) -> None:
    done = run(place, "wdh-run", "--domain", "taken")
    assert done.returncode == 2
    assert (
        "wdh-one 1.2.0 (wdh.domains: taken = wdh_one) and wdh-two 1.2.0 (wdh.domains: taken = wdh_two)" in done.stderr
    )


def test_the_sound_domain_goes_on_as_if_it_were_alone(place: Path) -> None:
    done = run(place, "wdh-run", "--domain", "annuity_performance", "--skip-facts", "--data-dir", str(place))
    assert done.returncode == 0, done.stderr
    assert "Skip facts: True" in done.stdout
    assert done.stderr == ""


def test_all_are_listed_with_what_is_wrong_as_far_as_it_can_be_seen_without_a_workbook(place: Path) -> None:
    done = run(place, "wdh", "domains", "--output", "json")
    assert done.returncode == 0, done.stderr
    listed = {entry["name"]: entry for entry in json.loads(done.stdout)}
    assert listed.keys() >= {*BROKEN, "taken", "annuity_performance"}
    for name in ("raising", "misspelt"):
        assert BROKEN[name][1] in listed[name]["fault"]
    assert "is claimed by wdh-" in listed["taken"]["fault"]
    assert [listed[name]["fault"] for name in ("annuity_performance", "returning", "sleeping")] == [None] * 3
    refs = {"plans": "package and file", "portfolios": "package and file"}
    assert listed["annuity_performance"]["refs"].items() >= refs.items()
    assert listed["annuity_performance"]["configured"] is True
    broken = run(place, "wdh", "domains").stdout.partition("\nBroken\n")[2]
    told = [line.split(" (")[0] for line in broken.splitlines()]
    assert told == ["  wdh-misspelt 1.2.0", "  wdh-raising 1.2.0", "  wdh-one 1.2.0", "  wdh-two 1.2.0"]


def test_a_check_of_the_configuration_names_the_broken_ones_by_line_and_goes_on(place: Path) -> None:
    done = run(place, "wdh", "check")
    assert done.returncode == 2
    raising, misspelt, *others = (line for line in done.stdout.splitlines() if not line.startswith(" "))
    assert raising.startswith("data_sources.yml:3:3 domains.raising: its package cannot be used: wdh-raising 1.2.0 (")
    assert misspelt.startswith(
        "data_sources.yml:8:3 domains.misspelt: its package cannot be used: wdh-misspelt 1.2.0 ("
    )
    assert [line.split(": ")[0] for line in others] == ["data_sources.yml:23:3 domains.taken"]


def test_the_listing_goes_on_whatever_a_refs_block_holds(place: Path) -> None:
    text = (place / "data_sources.yml").read_text(encoding="utf-8")
    odd = place / "odd.yml"
    odd.write_text(text.replace("    pk: [a]\n", "    pk: [a]\n    refs: {plans: 5}\n", 1), encoding="utf-8")
    done = run(place, "wdh", "domains", "--config", str(odd))
    assert done.returncode == 0, done.stderr
