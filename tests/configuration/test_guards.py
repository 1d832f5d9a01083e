"""The guards of a domain, as data_sources.yml has them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from support.configurations import MINIMAL, NOTHING, list_faults, write_configuration

from wdh.configuration import load_configuration
from wdh.settings import Bound, Domain, Guards


def domain_of(folder: Path, more: str) -> Domain:
    path = write_configuration(folder, MINIMAL + more)
    return load_configuration(path, domain="shops", provided=NOTHING).domain


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{}", {}),
        ('{shrink: "off", new_values: "off", deletes: "off"}', {"shrink": None}),
        ("{shrink: 12.5%, new_values: 5%}", {"shrink": Fraction(1, 8), "new_values": Fraction(1, 20)}),
        ("{deletes: 0}", {"deletes": Bound(rows=0)}),
        ("{deletes: 100%}", {"deletes": Bound(share=Fraction(1))}),
        ('{left_behind: delete, future_period: "off"}', {"left_behind": "delete", "future_period": "off"}),
        (
            "{vanished_columns: report, repeated_rows: refuse}",
            {"vanished_columns": "report", "repeated_rows": "refuse"},
        ),
    ],
)
def test_the_guards_are_as_they_are_written(tmp_path: Path, written: str, expected: dict[str, Any]) -> None:
    assert domain_of(tmp_path, f"    guards: {written}\n").guards == Guards(**expected)


@pytest.mark.parametrize(
    "written",
    ["{shrink: 50}", "{shrink: 101%}", "{shrink: half}", "{deletes: -1}", "{left_behind: off}", "{accept: x}"],
)
def test_what_is_no_guard_is_a_fault_with_its_line(tmp_path: Path, written: str) -> None:
    (fault,) = list_faults(tmp_path, f"{MINIMAL}    guards: {written}\n", provided=NOTHING)
    assert "data_sources.yml:6:" in fault


def test_off_without_quotes_is_a_fault_that_says_to_quote_it(tmp_path: Path) -> None:
    """To readers of YAML 1.1 it is the truth value false."""
    (fault,) = list_faults(tmp_path, f"{MINIMAL}    guards: {{shrink: off}}\n", provided=NOTHING)
    assert 'put text in quotes, "off"' in fault


def test_provisional_values_are_those_of_the_columns_and_those_beside_them(tmp_path: Path) -> None:
    more = '    provisional: {公司: "IN_*"}\n    columns: {月度: month, 店: {kind: code, provisional: "T?"}}\n'
    path = write_configuration(tmp_path, MINIMAL + more)
    provided = NOTHING.__class__(None, None, "data_sources.yml (shops)", "needed")
    domain = load_configuration(path, domain="shops", provided=provided).domain
    assert domain.provisional == {"公司": "IN_*", "店": "T?"}


@pytest.mark.parametrize("pattern", ["*", "?*", "IN[0-9]"])
def test_a_pattern_that_is_any_value_is_a_fault(tmp_path: Path, pattern: str) -> None:
    (fault,) = list_faults(tmp_path, f'{MINIMAL}    provisional: {{公司: "{pattern}"}}\n', provided=NOTHING)
    assert "any value" in fault
