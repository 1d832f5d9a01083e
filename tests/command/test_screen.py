"""What a person sees: an answer in one screen at the end, errors in one block, and nothing that was not asked for."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support.workbooks import write_rows

from wdh.command import printing
from wdh.command.failures import point_out
from wdh.command.main import main as tool
from wdh.command.run import explain_server
from wdh.process import progress
from wdh.report.widths import width_of

CONFIGURATION = """
domains:
  shops:
    pattern: '(?P<year>[0-9]{4})年(?P<month>[0-9]{1,2})月'
    sheet: 数据
    table: 门店销售
    pk: [名称]
    columns:
      名称: {kind: text, required: true}
      月度: month
      金额: {kind: amount, scale: 2}
"""
HEADER = ["名称", "月度", "金额", "备注"]
SCREEN = 23
"""Lines of a screen of 24, one of which has the prompt."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A month of a chain of shops, of which the fourth cell of the amounts cannot be read, nor two of the months."""
    (tmp_path / "data_sources.yml").write_text(CONFIGURATION, encoding="utf-8")
    rows = [HEADER, *([f"店{number}", "2024-11", number, "x"] for number in range(9))]
    rows[4][2], rows[6][1], rows[7][1], rows[7][2] = "三百", "十三月", "昨天", "很多"
    write_rows(tmp_path / "2024年11月.xlsx", rows, sheet="数据")
    return tmp_path


def run(folder: Path, *arguments: str, **environment: str) -> Any:
    places = ["--domain", "shops", "--config", str(folder / "data_sources.yml"), "--data-dir", str(folder)]
    return CliRunner().invoke(tool, ["run", *places, *arguments], env=environment)


def test_the_last_screen_of_a_plan_is_its_answer_and_its_sql_stands_above(folder: Path) -> None:
    told = run(folder, "--max-rejects", "9", "--dsn", "host=db.example dbname=w").stdout
    above, _, answer = told.rpartition("\n\nExecution Summary\n")
    assert "  LOCK TABLE " in above
    assert len(answer.splitlines()) < SCREEN
    for words in (
        "Nothing was written: this is the plan. Run again with --execute to apply it.",
        "2024年11月.xlsx: 6 facts of 9 rows, 0 totals, 3 rejected",
        '6 facts to load into "门店销售"',
        "3 rows are left out: see Rejects. The copies that --report-dir writes can go back to their senders.",
        "PostgreSQL on db.example:5432, database w (from --dsn)",
        "--forecast asks the warehouse",
    ):
        assert words in answer


def test_the_sql_is_left_out_or_asked_for(folder: Path) -> None:
    assert "LOCK TABLE" not in run(folder, "--max-rejects", "9", "--no-sql").stdout
    assert "LOCK TABLE" in run(folder, "--max-rejects", "9", "--sql").stdout
    assert "LOCK TABLE" not in run(folder, "--max-rejects", "9", WDH_SQL="0").stdout


def test_rejects_are_grouped_and_each_cell_is_told_once(folder: Path) -> None:
    told = run(folder, "--max-rejects", "9").stdout
    assert "4 cells in 3 rows could not be taken over" in told
    assert "  in 2024年11月.xlsx, sheet 数据:\n" in told
    assert re.search(r"金额 · \w+ · 2 cells\n.*\n    C5 “三百”; C8 “很多”\n", told)
    assert re.search(r"月度 · \w+ · 2 cells\n.*\n    B7 “十三月”; B8 “昨天”\n", told)
    listed = run(folder, "--max-rejects", "9", "--verbose").stdout
    assert all(re.search(rf"数据 +{cell} ", listed) for cell in ("B7", "B8", "C5", "C8"))


def test_a_quiet_run_says_only_what_is_wrong(folder: Path) -> None:
    told = run(folder, "--max-rejects", "9", "--quiet").stdout
    assert told.startswith("wdh ")
    assert "Rejects" in told
    assert "Execution Summary" not in told
    write_rows(folder / "2024年11月.xlsx", [HEADER, ["店", "2024-11", 1, "x"]], sheet="数据")
    ended = run(folder, "--quiet")
    assert (ended.exit_code, ended.stdout, ended.stderr) == (0, "", "")


def test_an_error_shows_its_cell_with_those_beside_it(folder: Path) -> None:
    ended = run(folder)
    assert ended.exit_code == 3
    head, blank, *lines = ended.stderr.splitlines()
    assert (head.startswith("Data: 3 rows cannot be loaded"), blank) == (True, "")
    assert lines == [
        "       | A 名称  B 月度   C 金额  D 备注",
        "     5 | 店3     2024-11  三百    x",
        "       |                  ^^^^",
    ]
    assert "三百" not in run(folder, "--withhold-values").stderr


