"""A sheet beside its expectation is a test; a difference is shown as one; --wdh-update accepts it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import CONFIGURATION, write

Project = Callable[..., pytest.RunResult]

CSV = """\
月度,店铺代码,店铺名称,销售额
202411,0001,南京路店,1234.50
2024年11月,12,淮海路店,"1,000.00"
202411,0003,,12345678901234567890
"""

EXPECTED = """\
# What sales.csv comes to. Rewritten by: pytest --wdh-update
facts:
  - 月度: 2024-11-01
    店铺代码: '0001'
    店铺名称: 南京路店
    销售额: 1234.5
  - 月度: 2024-11-01
    店铺代码: '0012'
    店铺名称: 淮海路店
    销售额: 1000.00
  - 月度: 2024-11-01
    店铺代码: '0003'
    店铺名称: null
    销售额: 12345678901234567890
rejects: []
refs:
  shops:
    - 店铺代码: '0001'
      店铺名称: 南京路店
      大名: 南京路店
      初月: '2411'
    - 店铺代码: '0003'
      店铺名称: null
      大名: null
      初月: '2411'
    - 店铺代码: '0012'
      店铺名称: 淮海路店
      大名: 淮海路店
      初月: '2411'
plan:
  - operation: INSERT_MISSING
    target: '"店铺"'
    rows: 3
  - operation: DELETE
    target: '"门店销售"'
    rows: 3
  - operation: INSERT
    target: '"门店销售"'
    rows: 3
