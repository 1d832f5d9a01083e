"""The whole search: what is said when nothing is found, the age of a workbook, and the workbook named by hand."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.deliveries import domain, find, names, plant, reasons
from support.thoroughness import examples

from wdh.discovery import FoundWorkbook, Months, describe_place
from wdh.errors import DataError, SetupError

BOOK = "24年11月终稿数据.xlsx"


def test_nothing_found_says_what_was_looked_at_and_the_nearest_misses(tmp_path: Path) -> None:
    """How many files and folders, the five nearest misses with their reasons, and what to check; exit 2."""
    plant(tmp_path, "23年13月终稿数据.xlsx", "24年11月终稿.xlsx", "24年11月终稿数据.xls", "a/~$24年11月终稿数据.xlsx")
    plant(tmp_path, "a/readme.txt", "a/zzz.xlsx", f"temp/{BOOK}", f".hidden/{BOOK}")
    with pytest.raises(SetupError) as caught:
        find(tmp_path)
    lines = caught.value.message.splitlines()
    assert lines[0] == (
        f"no workbook for annuity below {tmp_path}; looked at: files 6, folders 2, "
        "folders not entered: 1 excluded, 1 hidden. The nearest misses:"
    )
    assert [line.split(":")[0].strip() for line in lines[1:-1]] == [
        "23年13月终稿数据.xlsx",
        "24年11月终稿数据.xls",
        "a/~$24年11月终稿数据.xlsx",
        "24年11月终稿.xlsx",
        "a/readme.txt",
    ]
    assert lines[1].endswith("'13' in its name is not a month from 1 to 12")
    assert lines[-1].startswith("check --data-dir, domains.annuity.pattern (")
    assert caught.value.exit_code == 2
    assert caught.value.facts["files"] == 6


def test_the_nearest_misses_are_those_that_look_like_the_pattern_of_the_path_where_it_is_the_only_one(
    tmp_path: Path,
) -> None:
    """A name with the letters of the pattern before the others, whatever the alphabet says."""
    plant(tmp_path, "a规模.xlsx", "z.xlsx")
    with pytest.raises(SetupError) as caught:
        find(tmp_path, domain(None, path_pattern="规模收入"))
    misses = caught.value.message.splitlines()[1:-1]
    assert [line.split(":")[0].strip() for line in misses] == ["a规模.xlsx", "z.xlsx"]


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    """No misses, no list of them."""
    with pytest.raises(SetupError, match=r"looked at: files 0, folders 1\.\ncheck --data-dir"):
        find(tmp_path)


def test_a_month_that_is_not_there_says_which_are(tmp_path: Path) -> None:
    """The nearest misses of --period are the other months."""
    plant(tmp_path, BOOK, "规模.txt")
    with pytest.raises(SetupError) as caught:
        find(tmp_path, period=Months((2024, 12), (2024, 12)))
    assert "no workbook for annuity in 2024-12" in caught.value.message
    assert f"\n  {BOOK}: it is of 2024-11, and 2024-12 was asked for" in caught.value.message.split("misses:")[1]


def test_an_old_workbook_is_a_data_error_that_names_its_age(tmp_path: Path) -> None:
    """By the time of last change; the limit itself is still young enough; without a limit nothing is old."""
    plant(tmp_path, BOOK, changed="2024-12-01")
    young = datetime.datetime(2024, 12, 31, tzinfo=datetime.timezone.utc)
    old = young + datetime.timedelta(hours=3)
    limited = domain(max_file_age_days=30)
    assert len(find(tmp_path, limited, now=young).taken) == 1
    with pytest.raises(DataError, match=r"last changed 2024-12-01, 30\.1 days ago.*max_file_age_days is 30;") as caught:
        find(tmp_path, limited, now=old)
    assert caught.value.facts == {"file": str(tmp_path / BOOK), "age_days": 30.1, "max_file_age_days": 30}
    assert len(find(tmp_path, now=old).taken) == 1
    with pytest.raises(DataError):
        find(tmp_path, limited, files=(tmp_path / BOOK,))


def test_only_workbooks_taken_can_be_too_old(tmp_path: Path) -> None:
    """Last year's months lie in the same folder for good."""
    plant(tmp_path, "23年11月终稿数据.xlsx", changed="2023-12-01")
    plant(tmp_path, BOOK, changed="2024-12-01")
    now = datetime.datetime(2024, 12, 2, tzinfo=datetime.timezone.utc)
    assert names(find(tmp_path, domain(max_file_age_days=2), now=now), tmp_path) == [BOOK]


def test_a_named_file_is_taken_whatever_else_there_is(tmp_path: Path) -> None:
    """Its month and version are read from its name and folders; the data directory need not even exist."""
    (file,) = plant(tmp_path, "V3/24年9月终稿数据.xlsx")
    plant(tmp_path, BOOK)
    (workbook,) = find(tmp_path / "nowhere", files=(file,)).taken
    assert (workbook.path, workbook.year, workbook.month, workbook.version) == (file, 2024, 9, 3)
    assert workbook.why == "named by --file"


