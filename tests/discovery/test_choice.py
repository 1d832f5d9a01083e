"""Which of the matching workbooks are taken."""

from __future__ import annotations

import datetime
import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.deliveries import PATTERN, domain, find, names, plant, reasons
from support.thoroughness import examples

from wdh.discovery import Months
from wdh.discovery.choice import Candidate, Chooser
from wdh.errors import DataError, SetupError

VERSIONED = PATTERN + r"(_V(?P<version>\d+))?\."
BY_NAME = domain(VERSIONED, select="latest_by_year_month_and_version")
BY_TIME = domain(select="latest_by_mtime")


def test_the_newest_month_wins_by_the_calendar(tmp_path: Path) -> None:
    """2024-11 is newer than 2024-2 and 2023-12, in whichever spelling, and whenever they were written."""
    plant(tmp_path, "2024年11月终稿数据.xlsx", changed="2020-01-01")
    plant(tmp_path, "24年2月终稿数据.xlsx", "23年12月终稿数据.xlsx", changed="2025-01-01")
    findings = find(tmp_path)
    (workbook,) = findings.taken
    assert (workbook.year, workbook.month, workbook.version) == (2024, 11, 0)
    assert workbook.modified == datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    assert workbook.why == "2024-11: the newest of 3; no version folder"
    assert reasons(findings, tmp_path) == {
        "2024年11月终稿数据.xlsx": "taken",
        "24年2月终稿数据.xlsx": "older_month",
        "23年12月终稿数据.xlsx": "older_month",
    }
    sentences = {item.path.name: item.sentence for item in findings.considered}
    assert sentences["24年2月终稿数据.xlsx"] == "2024-02 is before the newest month"


def test_the_highest_version_folder_wins_by_number(tmp_path: Path) -> None:
    """V10 is above V9 and V2, and any version is above none."""
    plant(tmp_path, *(f"{folder}/24年11月终稿数据.xlsx" for folder in ("V9", "v10", "V2", "loose")))
    findings = find(tmp_path)
    assert names(findings, tmp_path) == ["v10/24年11月终稿数据.xlsx"]
    assert findings.taken[0].version == 10
    assert findings.taken[0].why == "2024-11: the only month there is; V10, the highest of 4 files"
    sentences = {item.path.parent.name: item.sentence for item in findings.considered}
    assert sentences["V9"] == "V9; v10/24年11月终稿数据.xlsx has V10"
    assert sentences["loose"] == "no version folder; v10/24年11月终稿数据.xlsx has V10"


def test_the_highest_version_is_the_highest_that_has_a_matching_file(tmp_path: Path) -> None:
    """V3 holds only another domain's file and V4 nothing, so V2 is taken."""
    plant(tmp_path, "V1/24年11月终稿数据.xlsx", "V2/24年11月终稿数据.xlsx", "V3/24年11月别的.xlsx")
    (tmp_path / "V4").mkdir()
    assert names(find(tmp_path), tmp_path) == ["V2/24年11月终稿数据.xlsx"]


def test_the_version_is_chosen_for_each_month(tmp_path: Path) -> None:
    """V2 corrected October only: November comes from V1."""
    plant(tmp_path, "V1/24年10月终稿数据.xlsx", "V1/24年11月终稿数据.xlsx", "V2/24年10月终稿数据.xlsx")
    assert names(find(tmp_path, max_files=2), tmp_path) == ["V2/24年10月终稿数据.xlsx", "V1/24年11月终稿数据.xlsx"]


def test_max_files_takes_the_newest_months_oldest_first(tmp_path: Path) -> None:
    """One file for each month, in the order in which they happened."""
    plant(tmp_path, *(f"24年{month}月终稿数据.xlsx" for month in range(1, 13)), "23年12月终稿数据.xlsx")
    assert [book.month for book in find(tmp_path, max_files=3).taken] == [10, 11, 12]
    assert [book.month for book in find(tmp_path, max_files=99).taken] == [12, *range(1, 13)]
    findings = find(tmp_path, max_files=3)
    assert findings.taken[0].why == "2024-10: among the 3 newest of 13; no version folder"
    sentences = {item.path.name: item.sentence for item in findings.considered}
    assert sentences["24年9月终稿数据.xlsx"] == "2024-09 is before the 3 newest months"


@pytest.mark.parametrize("max_files", [0, -1])
def test_max_files_below_one_is_a_setup_error(tmp_path: Path, max_files: int) -> None:
    """No files at all is nothing to run for."""
    with pytest.raises(SetupError, match="--max-files must be at least 1"):
        find(tmp_path, max_files=max_files)


