"""A file that is no good YAML for us is refused with the line and column of the reason, and never half understood."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from support.configurations import MINIMAL, list_faults
from support.thoroughness import examples

from wdh.configuration import find_faults
from wdh.configuration.document import find_doubt, read_document, resolve
from wdh.configuration.plain_file import MAX_BYTES, Unreadable
from wdh.errors import SetupError

WANTED = "a mapping that starts with domains: (wdh demo writes an example)"
BROKEN = {
    "empty": (
        "",
        f"data_sources.yml:1:1 the file is empty; it must be {WANTED}",
    ),
    "no mapping, and no YAML further below": (
        "domains:{\n  shops: x\n",
        f"data_sources.yml:1:1 the file must be {WANTED}",
    ),
    "control character": (
        "domains:\n  shops: \x07\n",
        "data_sources.yml:2:10 the character U+0007 cannot stand in a YAML file; remove it",
    ),
}


@pytest.mark.parametrize(("text", "expected"), BROKEN.values(), ids=BROKEN.keys())
def test_a_file_without_content_or_with_control_characters_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    assert list_faults(tmp_path, text) == [expected]


ENCODED = {
    "GBK": (
        MINIMAL.encode("gbk"),
        "data_sources.yml:4:12 the file is not UTF-8 but probably GBK; save it as UTF-8",
    ),
    "neither": (
        b"domains:\n  \xff\xff: x\n",
        "data_sources.yml:2:3 the file is not UTF-8 from here on; save it as UTF-8",
    ),
    "UTF-16": (
        MINIMAL.encode("utf-16"),
        "data_sources.yml:1:1 the file is written in UTF-16 or UTF-32; save it as UTF-8",
    ),
    "UTF-16 without mark": (
        MINIMAL.encode("utf-16-le"),
        "data_sources.yml:1:1 the file is written in UTF-16 or UTF-32; save it as UTF-8",
    ),
    "too large": (
        b"#" * (MAX_BYTES + 1),
        "data_sources.yml:1:1 the file is larger than 1024 KiB, which no configuration needs",
    ),
}


@pytest.mark.parametrize(("data", "expected"), ENCODED.values(), ids=ENCODED.keys())
def test_a_file_in_another_encoding_or_too_large_is_refused(tmp_path: Path, data: bytes, expected: str) -> None:
    path = tmp_path / "data_sources.yml"
    path.write_bytes(data)
    assert [str(fault) for fault in find_faults(path)] == [expected]


def test_a_byte_order_mark_and_windows_line_ends_are_fine_and_shift_no_column(tmp_path: Path) -> None:
    path = tmp_path / "data_sources.yml"
    path.write_bytes(MINIMAL.replace("pattern: shops", "pattern: 7").replace("\n", "\r\n").encode("utf-8-sig"))
    assert [str(fault) for fault in find_faults(path)] == [
        "data_sources.yml:3:14 domains.shops.pattern: must be text, not the number 7: put it in quotes"
    ]


def test_a_byte_order_mark_shifts_nothing_in_the_first_line(tmp_path: Path) -> None:
    path = tmp_path / "data_sources.yml"
    path.write_bytes("domain: {}\n".encode("utf-8-sig"))
    assert [str(fault) for fault in find_faults(path)] == [
        "data_sources.yml:1:1 domain: is not a key here; did you mean domains?"
    ]


def test_a_bomb_of_aliases_is_refused_before_anything_grows(tmp_path: Path) -> None:
    """Ten levels of ten aliases each would be ten thousand million values."""
    levels = "".join(f"  l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 11))
    (fault,) = list_faults(tmp_path, "domains:\n  l0: &l0 x\n" + levels)
    message = "with what *l4 stands for, the file has more than 50000 values, which no configuration needs"
    assert fault == f"data_sources.yml:7:27 {message}"


SHARED = {
    "a value": "{a: &x {b: [1, 2], c: y}, d: *x, e: [*x, *x]}",
    "a text, a number, a truth value and nothing": "{a: [&t x, &n 0x1F, &b true, &o ~], b: [*t, *n, *b, *o]}",
    "an empty value": "{a: &x , b: *x}",
    "an alias in what another alias stands for": "{a: &x [1], b: &y [*x, *x], c: *y}",
    "merged keys, of which one is overruled": "{a: &x {p: 1, q: 2}, b: {r: 4, <<: *x, q: 3}}",
    "merged keys of several mappings": "{a: &x {p: 1, q: 2}, b: &y {q: 3, r: 4}, c: {<<: [*x, *y], s: 5}}",
    "merged keys of one that merges": "{a: &x {p: 1}, b: &y {<<: *x, q: 2}, c: {<<: *y, p: 3}}",
    "a merged mapping written out": "{a: {<<: {p: 1}, q: 2}}",
    "a merge key in quotes": "{a: {'<<': 1, q: 2}}",
}


@pytest.mark.parametrize("text", SHARED.values(), ids=SHARED.keys())
def test_shared_blocks_are_read_as_other_readers_of_yaml_read_them(tmp_path: Path, text: str) -> None:
    path = tmp_path / "data_sources.yml"
    path.write_text(text, encoding="utf-8")
    document = read_document(path)
    assert document.faults == ()
    assert document.value == YAML(typ="safe", pure=True).load(text)


def test_what_a_domain_merges_comes_before_its_own_keys_and_belongs_to_it_alone(tmp_path: Path) -> None:
    """The order of columns is the order of the table; no reader may change another's block."""
    path = tmp_path / "data_sources.yml"
    path.write_text("{a: &x {p: [1], q: 2}, b: {r: 4, <<: *x, q: 3}}", encoding="utf-8")
    value = read_document(path).value
    assert list(value["b"]) == ["p", "q", "r"]
    assert value["a"]["p"] is not value["b"]["p"]


