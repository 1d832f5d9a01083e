"""Names and values as nasty as they come: what PostgreSQL can hold, and what it cannot."""

from __future__ import annotations

import datetime
from decimal import Decimal

from hypothesis import strategies as st

from wdh.sql.identifiers import MAX_BYTES

SYSTEM_COLUMNS = ("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid")
"""PostgreSQL gives every table columns of these names, and lets nobody else use them."""

PLANE_SIZE = 0x10000

planes = [
    st.characters(
        min_codepoint=plane * PLANE_SIZE,
        max_codepoint=(plane + 1) * PLANE_SIZE - 1,
        exclude_categories=["Cs"],
        exclude_characters="\0",
    )
    for plane in range(17)
]
"""The characters of each plane of Unicode that PostgreSQL can hold."""

hostile = st.sampled_from(
    [
        *("%s", "%%", "%", "%(a)s", "%1$s", "{}", "{0}", "$1", ":a", '"', '""', "'", "''", ";", "--", "/*", "*/", "."),
        *("\\", "\\\\", "\\N", "\\.", "\\n", "\\x41", "\n\\.\n", "\t", "\n", "\r", "\r\n", "\v", "\x7f", "\x1b[0m"),
        *(" ", "\u3000", "\u00a0", "\u200b", "\ufeff", "\u202e", "e\u0301", "\u00e9", "\u0301", "年", "😀", "👩‍👩‍👧"),
        *("NULL", "null", "NaN", "true", "select", "TABLE", "user", "rn", "c0", "wdh_stage", "public"),
    ]
)
"""What quoting, placeholders, COPY and the stage could stumble over."""

text = st.one_of(
    st.text(st.one_of(planes), max_size=12),
    st.lists(hostile, max_size=6).map("".join),
    st.builds(str.__mul__, st.one_of(hostile, *planes), st.integers(1, 2000)),
)
"""Text that PostgreSQL can hold."""


def cut(name: str) -> str:
    """Keep as many whole characters as a name has room for."""
    return name.encode()[:MAX_BYTES].decode(errors="ignore")


def fill(characters: str, size: int) -> str:
    """Repeat ``characters`` and pad with x, to a text of exactly ``size`` bytes."""
    whole = characters * (size // len(characters.encode()))
    return whole + "x" * (size - len(whole.encode()))


def keep_off_catalogue(name: str) -> str:
    """Turn a name that PostgreSQL keeps for itself (``pg_…``) into one that anybody may use."""
    return name.replace("pg_", "pg-")


wide = st.sampled_from(["é", "e\u0301", "年", "😀", "%", '"', "a"])
names = st.one_of(text.map(cut), st.builds(fill, wide, st.sampled_from([62, 63]))).filter(bool)
"""Names that PostgreSQL can have, up to its 63 bytes of UTF-8."""

# PostgreSQL itself cannot make a table whose name is all of 63 underscores: its array type would have the same name.
tables = names.map(keep_off_catalogue).filter(lambda name: name != "_" * 63)
columns = names.filter(lambda name: name not in SYSTEM_COLUMNS)
schemas = st.one_of(st.sampled_from([None, "", " ", "\u3000", "public"]), tables)
"""A schema that is None, empty or blank means the search_path."""

impossible_text = st.builds(
    lambda before, wrong, after: before + wrong + after,
    text,
    st.one_of(st.just("\0"), st.characters(categories=["Cs"])),
    text,
)
"""Text with a NUL, or with half a surrogate pair."""

impossible_names = st.one_of(
    st.just(""),
    impossible_text,
    st.builds(fill, wide, st.integers(64, 80)),
    names.map(lambda name: name + fill("年", 64 - len(name.encode()))),
)
"""Names that PostgreSQL refuses, or would cut and so take for another."""

impossible_values = st.one_of(
    impossible_text,
    st.sampled_from([float("nan"), float("inf"), float("-inf")]),
    st.sampled_from(["NaN", "-NaN", "sNaN", "NaN123", "Infinity", "-Infinity"]).map(Decimal),
)
"""Values that no column can hold as they are."""

floats = st.floats(allow_nan=False, allow_infinity=False)
integers = st.integers(-(2**63), 2**63 - 1)
decimals = st.builds(
    lambda sign, digits, exponent: Decimal((sign, tuple(digits), exponent)),
    st.integers(0, 1),
    st.lists(st.integers(0, 9), min_size=1, max_size=30),
    st.integers(-40, 40),
)
days = st.dates()
moments = st.datetimes(min_value=datetime.datetime(1, 1, 1), max_value=datetime.datetime(9999, 12, 31))  # noqa: DTZ001 - a workbook's dates know no zone