def test_period_limits_to_one_month(tmp_path: Path) -> None:
    """The others are passed over for that reason, and the version rule still holds."""
    plant(tmp_path, "24年11月终稿数据.xlsx", "24年9月终稿数据.xlsx", "V2/24年9月终稿数据.xlsx")
    findings = find(tmp_path, period=Months((2024, 9), (2024, 9)), max_files=3)
    assert names(findings, tmp_path) == ["V2/24年9月终稿数据.xlsx"]
    assert findings.taken[0].why == "2024-09: the month asked for; V2, the highest of 2 files"
    assert reasons(findings, tmp_path)["24年11月终稿数据.xlsx"] == "other_month"


@pytest.mark.parametrize(
    "pair",
    [
        ("24年11月终稿数据.xlsx", "2024年11月终稿数据.xlsx"),
        ("a/24年11月终稿数据.xlsx", "b/24年11月终稿数据.xlsx"),
        ("a/V2/24年11月终稿数据.xlsx", "b/v2/24年11月终稿数据.xlsx"),
        ("24年11月终稿数据.xlsx", "24年11月终稿数据.xlsm"),
        ("24年11月终稿数据.xlsx", "24年11月终稿数据_V2.xlsx"),
    ],
)
def test_two_files_of_one_month_and_version_are_an_error_that_names_both(tmp_path: Path, pair: tuple[str, str]) -> None:
    """24年 and 2024年 are one year; nothing is chosen by alphabet or chance."""
    plant(tmp_path, *pair)
    with pytest.raises(DataError) as caught:
        find(tmp_path)
    assert caught.value.facts["files"] == sorted(pair)
    assert all(f"\n  {name}" in caught.value.message for name in pair)
    assert "in the same month (2024-11)" in caught.value.message
    assert "remove all but one" in caught.value.message
    assert "--file" in caught.value.message
    assert "set select" not in caught.value.message  # which would not help: no version in a name tells them apart


def test_ambiguity_counts_only_where_a_choice_is_made(tmp_path: Path) -> None:
    """Two files in V1 do not matter once there is a V2, nor two of a month that nobody wants."""
    plant(tmp_path, "V1/a/24年11月终稿数据.xlsx", "V1/b/24年11月终稿数据.xlsx", "V2/24年11月终稿数据.xlsx")
    plant(tmp_path, "a/24年10月终稿数据.xlsx", "b/24年10月终稿数据.xlsx")
    assert names(find(tmp_path), tmp_path) == ["V2/24年11月终稿数据.xlsx"]
    with pytest.raises(DataError, match="2024-10"):
        find(tmp_path, max_files=2)


def test_versions_in_names_count_where_the_selection_says_so(tmp_path: Path) -> None:
    """_V10 is above _V9, above none; the version folder goes before the name."""
    files = ("24年11月终稿数据.xlsx", "24年11月终稿数据_V9.xlsx", "24年11月终稿数据_V10.xlsx")
    plant(tmp_path, *files)
    (workbook,) = find(tmp_path, BY_NAME).taken
    assert (workbook.path.name, workbook.version, workbook.name_version) == (files[2], 0, 10)
    for _ in range(2):  # three files, and two
        with pytest.raises(DataError, match="set select: latest_by_year_month_and_version"):
            find(tmp_path, domain(VERSIONED))
        (tmp_path / files[1]).unlink(missing_ok=True)
    plant(tmp_path, "V1/24年11月终稿数据.xlsx")
    assert names(find(tmp_path, BY_NAME), tmp_path) == ["V1/24年11月终稿数据.xlsx"]


def test_latest_by_mtime_takes_what_was_changed_last(tmp_path: Path) -> None:
    """Whatever month or version the name says; within a month, too; and the files come oldest month first."""
    plant(tmp_path, "V2/24年11月终稿数据.xlsx", changed="2024-12-09T10:00:00")
    plant(tmp_path, "V1/24年11月终稿数据.xlsx", changed="2024-12-11T10:00:00")
    plant(tmp_path, "24年10月终稿数据.xlsx", changed="2024-12-12T10:00:00")
    plant(tmp_path, "24年12月终稿数据.xlsx", changed="2024-12-01T10:00:00")
    assert names(find(tmp_path, BY_TIME), tmp_path) == ["24年10月终稿数据.xlsx"]
    findings = find(tmp_path, BY_TIME, max_files=2)
    assert names(findings, tmp_path) == ["24年10月终稿数据.xlsx", "V1/24年11月终稿数据.xlsx"]
    assert findings.taken[1].why == "2024-11, changed 2024-12-11 10:00:00 UTC: among the 2 last changed of 3"
    assert reasons(findings, tmp_path)["V2/24年11月终稿数据.xlsx"] == "older"
    sentence = next(item.sentence for item in findings.considered if item.reason == "older")
    assert sentence == "changed 2024-12-09 10:00:00 UTC, before V1/24年11月终稿数据.xlsx"


