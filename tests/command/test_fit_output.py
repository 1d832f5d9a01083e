"""No character that a terminal, a log viewer or a shell would obey is in any output, wherever a stranger planted it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from ruamel.yaml import YAML
from support.distributions import PLAIN, write_distribution

from wdh.command.printing import print_lines, print_result, tell
from wdh.inspection.document import write_yaml
from wdh.report.blocks import Block, Code, Line, Result, Section, Table, Title
from wdh.report.reporters import REPORTERS
from wdh.sql.shown import show_sql
from wdh.words.printable import show_controls, show_lines

pytestmark = pytest.mark.once

EVERYTHING = [chr(code) for code in range(sys.maxunicode + 1)]
OBEYED = {"Cc", "Cf", "Zl", "Zp", "Cs"}
IN_XML = "\x9b31m\u202e\u200b\u2028\u061c\U000e0041\x85"
"""What a cell, a header and the name of a sheet can hold."""
FIERCE = f"\x1b]8;;x\x07{IN_XML}\x08"
LINK = "[link=http://x]:warning:[/link]"
TABLE = "售\u202e\x1b[1m\u2028 \x85'\\"


def is_fit(text: str) -> bool:
    return not any(unicodedata.category(char) in OBEYED for char in text if char != "\n")


def test_every_character_of_unicode_that_is_obeyed_is_shown_and_no_letter_is() -> None:
    """By Unicode's own categories; what this Python's Unicode has not assigned yet may be shown."""
    for char in EVERYTHING:
        category = unicodedata.category(char)
        shown = show_controls(f"a{char}b")
        assert is_fit(shown)
        assert "\n" not in shown
        assert category in OBEYED or category == "Cn" or shown == f"a{char}b", hex(ord(char))
    assert len({show_controls(char) for char in EVERYTHING}) == len(EVERYTHING)
    assert show_lines("a\nb\u2028") == "a\nb\\u2028"


def test_every_way_to_print_is_fit_for_all_of_unicode(capsys: pytest.CaptureFixture[str]) -> None:
    text = "".join(char for char in EVERYTHING if char != "\n")
    print_lines([text])
    said = capsys.readouterr().out
    assert is_fit(said)
    assert "\\x1b" in said
    # Laying out a million characters takes minutes: of those that no terminal obeys, some are enough for a page.
    text = "".join(char for place, char in enumerate(text) if unicodedata.category(char) in OBEYED or place % 97 == 0)
    lines = (Line(text), Table((text,), [(text,), ((text, text),)]), Code("", [text]))
    page: list[Block] = [Title(text), Section(text, lines), *lines]
    for form in REPORTERS:
        print_result(Result({text: text}, page, failure=text), form)
        said = capsys.readouterr().out
        assert is_fit(said)
        assert form == "json" or said.count("x1b") >= 14
    print_result(Result(None, [Line(LINK)]), "text")
    assert capsys.readouterr().out == f"{LINK}\n"
    print_result(Result({text: text}, ()), "json")
    said = capsys.readouterr().out
    assert said.isascii()
    assert json.loads(said) == json.loads(json.dumps({text: text}))
    tell(text, title="Data")
    assert is_fit(capsys.readouterr().err)


def test_yaml_that_is_shown_says_the_same_for_all_of_unicode() -> None:
    chars = [char for char in EVERYTHING if unicodedata.category(char) in OBEYED - {"Cs"}]
    written = write_yaml({"names": [f"a{char}b" for char in chars], "a\u202eb": "c\u200b"})
    assert is_fit(written)
    read = YAML(typ="safe").load(written)
    assert read == {"names": [f"a{char}b" for char in chars], "a\u202eb": "c\u200b"}


@pytest.mark.server
def test_sql_that_is_shown_says_the_same_for_all_of_unicode(database: Any) -> None:
    """Of names and of literals, with backslashes and quotes beside, whether an encoding has them or not."""
    unfit = "".join(char for char in EVERYTHING if unicodedata.category(char) in OBEYED - {"Cs"} and char != "\0")
    literal = f"a\\0061'{unfit}\\"
    shown = show_sql("SELECT '" + literal.replace("'", "''") + "'")
    assert is_fit(shown)
    assert database.rows(shown) == [(literal,)]
    for name in ('售"\\\u202e\u2028', "\n\r\t\x85'", "\U000e0041\ufeff\\+00", "é"):
        for encoding in ("utf-8", "ascii", "gbk"):
            shown = show_sql('SELECT 1 AS "' + name.replace('"', '""') + '"', encoding=encoding)
            assert is_fit(shown)
            assert "\n" not in shown
            told = shown.encode(encoding).decode(encoding)
            database.execute("DROP VIEW IF EXISTS seen")
            database.execute(f"CREATE VIEW seen AS {told}")
            found = "SELECT attname FROM pg_attribute WHERE attrelid = 'seen'::regclass"
            assert database.rows(found) == [(name,)], told


UNTOUCHED = [
    "SELECT E'a\\'b' AS \"c\"",
    "SELECT $$a\"b'$$",
    "-- it's\nSELECT 1",
    "SELECT U&\"a\\0041\", U&'\\0041'",
]


@pytest.mark.parametrize("untouched", UNTOUCHED)
def test_sql_without_such_a_character_is_shown_as_it_is(untouched: str) -> None:
    assert show_sql(untouched) == untouched
    assert show_sql(f'{untouched} AS "\u202e"') == f'{untouched} AS U&"\\202e"'


@pytest.fixture
def planted(tmp_path: Path, database: Any) -> Any:
    """Run a command where strangers named the file, the sheet, the headers, the cells, the tables and a plugin."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = f"明{IN_XML}"
    page.append([f"名{IN_XML}", "额"])
    page.append([f"甲{IN_XML}{LINK}", 1])
    page.append([f"乙{IN_XML}", f"one{IN_XML}{LINK}"])
    data = tmp_path / f"data{FIERCE}"
    data.mkdir()
    book.save(data / f"sales{FIERCE}{LINK.replace('/', '')}.xlsx")
    column = {f"名{IN_XML}": "text", "额": "amount"}
    config = tmp_path / "data_sources.yml"
    entry = {"pattern": "sales", "table": TABLE, "pk": [f"名{IN_XML}"], "columns": column}
    config.write_text(write_yaml({"domains": {"sales": entry}}), encoding="utf-8")
    site = tmp_path / "site"
    points = {"wdh.domains": {f"shops{IN_XML.replace(chr(0x2028), '').replace(chr(0x85), '')}": "wdh_none"}}
    write_distribution(site, "wdh-shops", entry_points=points, modules={"wdh_shops": PLAIN})

    def run(*arguments: str, command: str = "main", **variables: str) -> tuple[int, bytes, bytes]:
        program = f"from wdh.command.{command} import main; main()"
        environment = {"PYTHONPATH": str(site), "WDH_DATABASE__URI": database.dsn, **variables}
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            env=os.environ | environment,
            cwd=tmp_path,
            capture_output=True,
            timeout=120,
            check=False,
        )
        for stream in (done.stdout, done.stderr):
            assert is_fit(stream.decode("utf-8")), stream
            assert b"\xe2\x9a\xa0" not in stream, "an emoji was drawn from a text of others"
        return done.returncode, done.stdout, done.stderr

    return run