def test_an_alias_is_pointed_at_where_it_stands_and_its_content_where_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "data_sources.yml"
    path.write_text("a: &x\n  p: [1]\nb: *x\nc: [*x]\nd:\n  <<: *x\n  q: 2\n", encoding="utf-8")
    places = {path: (place.key, place.value) for path, place in read_document(path).places.items()}
    assert places[("b",)] == ((3, 1), (3, 4))
    assert places["c", 0] == ((4, 5), (4, 5))
    assert places["b", "p"] == places["c", 0, "p"] == places["d", "p"] == places["a", "p"] == ((2, 3), (2, 3))
    assert places["d", "p", 0] == ((2, 7), (2, 7))
    assert places["d", "q"] == ((7, 3), (7, 6))


def test_a_file_that_cannot_be_opened_is_a_setup_error(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"cannot be read: .*; name a readable one"):
        find_faults(tmp_path)


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(alphabet="abN01:-[]{},&*!|>'\"%#@? \n\t：年．\\Uux~<.\ufeff\u3000\x85\u2028", max_size=60))
@example('a: "\\U00110000"')
@example("%TAG ! tag:x,2000:\n---\na: !b c")
@example("%FOO bar\n--- a\n...\n%YAML 1.2\n---\n")
@example("? ? ? a")
@example("a: &a\nb: {<<: *a}")
@example("a: &a\n *a : *a")
@example("--- &a {a: *a}")
def test_whatever_stands_in_the_file_is_read_or_refused_with_a_place(tmp_path: Path, text: str) -> None:
    path = tmp_path / "data_sources.yml"
    path.write_bytes(text.encode("utf-8"))
    try:
        document = read_document(path)
    except Unreadable as refused:
        line, column = refused.fault.line, refused.fault.column
        assert line is not None
        assert column is not None
        assert line <= len(text.splitlines()) + 1
    else:
        assert isinstance(document.value, dict)


@given(st.text(alphabet="0123456789", min_size=1, max_size=12))
def test_digits_with_a_leading_zero_are_always_doubted_and_others_are_the_number(text: str) -> None:
    if text[0] == "0" and len(text) > 1:
        assert find_doubt(text) is not None
    else:
        assert (resolve(text), find_doubt(text)) == (int(text), None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0x1F", 31),
        ("0o17", 15),
        ("0xyz", "0xyz"),
        ("-1.5e3", -1500.0),
        ("", None),
        ("~", None),
        ("True", True),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2024-11-01", "2024-11-01"),
        (".inf", ".inf"),
        ("Z0003", "Z0003"),
    ],
)
def test_an_unquoted_word_means_what_the_core_schema_of_yaml_1_2_says(text: str, value: object) -> None:
    meaning = resolve(text)
    assert (meaning, type(meaning)) == (value, type(value))


def test_a_number_of_very_many_digits_is_a_number_and_no_crash() -> None:
    assert resolve("9" * 5000) == float("inf")


def test_reading_time_grows_with_the_size_and_not_with_its_square(tmp_path: Path) -> None:
    """Eight times the entries may take no more than twenty-four times as long: thrice linear, far below square."""

    def spent(entries: int) -> float:
        lines = "".join(f'        Z{number:06}: "{number:09}"\n' for number in range(entries))
        path = tmp_path / "data_sources.yml"
        path.write_text(MINIMAL + "    shop_ids:\n      by_name:\n" + lines, encoding="utf-8")
        start = time.process_time()
        read_document(path)
        return time.process_time() - start

    spent(50)
    assert spent(2400) < 24 * min(spent(300) for _ in range(3))