def test_names_without_months_go_by_time_or_by_version(tmp_path: Path) -> None:
    """Without a month, latest_by_mtime takes each file for itself; the other selections see one month of all files."""
    plant(tmp_path, "规模a.xlsx", changed="2024-12-09")
    plant(tmp_path, "V1/规模b.xlsx", changed="2024-12-08")
    assert names(find(tmp_path, domain("规模", select="latest_by_mtime")), tmp_path) == ["规模a.xlsx"]
    both = find(tmp_path, domain("规模", select="latest_by_mtime"), max_files=2)
    assert names(both, tmp_path) == ["V1/规模b.xlsx", "规模a.xlsx"]
    (workbook,) = find(tmp_path, domain("规模")).taken
    assert (workbook.path.name, workbook.year, workbook.month) == ("规模b.xlsx", None, None)


@pytest.mark.parametrize("pattern", ["规模", PATTERN])
def test_the_same_time_of_change_is_an_error_too(tmp_path: Path, pattern: str) -> None:
    """Nothing is chosen by alphabet or chance, with or without a month in the names."""
    plant(tmp_path, "a/规模24年11月终稿数据.xlsx", "b/规模24年11月终稿数据.xlsx", changed="2024-12-09")
    with pytest.raises(DataError, match="changed at the very same time") as caught:
        find(tmp_path, domain(pattern, select="latest_by_mtime"))
    assert caught.value.facts["files"] == ["a/规模24年11月终稿数据.xlsx", "b/规模24年11月终稿数据.xlsx"]


FILES = st.builds(
    Candidate,
    path=st.text("abcdef月", min_size=1, max_size=4).map(Path),
    year=st.sampled_from([2023, 2024]),
    month=st.integers(1, 3),
    version=st.integers(0, 12),
    name_version=st.integers(0, 3),
    modified_ns=st.integers(0, 5).map(lambda second: second * 10**9),
)
SELECTIONS = st.sampled_from(["latest_by_year_month", "latest_by_mtime", "latest_by_year_month_and_version"])


@settings(max_examples=examples(150))
@given(data=st.data(), files=st.lists(FILES, max_size=7, unique_by=lambda file: file.path), select=SELECTIONS)
def test_the_choice_does_not_depend_on_the_order_of_listing(
    data: st.DataObject, files: list[Candidate], select
) -> None:  # type: ignore[no-untyped-def]
    """Any order of the same files gives the same choice or the same error, and each file is either taken or passed."""
    chooser = Chooser(Path(), select, data.draw(st.integers(1, 4)), data.draw(st.sampled_from([None, (2024, 2)])))
    answers = []
    for order in (files, data.draw(st.permutations(files))):
        try:
            answers.append(chooser.choose(order))
        except DataError as error:
            answers.append(error.message)
    assert answers[0] == answers[1]
    if not isinstance(answers[0], str):
        seen = [file.path for file, _ in answers[0].taken] + [item.path for item in answers[0].passed]
        assert sorted(seen) == sorted(file.path for file in files)
        assert [file.key for file, _ in answers[0].taken] == sorted(file.key for file, _ in answers[0].taken)


@settings(max_examples=examples(150))
@given(versions=st.lists(st.integers(0, 200), min_size=1, unique=True))
def test_versions_are_ordered_as_numbers(versions: list[int]) -> None:
    """Whatever versions there are, the highest number is taken."""
    files = [Candidate(Path(f"V{version}/b.xlsx"), 2024, 11, version, 0, 0) for version in versions]
    ((taken, _),) = Chooser(Path(), "latest_by_year_month").choose(files).taken
    assert taken.version == max(versions)


def test_the_order_in_which_files_came_into_being_does_not_matter(tmp_path: Path) -> None:
    """All orders of making three files on a real disk give one answer."""
    files = ("V1/24年11月终稿数据.xlsx", "V2/24年11月终稿数据.xlsx", "24年10月终稿数据.xlsx")
    answers = set()
    for number, order in enumerate(itertools.permutations(files)):
        root = tmp_path / str(number)
        plant(root, *order)
        findings = find(root, max_files=2)
        answers.add((tuple(names(findings, root)), tuple(reasons(findings, root).items())))
    assert len(answers) == 1