def job(*arguments: str, folder: str = f"data{FIERCE}") -> list[str]:
    return ["--domain", "sales", "--config", "data_sources.yml", "--data-dir", folder, *arguments]


def test_a_plan_its_report_and_its_logs(planted: Any, tmp_path: Path) -> None:
    code, out, err = planted(*job("--max-rejects", "1", "--log-level", "DEBUG"), command="run")
    assert (code, b"\\u202e" in out, b"\\x1b" in err) == (0, True, True), err
    reports = tmp_path / "reports"
    code, out, err = planted(
        *job("--max-rejects", "1", "--output", "json", "--debug", "--log-format", "json", "--report-dir", "reports"),
        command="run",
    )
    assert (code, out.isascii(), (reports / "report.json").read_bytes().isascii()) == (0, True, True)
    assert all(line.isascii() for line in err.splitlines() if line.startswith(b"{"))
    assert json.loads(out)["rejects"][0]["value"] == f"one{IN_XML}{LINK}"
    cells = [cell.value for row in openpyxl.load_workbook(reports / "rejects.xlsx")["rejects"] for cell in row]
    assert all(is_fit(value) and "\n" not in value for value in cells if isinstance(value, str))


def test_a_run_that_fails_says_what_is_wrong(planted: Any) -> None:
    code, out, err = planted(*job(), command="run")
    assert (code, b"\\u202e" in out) == (3, True), err
    assert planted(*job(folder=f"nowhere{FIERCE}"), command="run")[0] == 2
    assert planted(*job("--execute", "--max-rejects", "1"), command="run")[0] == 2  # there is no such table
    assert planted(*job(f"--period={FIERCE}"), command="run")[0] == 2
    assert planted(*job(f"--no{FIERCE}"), command="run")[0] == 2
    assert planted(*job("--raise-on-error"), command="run")[0] == 1
    for words in (["inspect", f"a{FIERCE}", f"b{FIERCE}"], [f"no{FIERCE}"], ["history", FIERCE]):
        assert planted(*words)[0] == 2


