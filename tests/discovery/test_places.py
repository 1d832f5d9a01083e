"""What the folders of a workbook say of it: its month, whether it belongs to the domain at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.deliveries import PATTERN, domain, find, names, plant, reasons

from wdh.discovery import Months
from wdh.errors import DataError, SetupError
from wdh.settings import Discovery

UNDATED = domain("规模收入数据")
BY_PATH = domain(None, path_pattern=r"^(?P<year>\d{4})(?P<month>\d{2})/.*规模收入数据")
YEAR = Months((2024, 1), (2024, 12))


@pytest.mark.parametrize(
    "folder", ["202411", "2024-11", "2024.11", "2024_11", "2024年11月", "2024年11", "２０２４１１"]
)
def test_a_month_may_stand_in_a_folder_alone(tmp_path: Path, folder: str) -> None:
    plant(tmp_path, f"{folder}/收集数据/数据采集/V2/规模收入数据.xlsx", "202410/收集数据/数据采集/V3/规模收入数据.xlsx")
    (workbook,) = find(tmp_path, UNDATED).taken
    assert (workbook.year, workbook.month, workbook.version) == (2024, 11, 2)


def test_versions_are_compared_within_a_month_only(tmp_path: Path) -> None:
    """A third version of October is no reason to load October where November is asked for."""
    plant(tmp_path, "202410/V3/规模收入数据.xlsx", "202411/V1/规模收入数据.xlsx", "202411/V2/规模收入数据.xlsx")
    findings = find(tmp_path, UNDATED)
    assert names(findings, tmp_path) == ["202411/V2/规模收入数据.xlsx"]
    assert reasons(findings, tmp_path) == {
        "202410/V3/规模收入数据.xlsx": "older_month",
        "202411/V1/规模收入数据.xlsx": "lower_version",
        "202411/V2/规模收入数据.xlsx": "taken",
    }


@pytest.mark.parametrize("folder", ["202413", "2024", "19991", "数据", "20241101", "2024-11-05"])
def test_a_folder_that_names_no_month_tells_none(tmp_path: Path, folder: str) -> None:
    plant(tmp_path, f"{folder}/规模收入数据.xlsx")
    (workbook,) = find(tmp_path, UNDATED).taken
    assert (workbook.year, workbook.month) == (None, None)


def test_the_nearest_folder_tells_and_a_name_tells_better(tmp_path: Path) -> None:
    plant(tmp_path, "202412/2024-11/规模收入数据.xlsx")
    assert find(tmp_path, UNDATED).taken[0].month == 11
    plant(tmp_path, "202501/24年10月终稿数据.xlsx")
    assert find(tmp_path).taken[0].month == 10


def test_month_folders_may_be_named_otherwise(tmp_path: Path) -> None:
    plant(tmp_path, "M11-Y24/规模收入数据.xlsx")
    own = Discovery(month_folders=r"M(?P<month>\d+)-Y(?P<year>\d+)")
    assert (find(tmp_path, UNDATED, discovery=own).taken[0].year, find(tmp_path, UNDATED).taken[0].year) == (2024, None)
    with pytest.raises(SetupError, match=r"month_folders .* has no group \(\?P<year>"):
        find(tmp_path, UNDATED, discovery=Discovery(month_folders=r"M(?P<month>\d+)"))


def test_a_pattern_may_span_folders(tmp_path: Path) -> None:
    plant(tmp_path, "202411/采集/规模收入数据.xlsx", "202411/规模收入.xlsx", "别处/202412/规模收入数据.xlsx")
    findings = find(tmp_path, BY_PATH)
    assert names(findings, tmp_path) == ["202411/采集/规模收入数据.xlsx"]
    assert reasons(findings, tmp_path)["别处/202412/规模收入数据.xlsx"] == "pattern"


def test_a_version_may_stand_in_the_path_alone_and_must_not_contradict_that_of_the_name(tmp_path: Path) -> None:
    """The path says it by a pattern of its own; what name and path both say must be one version."""
    by_path = domain(path_pattern=r"批次(?P<version>\d+)/", select="latest_by_year_month_and_version")
    plant(tmp_path, "批次9/24年11月终稿数据.xlsx", "批次10/24年11月终稿数据.xlsx")
    assert names(find(tmp_path, by_path), tmp_path) == ["批次10/24年11月终稿数据.xlsx"]
    plant(tmp_path, "批次2/24年12月终稿数据_V2.xlsx", "批次3/24年12月终稿数据_V2.xlsx")
    by_both = domain(PATTERN + r"_V(?P<version>\d+)", path_pattern=r"批次(?P<version>\d+)/")
    findings = find(tmp_path, by_both)
    assert names(findings, tmp_path) == ["批次2/24年12月终稿数据_V2.xlsx"]
    (sentence,) = (item.sentence for item in findings.considered if item.path.parent.name == "批次3")
    assert sentence == "its name says 2024-12, V2, and its folder no month, V3"


def test_a_name_and_a_path_that_contradict_each_other_are_no_guess(tmp_path: Path) -> None:
    both = domain(path_pattern=r"^(?P<year>\d{4})(?P<month>\d{2})/")
    plant(tmp_path, "202411/24年10月终稿数据.xlsx", "202410/24年10月终稿数据.xlsx")
    findings = find(tmp_path, both)
    assert names(findings, tmp_path) == ["202410/24年10月终稿数据.xlsx"]
    (miss,) = (item for item in findings.considered if item.reason == "month")
    assert miss.sentence == "its name says 2024-10, and its folder 2024-11"


@pytest.mark.parametrize("exclude", ["*回复*", "*/回复/*"])
def test_files_of_a_domain_may_be_excluded(tmp_path: Path, exclude: str) -> None:
    plant(tmp_path, "a/回复/24年11月终稿数据回复.xlsx", "24年11月终稿数据.xlsx")
    with pytest.raises(DataError, match="2 matching workbooks"):
        find(tmp_path)
    findings = find(tmp_path, domain(exclude=(exclude,)))
    assert names(findings, tmp_path) == ["24年11月终稿数据.xlsx"]
    (passed,) = (item for item in findings.considered if item.reason == "ignored")
    assert passed.sentence == f"domains.annuity.exclude has {exclude!r}"


def test_a_period_may_be_several_months(tmp_path: Path) -> None:
    plant(tmp_path, *(f"{year}年{month}月终稿数据.xlsx" for year in (2023, 2024, 2025) for month in (1, 6, 12)))
    findings = find(tmp_path, period=YEAR)
    assert [(book.year, book.month) for book in findings.taken] == [(2024, 1), (2024, 6), (2024, 12)]
    assert findings.taken[0].why == "2024-01: a month of 2024-01..2024-12; no version folder"
    assert [book.month for book in find(tmp_path, period=YEAR, max_files=2).taken] == [6, 12]
    assert reasons(findings, tmp_path)["2025年1月终稿数据.xlsx"] == "other_month"
    with pytest.raises(SetupError, match=r"no workbook for annuity in 2022-01\.\.2022-12"):
        find(tmp_path, period=Months((2022, 1), (2022, 12)))


def test_months_know_what_they_have() -> None:
    assert len(YEAR) == 12
    assert len(Months((2023, 11), (2024, 2))) == 4
    assert [(2024, 6) in YEAR, (2023, 12) in YEAR, (2025, 1) in YEAR] == [True, False, False]
    assert [str(YEAR), str(Months((2024, 3), (2024, 3)))] == ["2024-01..2024-12", "2024-03"]