def test_a_named_file_need_not_match_the_pattern(tmp_path: Path) -> None:
    """Then its month is unknown, and the reason says so."""
    (file,) = plant(tmp_path, "temp/some.xlsx")
    findings = find(tmp_path, files=(file,), period=Months((2024, 9), (2024, 9)))
    (workbook,) = findings.taken
    assert (workbook.year, workbook.month) == (None, None)
    assert workbook.why.startswith("named by --file; its name does not match the pattern")
    assert reasons(findings, tmp_path) == {"temp/some.xlsx": "taken"}


def test_a_named_file_of_another_month_contradicts_period(tmp_path: Path) -> None:
    """Two wishes that cannot both be met are a SetupError, not a choice."""
    (file,) = plant(tmp_path, BOOK)
    assert len(find(tmp_path, files=(file,), period=Months((2024, 11), (2024, 11))).taken) == 1
    with pytest.raises(SetupError, match="a workbook of 2024-11, but --period asks for 2024-12"):
        find(tmp_path, files=(file,), period=Months((2024, 12), (2024, 12)))


def test_a_named_file_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder is none; a name that is right below the data directory is hinted at."""
    root = tmp_path / "data"
    plant(root, BOOK)
    with pytest.raises(SetupError, match=r"nothing\.xlsx does not exist; check --file$"):
        find(root, files=(tmp_path / "nothing.xlsx",))
    with pytest.raises(SetupError, match="is not a file"):
        find(root, files=(root,))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SetupError, match=f"or write --file .*data/{BOOK}"):
        find(root, files=(Path(BOOK),))


def test_every_path_is_accounted_for_once_and_in_order(tmp_path: Path) -> None:
    """The log can be read from top to bottom; no file is missing from it."""
    planted = plant(tmp_path, BOOK, "V2/24年11月终稿数据.xlsx", "24年9月终稿数据.xlsx", "~$x.xlsx", "b.txt", "c.xlsx")
    considered = find(tmp_path).considered
    assert [item.path for item in considered] == sorted(planted)
    assert [item.path for item in considered if item.taken] == [tmp_path / "V2" / BOOK]


IGNORED = st.sampled_from(
    [
        "~$24年12月终稿数据.xlsx",
        ".24年12月终稿数据.xlsx",
        "24年12月终稿数据.xlsx.tmp",
        "24年12月终稿数据.xls",
        "24年13月终稿数据.xlsx",
        "temp/24年12月终稿数据.xlsx",
        "V9/backup/24年11月终稿数据.xlsx",
        ".cache/24年12月终稿数据.xlsx",
        "V9/24年11月别的.xlsx",
        "V9/~$24年11月终稿数据.xlsx",
    ]
)


@settings(max_examples=examples(50), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(extra=st.lists(IGNORED, unique=True))
def test_files_that_are_ignored_change_nothing(tmp_path_factory: pytest.TempPathFactory, extra: list[str]) -> None:
    """Whatever lies about, the same workbooks are taken for the same reasons."""
    root = tmp_path_factory.mktemp("data")
    plant(root, "V1/24年11月终稿数据.xlsx", "V2/24年11月终稿数据.xlsx", "24年10月终稿数据.xlsx", changed="2024-12-09")
    before = find(root, max_files=2).taken
    plant(root, *extra)
    assert find(root, max_files=2).taken == before


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (r"(?P<year>\d{4})(?P<month>\d\d)", "销售202410.xlsx"),
        (r"(?P<year>\d{4})(?P<month>\d\d)\.xlsx?$", "销售202410.xlsx"),
        (r"(?P<year>\d{4})(?P<month>\d\d)\.csv$", "销售202411.csv"),
        (r"(?P<year>\d{4})(?P<month>\d\d)\.(?:csv|xls)$", "销售202412.xls"),
    ],
)
def test_a_file_of_another_kind_is_found_by_a_pattern_that_takes_no_usual_one(
    tmp_path: Path, pattern: str, found: str
) -> None:
    """A pattern that says nothing of extensions, or allows a usual one, finds what it always found."""
    plant(tmp_path, "销售202410.xlsx", "销售202411.csv", "销售202412.xls", "销售202501.pdf")
    assert names(find(tmp_path, domain(pattern)), tmp_path) == [found]


def test_the_ledger_names_a_workbook_below_the_data_directory_from_there_on_and_any_other_in_full() -> None:
    changed = datetime.datetime(2024, 12, 1, tzinfo=datetime.timezone.utc)
    found = FoundWorkbook(Path("/data/2024/a.xlsx"), 2024, 11, 0, changed, "", name_version=2, size=7)
    below = {"period": "2024-11", "path": str(Path("2024/a.xlsx")), "version": 2, "size": 7}
    assert describe_place(found, Path("/data")) == below
    assert describe_place(found, Path("/other"), show=lambda path: f"shown {path.name}")["path"] == "shown a.xlsx"
