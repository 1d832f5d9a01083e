"""Number formats: which make a number a date is decided by wdh, whatever the libraries think of them."""

from __future__ import annotations

import datetime
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from support.readings import read_whole
from support.workbooks import SHEET, sheet_xml, styles_xml, write_package

from wdh.facts.number_formats import is_common, sort_of
from wdh.workbook.package.styles import WESTERN

Day = datetime.datetime
HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>值</t></is></c></row>'

SORTS: dict[str, Any] = {
    "[HH]": timedelta(hours=36),
    "[SS]": timedelta(hours=36),
    "[HH]:MM": timedelta(hours=36),
    "[Red][h]:mm": timedelta(hours=36),
    "h A/P": Day(1900, 1, 1, 12),
    '上午/下午h"时"mm"分"': Day(1900, 1, 1, 12),
    "[$-804]aaaa": Day(1900, 1, 1, 12),
    'e"年"m"月"': Day(1900, 1, 1, 12),
    '[=0]"";yyyy-mm-dd': Day(1900, 1, 1, 12),
    "YYYY-MM-DD": Day(1900, 1, 1, 12),
    "yyyy年m月d日": Day(1900, 1, 1, 12),
    '[$-804]yyyy"年"m"月"d"日";@': Day(1900, 1, 1, 12),
    "0*d": 1.5,
    '0"day"': 1.5,
    "0\\d": 1.5,
    "0!d": 1.5,
    "0_d": 1.5,
    "0.00E+00": 1.5,
    "[Red]0;[Magenta]-0": 1.5,
    "[DBNum2][$-804]General": 1.5,
    "G/通用格式": 1.5,
    "0;yyyy": 1.5,
    ";;;": 1.5,
    '"yes";"no"': 1.5,
    "14=0.00": 1.5,
}


def read_number(folder: Path, value: str, number_format: str, reader: str) -> Any:
    """Read a number in a format; ``14=0.00`` redefines the built-in format 14, a date."""
    number, text = number_format.split("=") if number_format.startswith("14=") else ("164", number_format)
    row = f'<row r="2"><c r="A2" s="1"><v>{value}</v></c></row>'
    styles = {"xl/styles.xml": styles_xml((text,)).replace('"164"', f'"{number}"')}
    return read_whole(write_package(folder / "一.xlsx", sheet_xml(HEADER + row), members=styles), reader=reader)


@pytest.mark.parametrize("number_format", SORTS)
def test_what_makes_a_number_a_date_is_the_same_by_either_reader(
    tmp_path: Path, reader: str, number_format: str
) -> None:
    """Elapsed times in capitals, weekdays and years of the East are dates; letters that are quoted or fill are not."""
    assert read_number(tmp_path, "1.5", number_format, reader).cells[2, "值"] == SORTS[number_format]


def test_libraries_that_sort_formats_otherwise_are_not_asked(tmp_path: Path) -> None:
    """Of many formats, each that the fast reader keeps is sorted as wdh does; the rest goes the exact road."""
    pieces = ["d", "m", "yy", "h", "SS", "A/P", "AM/PM", "e", "E+", "a", "[h]", "[Red]", "[$-804]", '"d"', "\\d", "_d"]
    pieces += [
        "*d",
        ";",
        "0",
        "#",
        ".",
        ",",
        "!",
        "!d",
        "年",
        "General",
        "@",
        "/",
        "-",
        ":",
        "%",
        "[DBNum1]",
        "[>1]",
        "g",
    ]
    drawn = Random(12)  # noqa: S311 - the same formats each time
    formats = ["".join(drawn.choices(pieces, k=drawn.randint(1, 5))) for _ in range(3000)]
    cells = "".join(f'<row r="{i + 2}"><c r="A{i + 2}" s="{i + 1}"><v>1.5</v></c></row>' for i in range(len(formats)))
    path = write_package(tmp_path / "一.xlsx", sheet_xml(HEADER + cells), formats=formats)
    fast_rows = pytest.importorskip("python_calamine_plus").load_workbook(str(path))
    _, *rows = fast_rows.stream_sheet_by_name(SHEET)
    sorts = {"number": float, "date": Day, "duration": timedelta}
    kept = [(text, row[0]) for text, row in zip(formats, rows, strict=True) if is_common(text)]
    assert len(kept) > 300
    assert [text for text, value in kept if type(value) is not sorts[sort_of(text)]] == []


@pytest.mark.parametrize(
    ("cell", "number_format", "shown"),
    [
        ("<v>12.7</v>", "0", "0"),
        ("<v>0</v>", '0;-0;"无"', '0;-0;"无"'),
        ("<v>5</v>", ";;;", ";;;"),
        ("<v>5</v>", "[DBNum2]0", "[DBNum2]0"),
        ("<v>5</v>", "[Red]General", None),
        ("<v>5</v>", "@", None),
        ("<is><t>甲</t></is>", '@"期"', '@"期"'),
        ("<is><t>甲</t></is>", ";;;", ";;;"),
        ("<is><t>甲</t></is>", '_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * "-"??_ ;_ @_ ', None),
        ("<is><t>甲</t></is>", "0;-0;;@", None),
        ("<v>5</v>", 44, '_("$"* #,##0.00_)_("$"* \\(#,##0.00\\)_("$"* "-"??_)_(@_)'.replace('"$"', "¤")),
    ],
)
def test_a_format_is_handed_on_where_it_changes_what_the_cell_shows(
    tmp_path: Path, reader: str, cell: str, number_format: str | int, shown: str | None
) -> None:
    """Every section counts, that for texts too; ¤ stands for the currency of whichever machine shows the cell."""
    kind = ' t="inlineStr"' if cell.startswith("<is>") else ""
    rows = HEADER + f'<row r="2"><c r="A2" s="1"{kind}>{cell}</c></row><row r="3"><c r="A3"><v>9</v></c></row>'
    read = read_whole(write_package(tmp_path / "一.xlsx", sheet_xml(rows), formats=(number_format,)), reader=reader)
    assert read.formats == ({} if shown is None else {(2, "值"): shown})
    assert read.reader == reader


def test_the_built_in_formats_are_those_of_openpyxl() -> None:
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    assert WESTERN == BUILTIN_FORMATS
