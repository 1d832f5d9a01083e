"""The version of a file in a depot: read by the names of each library, and the same where nothing told is another."""

from __future__ import annotations

import datetime

import pytest

from wdh.discovery.depot.entries import Version, version_of

SECOND = 1_000_000_000
TIME = 1_700_000_000 * SECOND
FIRST = Version(10, "tag", TIME)


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        (FIRST, True),
        (Version(), True),
        (Version(10), True),
        (Version(tag="tag"), True),
        (Version(10, "tag", TIME + SECOND - 1), True),
        (Version(11, "tag", TIME), False),
        (Version(10, "other", TIME), False),
        (Version(10, "tag", TIME + SECOND), False),
    ],
)
def test_a_version_is_the_same_where_nothing_that_both_tell_is_another(other: Version, *, is_same: bool) -> None:
    assert FIRST.is_same(other) is is_same
    assert other.is_same(FIRST) is is_same


NOON = datetime.datetime(2024, 11, 30, 12, tzinfo=datetime.timezone.utc)
NANOSECONDS = 1_732_968_000_000_000_000


@pytest.mark.parametrize(
    ("info", "version"),
    [
        ({"size": 3, "ETag": '"a1"', "LastModified": NOON}, Version(3, "a1", NANOSECONDS)),
        ({"size": 3, "etag": 'W/"a1"', "last_modified": NOON.replace(tzinfo=None)}, Version(3, "a1", NANOSECONDS)),
        ({"size": None, "content_md5": bytearray(b"\xa1")}, Version(None, "a1")),
        ({"size": "3", "updated": "2024-11-30T12:00:00Z"}, Version(3, None, NANOSECONDS)),
        ({"modified": "Sat, 30 Nov 2024 12:00:00 GMT"}, Version()),
        ({"mtime": 1_732_968_000}, Version(None, None, NANOSECONDS)),
        ({}, Version()),
    ],
)
def test_a_version_is_read_by_the_names_of_each_library(info: dict[str, object], version: Version) -> None:
    """A time that is written in another way is not told."""
    assert version_of(info) == version
