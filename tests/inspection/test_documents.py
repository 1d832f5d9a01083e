"""What is proposed is a configuration that works as it is, and a document for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.left_english import find_english
from support.workbooks import write_rows

from wdh.configuration import find_faults
from wdh.configuration.document import read_document
from wdh.inspection import inspect_sheet, inspection_document, propose_entry, write_yaml
from wdh.words.language import speaking

ROWS: list[list[Any]] = [
    ["月度", "店铺代码", "店铺名称", "类型", "销售额", "毛利率"],
    *([202411, f"{n % 9:04}", f"店{n % 9}", ["直营", "加盟"][n % 2], n + 0.25, "5.3%"] for n in range(180)),
]
HOSTILE = [
    "a'b",
    'a"b',
    "a\\b",
    "{a}",
    "%s",
    "a: b",
    "- a",
    "#a",
    "yes",
    "null",
    "0012",
    "1_000",
    "@a",
    "`a`",
    "!a",
    "&a",
]


def test_the_proposed_configuration_has_no_faults_and_says_what_was_proposed(tmp_path: Path) -> None:
    found = inspect_sheet(write_rows(tmp_path / "2024年11月销售.xlsx", ROWS, sheet="销售"))
    path = tmp_path / "data_sources.yml"
    path.write_text(write_yaml({"domains": {"sales": propose_entry(found)}}), encoding="utf-8")
    assert [str(fault) for fault in find_faults(path)] == []
    assert read_document(path).value == {"domains": {"sales": propose_entry(found)}}


def test_hostile_headers_sheets_and_values_are_written_so_that_they_are_read_back(tmp_path: Path) -> None:
    rows: list[list[Any]] = [HOSTILE, *([f"值{n}"] * len(HOSTILE) for n in range(3))]
    found = inspect_sheet(write_rows(tmp_path / "a'{}%\\d 2024.xlsx", rows, sheet="a'b{}%"))
    path = tmp_path / "data_sources.yml"
    path.write_text(write_yaml({"domains": {"sales": propose_entry(found)}}), encoding="utf-8")
    assert [str(fault) for fault in find_faults(path)] == []
    assert read_document(path).value["domains"]["sales"] == propose_entry(found)


@given(st.dictionaries(st.text(min_size=1), st.text() | st.lists(st.text(), max_size=3), min_size=1, max_size=4))
def test_any_text_survives_being_written_as_yaml(
    tmp_path_factory: pytest.TempPathFactory, value: dict[str, Any]
) -> None:
    texts = [text for pair in value.items() for part in pair for text in ([part] if isinstance(part, str) else part)]
    if not all(character == "\n" or character.isprintable() for text in texts for character in text):
        return  # a header has none of these left
    path = tmp_path_factory.mktemp("yaml") / "a.yml"
    path.write_text(write_yaml(value), encoding="utf-8")
    assert read_document(path).value == value


def test_the_reasons_of_a_proposal_are_told_in_chinese_and_stay_english_for_programs(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "2024年11月销售.xlsx", ROWS, sheet="销售")
    english = inspection_document(inspect_sheet(path))
    with speaking("zh"):
        found = inspect_sheet(path)
        document = json.loads(json.dumps(inspection_document(found)))
    reasons = [reason for column in found.columns for reason in column.evidence]
    assert reasons
    assert {reason: left for reason in reasons if (left := find_english(reason))} == {}
    assert document == json.loads(json.dumps(english))


def test_the_document_for_programs_is_json_and_has_the_proposal_in_it(tmp_path: Path) -> None:
    found = inspect_sheet(write_rows(tmp_path / "2024年11月销售.xlsx", ROWS, sheet="销售"))
    document = json.loads(json.dumps(inspection_document(found), ensure_ascii=False))
    assert document["wdh_inspection"] == 1
    assert document["proposal"] == propose_entry(found)
    assert [one["kind"] for one in document["columns"]] == ["month", "code", "text", "choice", "amount", "percent"]
    assert document["columns"][0]["samples"] == ["2024-11-01"]
    assert document["references"][0]["key"] == "店铺代码"