def test_what_the_server_says_and_its_names(planted: Any, database: Any) -> None:
    name = '"' + TABLE + '"'
    database.execute(f'CREATE TABLE {name} ("名{IN_XML}" text, "额" numeric)')
    role = f"role_{os.getpid()}{FIERCE}"[:40]
    database.execute(f'CREATE ROLE "{role}" LOGIN')
    try:
        chosen = {"PGOPTIONS": "-c role=" + role.replace(" ", "\\ ")}
        code, _, err = planted(*job("--execute", "--max-rejects", "1"), command="run", **chosen)
        assert code in (2, 4), err
    finally:
        database.execute(f'DROP ROLE "{role}"')
    escaped = FIERCE.replace("'", "''")
    database.execute(
        f"CREATE FUNCTION angry() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{escaped}' USING "
        f"DETAIL = '{escaped}', HINT = '{escaped}'; END $$; CREATE TRIGGER angry BEFORE INSERT ON {name} "
        "FOR EACH ROW EXECUTE FUNCTION angry()"
    )
    code, _, err = planted(*job("--execute", "--max-rejects", "1"), command="run")
    assert (code, b"\\x1b" in err) == (4, True), err


def test_the_ddl_that_is_piped_makes_the_very_tables(planted: Any, database: Any) -> None:
    for variables in ({}, {"PYTHONIOENCODING": "ascii"}):
        code, out, err = planted("ddl", "sales", "--config", "data_sources.yml", **variables)
        assert code == 0, err
        database.execute(out.decode())
        named = "SELECT attname FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE attnum > 1 AND relname = "
        assert database.rows(named + "'" + TABLE.replace("'", "''") + "'") == [(f"名{IN_XML}",), ("额",)]
        database.execute(f'DROP TABLE "{TABLE}"')
    assert out.isascii()


def test_the_history_shows_what_somebody_wrote_into_the_ledger(planted: Any, database: Any) -> None:
    database.execute(planted("ddl", "sales", "--config", "data_sources.yml")[1].decode())
    assert planted(*job("--execute", "--max-rejects", "1"), command="run")[0] == 0
    text = (FIERCE + LINK).replace("'", "''")
    database.execute(
        f"UPDATE wdh_runs SET domain = '{text}', mode = '{text}', counts = jsonb_build_array(jsonb_build_object("
        f"'operation', '{text}'::text, 'table', '{text}'::text, 'rows', 1))"
    )
    code, out, err = planted("history")
    assert (code, out.count(LINK.encode()), b"\\x1b]8;;x\\x07" in out) == (0, 1, True), (out, err)
    code, out, _ = planted("history", "--output", "json")
    assert (out.isascii(), json.loads(out)[0]["domain"]) == (True, FIERCE + LINK)


def test_all_other_commands(planted: Any, tmp_path: Path) -> None:
    (book,) = (tmp_path / f"data{FIERCE}").iterdir()
    assert b"\\u202e" in planted("inspect", str(book))[1]
    assert planted("inspect", str(book), "--output", "json")[1].isascii()
    assert planted("new", "sales-by-name", "--from", str(book))[0] == 0
    assert b"\\u202e" in planted("domains")[1]
    assert planted("domains", "--output", "json")[1].isascii()
    config = tmp_path / "data_sources.yml"
    config.write_text(write_yaml({FIERCE: 1, "domains": {"sales": {"pattern": f"({FIERCE}"}}}), encoding="utf-8")
    code, out, err = planted("check", "--config", "data_sources.yml")
    assert (code, b"\\x1b" in out + err) == (2, True)
    config.write_bytes(f"domains:\n  a: [{FIERCE}".encode())
    assert planted("check", "--config", "data_sources.yml")[0] == 2