"""


def case(project: Project, *arguments: str, **cases: str) -> pytest.RunResult:
    """Run the cases alone; the keywords are their files, with ``_yml`` or ``_csv`` for the suffix."""
    files = {name.replace("__", ".").replace("_", "."): text for name, text in cases.items()}
    return project("tests/cases", *arguments, cases=files)


def test_a_case_without_an_expectation_fails_and_says_how_to_accept_what_came(project: Project) -> None:
    result = case(project, sales_csv=CSV)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "tests/cases/sales.expected.yml is not there: nobody has said yet what to expect of sales.csv.",
            "    店铺代码: '0012'",
            "If that is right, run pytest --wdh-update to accept it.",
        ]
    )
    assert not Path("tests/cases/sales.expected.yml").exists()


def test_update_writes_what_came_exactly_and_then_the_case_passes(project: Project) -> None:
    """Numbers keep their digits, codes their zeros, days are days; the keys stand in one order."""
    result = case(project, "--wdh-update", sales_csv=CSV)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["wdh: written tests/cases/sales.expected.yml"])
    assert Path("tests/cases/sales.expected.yml").read_text("utf-8") == EXPECTED
    case(project).assert_outcomes(passed=1)
    again = case(project, "--wdh-update")
    again.stdout.no_fnmatch_line("wdh: written*")


def test_a_difference_is_shown_with_the_file_to_look_at(project: Project) -> None:
    expected = EXPECTED.replace("1234.5", "1234.6").replace("rejects: []", "rejects:\n  - {cell: D2, reason: bad}")
    result = case(project, sales_csv=CSV, sales__expected_yml=expected)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "sales.csv came to something else than tests/cases/sales.expected.yml expects.",
            "--- tests/cases/sales.expected.yml (expected)",
            "+++ what it came to",
            "-    销售额: 1234.6",
            "+    销售额: 1234.5",
            "-rejects:",
            "-  - cell: D2",
            "-    reason: bad",
            "+rejects: *",
            "If that is right, run pytest --wdh-update to accept it.",
            "FAILED tests/cases/sales.csv::sales*",
        ]
    )


@pytest.mark.parametrize(
    ("there", "instead", "passes"),
    [
        ("销售额: 1234.5\n", "销售额: 1234.50\n", True),
        ("销售额: 1000.00\n", "销售额: 1000\n", True),
        ("销售额: 1000.00\n", "销售额: '1000'\n", False),
        ("店铺代码: '0012'\n    店铺", "店铺代码: 0012\n    店铺", True),
        ("店铺代码: '0012'\n    店铺", "店铺代码: 12\n    店铺", False),
        ("12345678901234567890", "12345678901234567891", False),
        ("月度: 2024-11-01\n    店铺代码: '0012'", "月度: '2024-11-01'\n    店铺代码: '0012'", False),
    ],
)
def test_values_are_compared_exactly_and_by_what_they_are(
    there: str, instead: str, passes: bool, project: Project
) -> None:
    """1234.50 is 1234.5; a text is no number; 0012 without quotes is a code; twenty digits are twenty digits."""
    assert there in EXPECTED
    result = case(project, sales_csv=CSV, sales__expected_yml=EXPECTED.replace(there, instead))
    result.assert_outcomes(passed=int(passes), failed=int(not passes))


def test_sections_that_an_expectation_leaves_out_are_not_compared_nor_added(project: Project) -> None:
    only = "rejects: []\n"
    case(project, sales_csv=CSV, sales__expected_yml=only).assert_outcomes(passed=1)
    case(project, "--wdh-update").assert_outcomes(passed=1)
    assert Path("tests/cases/sales.expected.yml").read_text("utf-8").splitlines()[1:] == ["rejects: []"]


def test_a_yaml_table_has_a_title_formats_dates_merged_cells_and_its_own_sheet(project: Project) -> None:
    """A number under the format 0000 is the code 0012; a merged name stands for its rows; 合计 is no fact."""
    table = """
    title: [门店销售月报, [制表, 财务部]]
    columns: [月度, 店铺代码, 店铺名称, 销售额]
    rows:
      - [2024-11-30, 12, 南京路店, 1.5]
      - [202411, {value: 13, format: "0000"}, null, 2]
      - {月度: 合计, 销售额: 3.5}
    formats: {店铺代码: "0000"}
    merge: [C4:C5]
    """
    required = CONFIGURATION + "    required_columns: [店铺代码]\n"  # two texts in a title would pass for a header
    result = project("tests/cases", "--wdh-update", configuration=required, cases={"sales.yml": table})
    result.assert_outcomes(passed=1)
    written = Path("tests/cases/sales.expected.yml").read_text("utf-8")
    for line in ("店铺代码: '0012'", "店铺代码: '0013'", "月度: 2024-11-01"):
        assert line in written
    assert written.count("    店铺名称: 南京路店") == 2 + 2
    assert written.count("  - 月度:") == 2


def test_a_workbook_is_a_case_as_it_is(project: Project) -> None:
    import openpyxl

    workbook = openpyxl.Workbook()
    workbook.worksheets[0].title = "销售"
    for row in (["月度", "店铺代码", "店铺名称", "销售额"], [202411, "0001", "南京路店", "#REF!"]):
        workbook.worksheets[0].append(row)
    write(
        "tests/cases/broken.expected.yml",
        "facts: []\nrejects: [{cell: D2, column: 销售额, value: '#REF!', reason: error_value}]\n",
    )
    workbook.save("tests/cases/broken.xlsx")
    case(project).assert_outcomes(passed=1)


def test_a_sheet_that_is_refused_as_a_whole_comes_to_its_error(project: Project) -> None:
    expected = "error: 'sales.xlsx, sheet 销售: these columns are missing: 店铺代码. The sheet has: 月度.*'\n"
    result = case(project, sales_csv="月度,金额\n202411,1\n", sales__expected_yml=expected)
    result.assert_outcomes(failed=1)
    case(project, "--wdh-update").assert_outcomes(passed=1)
    written = Path("tests/cases/sales.expected.yml").read_text("utf-8")
    assert "error: 'sales.xlsx, sheet 销售: these columns are missing: 店铺代码." in written
    case(project).assert_outcomes(passed=1)


def test_a_fault_of_the_package_is_never_accepted(project: Project) -> None:
    source = "from wdh import hookimpl\n\n@hookimpl\ndef transform(batch):\n    return batch.columns['x']\n"
    result = project("tests/cases", "--wdh-update", source=source, cases={"sales.csv": CSV})
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["sales.csv: wdh-shops 1.2.0 *hook transform: raised KeyError: 'x'*"])
    assert not Path("tests/cases/sales.expected.yml").exists()


def test_a_fault_of_the_package_is_shown_with_its_row_and_the_traceback_of_its_code_alone(project: Project) -> None:
    source = (
        "from wdh import Facts, hookimpl\n\n@hookimpl\ndef transform(batch):\n"
        "    return Facts.from_rows(map(read, batch.rows()))\n\n"
        "def read(row):\n    return row.fact({'a': 1 / len(row['店铺名称'])})\n"
    )
    result = project("tests/cases", source=source, cases={"sales.csv": CSV})
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "sales.csv: wdh-shops 1.2.0 *: raised TypeError: *(wdh_shops.py:8 in read; sales.xlsx, *, row 4)",
            "Traceback (most recent call last):",
            '  File "*wdh_shops.py", line 5, in transform',
            '  File "*wdh_shops.py", line 8, in read',
            "TypeError: object of type 'NoneType' has no len()",
        ]
    )
    result.stdout.no_fnmatch_line("*implementations.py*")


@pytest.mark.parametrize("value", ["float('nan')", "'a\\0'", "b'x'", "decimal.Decimal('Infinity')"])
def test_a_value_that_no_cell_holds_and_nothing_stores_is_never_accepted(project: Project, value: str) -> None:
    source = (
        "import decimal\nfrom wdh import Facts, hookimpl\n\n@hookimpl\ndef transform(batch):\n"
        f"    made = [{value}] * len(batch)\n"
        "    return Facts(batch.row_numbers, {'月度': made, '店铺代码': made})\n"
    )
    result = project("tests/cases", "--wdh-update", source=source, cases={"sales.csv": CSV})
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["sales.csv: wdh-shops 1.2.0 *hook transform: returned *"])
    assert not Path("tests/cases/sales.expected.yml").exists()


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"a.yml": "sheets: x\n"}, "sheets is not a key here; did you mean 'sheet'? The keys are: sheet, title"),
        ({"a.yml": "rows: [[1]]\n"}, "has no columns: write columns: [[]header, …]"),
        ({"a.yml": "columns: [月度]\nrows: [{月份: 1}]\n"}, "a row has '月份', which is none of the columns*'月度'"),
        ({"a.yml": "columns: [月度]\nrows: [1]\n"}, "the row 1 is neither a list nor a mapping"),
        ({"a.yml": "- 1\n"}, "is no mapping; its keys are: sheet"),
        ({"a.yml": "a: [\n"}, "cannot be read: "),
        ({"a.csv": ""}, "is empty; its first line is the header"),
        ({"a.csv": CSV, "a.expected.yml": "fact: []\n"}, "fact is not a key here; did you mean 'facts'?"),
        ({"a.csv": CSV, "a.expected.yml": ""}, "expects nothing; its keys are: error, facts"),
        ({"a.csv": CSV, "a.yml": "rows: []\n"}, "a.csv and a.yml share one expectation; rename all but one"),
        ({"a.expected.yml": "facts: []\n"}, "a.expected.yml has no input beside it (a with .xlsx"),
    ],
)
def test_a_case_that_is_none_says_what_is_wrong_and_where(
    files: dict[str, str], sentence: str, project: Project
) -> None:
    result = project("tests/cases", cases=files)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines([f"*{sentence}*"])


def test_other_files_are_no_cases(project: Project) -> None:
    """Excel's lock files, hidden files, notes, and tables outside the folder."""
    write("tests/other.csv", CSV)
    result = project("tests", "-k", "not Conformance", cases={"~$a.xlsx": "", ".b.yml": "", "notes.md": ""})
    assert result.parseoutcomes().keys() == {"deselected"}


def test_a_folder_may_be_named_and_must_then_be_there(project: Project) -> None:
    write("pytest.ini", "[pytest]\nwdh_cases = cases\n")
    result = project("tests", cases={})
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*wdh_cases names *cases, which is no folder; make it or correct wdh_cases"])
    write("cases/sales.csv", CSV)
    write("cases/sales.expected.yml", EXPECTED)
    project("cases").assert_outcomes(passed=1)


def test_of_several_domains_each_has_a_folder_by_its_name(project: Project) -> None:
    """Without, nobody knows whose a case is, and that is said."""
    both = CONFIGURATION + CONFIGURATION.replace("domains:", "").replace("shops:", "malls:").replace("门店", "商场")
    files = {"shops/sales.csv": CSV, "shops/sales.expected.yml": "rejects: []\n", "lost.csv": CSV}
    result = project("tests/cases", configuration=both, cases=files)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["lost.csv: which domain is to be tested (* has shops, malls)? Write wdh_domain = NAME*"]
    )
    write("pytest.ini", "[pytest]\nwdh_domain = shops\n")
    project("tests/cases", "--wdh-update").assert_outcomes(passed=2)
