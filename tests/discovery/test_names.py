"""What a file's name says."""

from __future__ import annotations

import unicodedata
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.deliveries import PATTERN

from wdh.discovery.names import (
    Miss,
    Name,
    compile_file_pattern,
    compile_version_folders,
    read_name,
    read_version,
)
from wdh.errors import SetupError

COMPILED = compile_file_pattern(PATTERN, domain="annuity")
VERSIONS = compile_version_folders(r"V(?P<version>\d+)")
compiled = partial(compile_file_pattern, domain="annuity")


@pytest.mark.parametrize(
    "name",
    [
        "24年11月年金终稿数据.xlsx",
        "2024年11月年金终稿数据_V2.xlsx",
        "【for年金分战区经营分析】24年11月年金终稿数据1209采集.xlsx",
        "【for 年金 分战区】 2024年11月 年金 终稿数据 1209 采集.xlsm",
        "２４年１１月年金终稿数据.xlsx",
    ],
)
def test_names_the_business_uses_mean_their_month(name: str) -> None:
    """A year of two or four digits, brackets, blanks and full-width digits: all the same month."""
    assert read_name(name, COMPILED) == Name(2024, 11, 0)


@given(year=st.integers(2000, 2099), month=st.integers(1, 12), long=st.booleans(), padded=st.booleans())
def test_every_spelling_of_a_month_reads_back(year: int, month: int, *, long: bool, padded: bool) -> None:
    """Two or four digits of the year, with or without a zero before the month."""
    name = (
        f"{year if long else f'{year % 100:02d}'}年{month:02d}月终稿数据.xlsx"
        if padded
        else f"{year}年{month}月终稿数据"
    )
    assert read_name(name, COMPILED) == Name(year, month, 0)


@pytest.mark.parametrize("month", ["0", "00", "13", "99"])
def test_a_month_that_is_none_is_no_match_and_said(month: str) -> None:
    """13 is not taken for 1, nor for a file without a month."""
    miss = read_name(f"24年{month}月终稿数据.xlsx", COMPILED)
    assert isinstance(miss, Miss)
    assert miss.reason == "month"
    assert miss.sentence == f"'{month}' in its name is not a month from 1 to 12"


@pytest.mark.parametrize("year", ["1", "024", "12024", "1899"])
def test_a_year_that_is_none_is_no_match_and_said(year: str) -> None:
    """Only two or four digits make a year."""
    miss = read_name(f"{year}年1月.xlsx", compiled(r"^(?P<year>\d+)年(?P<month>\d+)月"))
    assert isinstance(miss, Miss)
    assert miss.sentence == f"'{year}' in its name is not a year of 2 or 4 digits"


def test_groups_that_are_not_numbers_are_misses() -> None:
    """A pattern that catches letters gives no month, year or version, whatever they look like."""
    for group in ("year", "month", "version"):
        assert isinstance(read_name("②", compiled(f"(?P<{group}>.)")), Miss)


def test_groups_are_optional() -> None:
    """A pattern without groups, or with a group that found nothing, gives no month and version 0."""
    assert read_name("规模.xlsx", compiled("规模")) == Name(None, None, 0)
    assert read_name("规模.xlsx", compiled(r"规模(?P<year>\d+)?(_V(?P<version>\d+))?")) == Name(None, None, 0)
    assert read_name("规模2024.xlsx", compiled(r"规模(?P<year>\d+)")) == Name(2024, None, 0)
    assert read_name("规模_V12.xlsx", compiled(r"规模(_V(?P<version>\d+))?")) == Name(None, None, 12)


def test_a_decomposed_name_reads_like_the_composed_one() -> None:
    """Some file systems store é as e and an accent."""
    assert read_name(unicodedata.normalize("NFD", "é年.xlsx"), compiled("^é年")) == Name()


@pytest.mark.parametrize(
    ("folders", "version"),
    [
        ((), 0),
        (("202411",), 0),
        (("202411", "V2"), 2),
        (("202411", "v10"), 10),
        (("Ｖ３",), 3),
        (("V2", "明细"), 2),
        (("V2", "V3"), 3),
        (("V2备份",), 0),
        (("V",), 0),
    ],
)
def test_the_version_is_the_nearest_version_folders(folders: tuple[str, ...], version: int) -> None:
    """Case and width are ignored, the whole name must match, no version folder is version 0."""
    assert read_version(folders, VERSIONS) == version


def test_patterns_that_are_wrong_are_setup_errors() -> None:
    """Each names its place in the configuration."""
    with pytest.raises(SetupError, match=r"domains\.annuity\.pattern '\(' is not a regular expression"):
        compile_file_pattern("(", domain="annuity")
    with pytest.raises(SetupError, match=r"discovery\.version_folders .* has no group \(\?P<version>"):
        compile_version_folders(r"V\d+")
    with pytest.raises(SetupError, match="'x' as the version of the folder 'Vx', which is not a number"):
        read_version(["Vx"], compile_version_folders("V(?P<version>.)"))


def test_the_year_00_is_2000() -> None:
    assert read_name("00年11月终稿数据.xlsx", COMPILED) == Name(2000, 11, 0)