def test_a_fault_of_the_configuration_shows_its_line_with_a_caret_below_it(folder: Path) -> None:
    config = folder / "data_sources.yml"
    config.write_text(CONFIGURATION.replace("金额: {kind: amount, scale: 2}", "金额: {kind: amuont}"), encoding="utf-8")
    for said in (run(folder).stderr, CliRunner().invoke(tool, ["check", "--config", str(config)]).stdout):
        lines = said.splitlines()
        at = next(place for place, line in enumerate(lines) if line.startswith("data_sources.yml:11:"))
        assert lines[at + 1] == "    11 |       金额: {kind: amuont}"
        assert lines[at + 2] == "       |                    ^", "Chinese characters are two columns wide"


def test_a_place_that_is_not_in_the_file_any_more_is_told_alone(tmp_path: Path) -> None:
    assert list(point_out(["a.yml:9:1 x: y"], tmp_path / "a.yml")) == ["a.yml:9:1 x: y"]
    (tmp_path / "a.yml").write_text("x: 1\n")
    assert list(point_out(["a.yml:9:1 x: y"], tmp_path / "a.yml")) == ["a.yml:9:1 x: y"]


def test_a_run_says_which_server_it_is_and_why(folder: Path, tmp_path: Path) -> None:
    """The second line of all: a forgotten variable leads to the embedded server, and nobody would look for that."""
    why = "as nothing names another (--dsn, WDH_DATABASE__…, PG…)"
    nothing = {"HOME": str(tmp_path)}
    assert explain_server(None, nothing).why == why
    named = explain_server(None, {**nothing, "WDH_EMBEDDED_DIR": "/x"})
    assert "in /x (from WDH_EMBEDDED_DIR), as nothing names another" in str(named)
    assert str(explain_server(None, {"PGHOST": "h"})) == "PostgreSQL on h:5432 (from PGHOST)"
    assert "not known" in str(explain_server(" ", {}))
    second = run(folder, "--max-rejects", "9", WDH_DATABASE__HOST="db.example").stdout.splitlines()[1]
    assert second == "Warehouse: PostgreSQL on db.example:5432 (from WDH_DATABASE__HOST)"


def test_no_colour_is_no_style_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def tell() -> str:
        monkeypatch.setattr("sys.stderr", Terminal())
        printing.tell("said", title="Data")
        return printing.sys.stderr.getvalue()  # type: ignore[attr-defined,no-any-return]

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in tell()
    monkeypatch.setenv("NO_COLOR", "1")
    assert tell() == "Data: said\n"


def test_an_error_is_wrapped_for_its_terminal_and_its_excerpt_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("COLUMNS", "60")
    excerpt = f"    11 | {'x' * 60}"
    printing.tell(f"{'word ' * 20}\n{excerpt}")
    *lines, last = terminal.getvalue().splitlines()
    assert last == excerpt
    assert max(map(len, lines)) <= 60
    assert [line.startswith("  word") for line in lines] == [False, True]


def test_bars_leave_room_for_what_a_terminal_writes_at_ctrl_c(folder: Path) -> None:
    """^C behind a full line would go to a line of its own, and the bar above it would not be wiped away."""
    drawn = run(
        folder, "--max-rejects", "9", "--quiet", "--progress", "bar", TTY_COMPATIBLE="1", FORCE_COLOR="1", COLUMNS="80"
    )
    assert "Fault of wdh" not in drawn.stderr
    lines = [
        line for line in re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn.stderr)) if "reading" in line
    ]
    assert lines
    assert max(width_of(line.rstrip()) for line in lines) <= 80 - len("^C")


def test_progress_is_logged_if_that_is_asked_for(folder: Path) -> None:
    asked = run(folder, "--max-rejects", "9", "--quiet", "--progress", "log", "--log-format", "json").stderr
    assert '"event": "rows_read"' in asked
    assert '"rows": 9' in asked
    assert run(folder, "--max-rejects", "9", "--quiet").stderr == ""


def test_progress_tells_of_every_row_of_a_file(folder: Path) -> None:
    heard: list[tuple[str, str, int, int | None]] = []
    with progress.listening(lambda *told: heard.append(told)):
        run(folder, "--max-rejects", "9", "--progress", "off")
    assert heard[0] == ("reading", "2024年11月.xlsx", 0, 9)
    assert heard[-1] == ("read", "2024年11月.xlsx", 0, None)
    assert sum(rows for _, _, rows, _ in heard) == 9
