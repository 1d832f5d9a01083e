"""The place in COPY's context is found in every language that PostgreSQL speaks."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest
from support.refusals import TABLES, cells, refused, row
from support.runs import cell

from wdh.apply.refusals.blame import CopyPlace, find_copy_place

FORMS = {
    "C": ("COPY {}, line {}", ", column {}", ': "{}"', ": null input"),
    "de": ("COPY {}, Zeile {}", ", Spalte {}", ": »{}«", ": NULL Eingabe"),
    "es": ("COPY {}, línea {}", ", columna {}", ": «{}»", ": entrada nula"),
    "fr": ("COPY {}, ligne {}", ", colonne {}", " : « {} »", " : NULL en entrée"),
    "it": ("COPY {}, riga {}", ", colonna {}", ': "{}"', ": input nullo"),
    "ja": ("{}のCOPY、行 {}", "、列 {}", ': "{}"', ": null が入力されました"),
    "ka": ("COPY {}, ხაზი {}", ", სვეტი {}", ': "{}"', ": ნულოვანი შეყვანა"),
    "ko": ("{} 복사, {}번째 줄", ", {} 열", ': "{}"', ": null 입력"),
    "ru": ("COPY {}, строка {}", ", столбец {}", ': "{}"', ": значение NULL"),
    "sv": ("COPY {}, rad {}", ", kolumn {}", ': "{}"', ": null-indata"),
    "uk": ("COPY {}, рядок {}", ", стовпець {}", ': "{}"', ": null введення"),
    "zh_CN": ("COPY {}, 行 {}", ", 列 {}", ': "{}"', ": 空的输入"),
}
"""How the parts of the context read: from the catalogues of messages of PostgreSQL 15."""

COLUMNS = ("c0", "c1", "c12", "额", "期 末", "column", "列", "Spalte", "line", "a:b", '名"称')
VALUES = ("7", "额: 7, line 3", "x\n明细, line 9, column 额: y", "", "a\tb")


@pytest.mark.parametrize("language", FORMS)
@pytest.mark.parametrize("table", ["wdh_stage", "明细", "t 5", "line 7", "COPY", "7"])
def test_line_and_column_are_found_without_words(language: str, table: str) -> None:
    """Whatever the names of table and columns are, whatever stands in the cell, and whatever called it."""
    line, column, value, null = FORMS[language]
    for called in ("", "PL/pgSQL function f() line 3 at RAISE\n"):
        start = called + line.format(table, 42)
        for name in COLUMNS:
            for end in ("", null, *(value.format(text) for text in VALUES)):
                found = find_copy_place(start + column.format(name) + end, table=table, columns=COLUMNS)
                assert found == CopyPlace(42, name, is_nested=bool(called))
        for end in ("", *(value.format(text) for text in VALUES)):
            found = find_copy_place(start + end, table=table, columns=COLUMNS)
            assert found == CopyPlace(42, None, is_nested=bool(called))


def test_what_is_no_context_of_a_copy_names_no_place() -> None:
    for context in ("", 'SQL statement "SELECT * FROM 明细 LIMIT 5"\nPL/pgSQL function f() line 3 at SQL statement'):
        assert find_copy_place(context, table="明细", columns=COLUMNS) is None


@pytest.fixture(params=["de_DE", "fr_FR", "zh_CN", "ja_JP", "ko_KR"])
def foreign(request: pytest.FixtureRequest, database: Any) -> Any:
    """A database whose server speaks another language."""
    locale = f"{request.param}.UTF-8"
    try:
        database.execute(f"ALTER DATABASE {database.name} SET lc_messages = '{locale}'")
    except psycopg2.errors.InvalidParameterValue:
        pytest.skip(f"the server's machine has no locale {locale} (localedef -i {request.param} -f UTF-8 {locale})")
    with pytest.raises(psycopg2.errors.DivisionByZero) as caught:
        database.rows("SELECT 1/0")
    if "division by zero" in str(caught.value):
        pytest.skip("this PostgreSQL is built without translations")
    return database


@pytest.mark.parametrize("facts", [True, False])
def test_a_cell_is_named_in_whatever_language_the_server_speaks(foreign: Any, *, facts: bool) -> None:
    table, column = (1, "机构") if facts else (0, "名")
    tables = TABLES.split(";")
    tables[table] = tables[table].replace(f'"{column}" text', f'"{column}" uuid')
    foreign.execute(";".join(tables))
    source = "机构" if facts else "名称"
    no_uuid = {"名称": None, "机构": None, source: "no uuid"}
    error = refused(foreign, [row("A", 名称=None, 机构=None), row("B", **no_uuid)])
    assert cells(error) == [f"{cell(source, 3)}, {column}"]


def test_a_row_and_a_key_are_named_in_whatever_language_the_server_speaks(foreign: Any) -> None:
    foreign.execute(
        TABLES
        + """; ALTER TABLE "明细" ADD CHECK ("额" >= 0); CREATE TABLE org (k text PRIMARY KEY);
        INSERT INTO org VALUES ('北京'); ALTER TABLE "计划" ADD FOREIGN KEY ("机构") REFERENCES org"""
    )
    assert cells(refused(foreign, [row("A"), row("B", 额=-1)])) == ["24年11月.xlsx, sheet 明细, row 3"]
    assert cells(refused(foreign, [row("A"), row("B", 机构="上海")])) == [f"{cell('机构', 3)}, 机构"]
