"""A package that is wrong is told by one sentence: distribution, entry point, hook, what happened, and what to do.

docs/faults.md has a row for each of them, which is what is expected here.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from support.sabotages import DOMAINS, PLUGINS, Sabotage
from support.sabotages.sabotage import TRANSFORM
from support.workspaces import Ended

from .conftest import install, run

pytestmark = pytest.mark.once

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
ROW = re.compile(r"^\| (?P<wrong>.+?) \| `(?P<says>.+)` \| (?P<code>\d+) \|$", re.MULTILINE)


def read_page(heading: str) -> dict[str, tuple[str, int]]:
    """Read the table below a heading of the page: what is wrong, what is said, the exit code."""
    text = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return {row["wrong"]: (row["says"], int(row["code"])) for row in ROW.finditer(text)}


TOLD = {"domains": read_page("Domains"), "plugins": read_page("Plugins")}


def read_told(ended: Ended) -> list[str]:
    """Read what stderr tells of packages: in words, and as events of the log about what was undone."""
    lines = ended.err.splitlines()
    words = [line.partition(": ")[2] for line in lines if line.startswith(("Plugin: ", "Setup: "))]
    events = [json.loads(line) for line in lines if line.startswith("{")]
    undone = [f"{each['plugin']} {each['why']}" for each in events if each["event"] == "plugin_misbehaved"]
    return words + undone


def check(sabotage: Sabotage, ended: Ended, *, group: str) -> None:
    """Check that a package is told by the sentence of its row, once, and that stdout is the report's alone."""
    pattern, code = TOLD[group][sabotage.wrong]
    of_the_run = "wdh-shops" if sabotage.domain is not TRANSFORM else "nobody"
    (says,) = (told for told in read_told(ended) if not told.startswith(of_the_run))
    if re.fullmatch(".*".join(map(re.escape, pattern.split("…"))), says) is None:
        assert says == pattern
    assert ended.code == code
    if sabotage.tool:
        return
    document = json.loads(ended.out)
    if sabotage.domain is not TRANSFORM:
        assert "spoilt" in document["error"]["message"]  # the error that ended the run is told as it would be
    elif code:
        assert document["error"]["message"] == says
    elif "hook run_finished" not in says:  # which comes when the report is out
        assert document["remarks"] == [says]


@pytest.mark.parametrize("sabotage", DOMAINS, ids=lambda each: each.wrong)
def test_a_domain_that_is_wrong(sabotage: Sabotage, site: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if "pyarrow" in sabotage.source:
        pytest.importorskip("pyarrow")
    install(site, "shops", "domains", sabotage)
    check(sabotage, run(sabotage, tmp_path, request), group="domains")


@pytest.mark.parametrize("sabotage", PLUGINS, ids=lambda each: each.wrong)
def test_a_plugin_that_is_wrong(sabotage: Sabotage, site: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    install(site, "gate", "plugins", sabotage)
    install(site, "shops", "domains", Sabotage("", sabotage.domain))
    check(sabotage, run(sabotage, tmp_path, request), group="plugins")


@pytest.mark.parametrize(("group", "sabotages"), [("domains", DOMAINS), ("plugins", PLUGINS)])
def test_the_page_has_a_row_for_each_and_no_other(group: str, sabotages: tuple[Sabotage, ...]) -> None:
    assert list(TOLD[group]) == [each.wrong for each in sabotages]
    assert len(sabotages) >= 30


def test_debug_shows_the_traceback_with_the_lines_of_the_package(
    site: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    (sabotage,) = (each for each in DOMAINS if each.wrong == "an exception on one row")
    install(site, "shops", "domains", sabotage)
    ended = run(sabotage, tmp_path, request, "--debug")
    assert 'wdh_shops.py", line 4, in read' in ended.err
    assert "ZeroDivisionError: integer division or modulo by zero" in ended.err
    assert ended.err.rstrip().endswith("(wdh_shops.py:4 in read; shops.csv, sheet shops, row 3)")
