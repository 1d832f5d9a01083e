"""The test kit tries checks over a whole sheet: in cases, and by the law that batches may be cut anywhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.distributions import write_distribution

EXAMPLE = Path(__file__).parents[2] / "examples" / "wdh_bank"
SOURCE = (EXAMPLE / "wdh_bank.py").read_text(encoding="utf-8")


@pytest.fixture
def package(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The example in a folder of its own, with its tests; the package is still to be installed."""
    site = pytester.mkdir("site")
    monkeypatch.syspath_prepend(str(site))
    for path in (EXAMPLE / "tests").rglob("*.*"):
        if path.suffix in (".py", ".yml"):
            target = pytester.path / path.relative_to(EXAMPLE)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    config = (EXAMPLE / "data_sources.yml").read_text(encoding="utf-8")
    pytester.path.joinpath("data_sources.yml").write_text(config, encoding="utf-8")
    yield site
    sys.modules.pop("wdh_bank", None)


def install(site: Path, source: str) -> None:
    points = {"wdh.domains": {"bank": "wdh_bank"}}
    write_distribution(site, "wdh-bank", entry_points=points, modules={"wdh_bank": source})


def test_the_examples_tests_pass(pytester: pytest.Pytester, package: Path) -> None:
    """But for the law that needs a server and tables."""
    install(package, SOURCE)
    result = pytester.runpytest("-q", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=15, skipped=1)


def test_a_case_sees_that_a_check_is_gone(pytester: pytest.Pytester, package: Path) -> None:
    install(package, SOURCE.replace("if expected and balance not in expected", "if False"))
    result = pytester.runpytest("-q", "-p", "no:cacheprovider", "tests/cases")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*-  - cell: G4", "*balance_differs"])


def test_a_check_that_remembers_where_batches_began_breaks_the_law(pytester: pytest.Pytester, package: Path) -> None:
    begun = SOURCE.replace("return FACTS", "BEGUN.append(batch.row_numbers[0])\n    return FACTS")
    loop = "    for sheet in facts.sheets():"
    begun = begun.replace(loop, f"{loop}\n        begun, BEGUN[:] = BEGUN[:], []")
    install(package, "BEGUN = []\n" + begun.replace("if row.follows_reject", "if row.number in begun"))
    result = pytester.runpytest("-q", "-p", "no:cacheprovider", "-k", "cut", "tests/test_conformance.py")
    result.assert_outcomes(failed=1, deselected=13)
    result.stdout.fnmatch_lines(["*cut into batches of 1, 2, 3, 5, 8 … rows, then checked*"])


def test_a_check_of_the_configuration_is_tried_too(pytester: pytest.Pytester, package: Path) -> None:
    install(package, SOURCE.partition("@hookimpl\ndef check_facts")[0])
    with pytester.path.joinpath("data_sources.yml").open("a", encoding="utf-8") as config:
        config.write("    checks: {running: {column: 余额, plus: 收入, minus: 支出, by: 账号}}\n")
    result = pytester.runpytest("-q", "-p", "no:cacheprovider", "tests/cases")
    result.stdout.fnmatch_lines(["*-    reason: balance_differs", "*+    reason: running_differs"])
