"""A Chinese run speaks Chinese, whatever goes wrong; what programs read is the same in every language."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.chinese import DONE, find_english, quoted_by, say_something
from support.configurations import ORIGIN, SALES, SHOPS
from support.situations import Situation, all_situations, trial
from support.thoroughness import examples
from support.workbooks import write_rows
from support.workspaces import Workspace

from wdh.configuration import find_faults
from wdh.domain.loading import JUDGES
from wdh.errors import WdhError
from wdh.testing.database import Database
from wdh.words.language import speaking

pytestmark = pytest.mark.once

REFUSED = [
    pytest.param(situation, id=f"{kind}: {situation.name}")
    for kind, situations in all_situations().items()
    for situation in situations
    if situation.says is not None
]
FAULTY = sorted((Path(__file__).parents[1] / "configuration" / "faulty").glob("*.yml"))


def needs(*folders: str) -> pytest.MarkDecorator:
    """Skip a test until the sentences of some folders are said."""
    missing = [folder for folder in folders if folder not in DONE]
    return pytest.mark.skipif(bool(missing), reason=f"not said yet: {', '.join(missing)}")


@pytest.mark.many
@pytest.mark.parametrize("situation", REFUSED[:: len(REFUSED) // examples(len(REFUSED))])
def test_a_refusal_in_a_situation_of_a_server(
    database: Database, situation: Situation, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not database.rows(situation.needs):
        pytest.skip(f"this PostgreSQL cannot have it: {situation.needs}")
    told: list[WdhError] = []
    apply = trial._apply

    def listen(*arguments: Any) -> None:
        try:
            apply(*arguments)
        except WdhError as error:
            told.append(error)
            raise

    monkeypatch.setattr(trial, "_apply", listen)
    with speaking("zh"):
        trial.try_situation(replace(situation, runs=1), database)
    (error,) = told
    purpose = "" if situation.statement is None else situation.statement.purpose
    places = re.findall(r"\S+\.xlsx, sheet \S+", error.message) if "facts" not in DONE else []
    assert find_english(error.message, quoted=[*quoted_by(error), purpose, *places]) == []
    assert re.search(situation.says or "", getattr(error.message, "english", "")) is not None


@needs("configuration", "columns", "facts", "computing", "checking", "workbook", "discovery", "reshaping")
@pytest.mark.parametrize("path", FAULTY, ids=[path.stem for path in FAULTY])
def test_the_faults_of_a_configuration(path: Path) -> None:
    with speaking("zh"):
        faults = find_faults(path, {"shops": SHOPS, "sales": SALES}, judges=JUDGES)
    told = [str(fault).removeprefix(f"{path.name}:").partition(": ")[2] for fault in faults]
    assert [english for text in told for english in find_english(text, quoted=[ORIGIN])] == []


CONFIG = r"""
domains:
  sales:
    pattern: '(?P<year>\d{4})年(?P<month>\d{1,2})月销售'
    schema: public
    sheet: 销售
    table: 销售
    pk: [月度]
    totals: [合计]
    columns:
      月度: {kind: month, required: true}
      店铺: {kind: code, width: 4, required: true}
      额: {kind: amount, scale: 2}
    refs:
      shops: {schema: public, table: 店铺, key: [店铺], columns: {店铺: 店铺, 首见: {from: 月度, format: "%Y-%m"}}}
ledger: {schema: public}
"""
ROWS = (
    ("月度", "店铺", "额"),
    ("2024年11月", "0012", 5.5),
    ("2024年11月", "0013", "#N/A"),
    ("2024年11月", "0012", 1.25),
    ("合计", None, 7),
)


@pytest.fixture
def sales(database: Database, tmp_path: Path) -> Workspace:
    """A month of sales with a cell that is refused and a total that does not agree, and its tables."""
    workspace = Workspace(tmp_path / "data", database)
    workspace.folder.mkdir()
    workspace.config.write_text(CONFIG, encoding="utf-8")
    write_rows(workspace.folder / "2024年11月销售.xlsx", ROWS, sheet="销售")
    workspace.create_tables("sales")
    return workspace


RUNS: tuple[tuple[str, ...], ...] = (
    (),
    ("--max-rejects", "1", "--forecast"),
    ("--max-rejects", "1", "--execute"),
    ("--max-rejects", "1", "--execute", "--mode", "append"),
    ("--period", "2023-01"),
    ("--pk", "没有"),
)


def _plain(document: Any) -> list[str]:
    return re.sub(
        r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|"seconds": [0-9.]+', "…", json.dumps(document, indent=1)
    ).splitlines()


def test_what_programs_read_is_the_same_in_every_language(sales: Workspace) -> None:
    """The report on stdout, the file of it, and the ledger: in English, sentences too."""
    told: dict[str, list[Any]] = {}
    for language in ("en", "zh"):
        sales.database.execute('TRUNCATE "销售", "店铺"; DROP TABLE IF EXISTS wdh_runs')
        written = sales.folder.parent / language
        for arguments in RUNS:
            words = (*arguments, "--output", "json", "--report-dir", str(written), "--lang", language)
            ended = sales.job("sales", *words)
            report = json.loads((written / "report.json").read_text(encoding="utf-8"))
            assert _plain(report) == _plain(json.loads(ended.out))
            told.setdefault(language, []).append((ended.code, _plain(report)))
        history = sales.tool("history", "--config", str(sales.config), "--output", "json", "--lang", language)
        told[language].append(sorted(json.loads(history.out)[0]))
        columns = "domain, mode, input_hash, plan_hash, files::text, counts::text, versions::text, accepted::text"
        told[language].append(sales.database.rows(f"SELECT {columns} FROM wdh_runs ORDER BY committed_at"))
    for english, chinese in zip(told["en"], told["zh"], strict=True):
        assert english[0] == chinese[0]
        assert [pair for pair in zip(english[1], chinese[1], strict=True) if pair[0] != pair[1]] == []
    assert [code for code, _ in told["zh"][: len(RUNS)]] == [3, 0, 0, 0, 2, 2]


@needs("command", "report", "columns", "facts", "discovery", "configuration", "workbook", "computing", "domain")
@pytest.mark.parametrize("arguments", RUNS, ids=" ".join)
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_a_run_and_what_stops_it(sales: Workspace, arguments: tuple[str, ...], form: str) -> None:
    ended = sales.job("sales", *arguments, "--verbose", "--output", form, environment={"WDH_LANG": "zh"})
    assert find_english(ended.out + ended.err) == []


COMMANDS: tuple[tuple[str, ...], ...] = (
    (),
    ("--help",),
    ("run", "--help"),
    ("history", "show", "--help"),
    ("nonsense",),
    ("run", "--nonsense"),
    ("run", "--mode", "some"),
    ("run", "--period", "soon"),
    ("run", "--max-files"),
    ("run", "--max-files", "0"),
    ("run", "--max-rejects", "many"),
    ("ddl",),
    ("check", "too", "many"),
)


@needs("command")
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_help_and_what_is_wrong_with_the_words_of_a_command(
    database: Database, tmp_path: Path, words: tuple[str, ...]
) -> None:
    ended = Workspace(tmp_path, database).tool("--lang", "zh", *words)
    assert find_english(ended.out + ended.err, quoted=[" ".join(words[1:])]) == []


@pytest.mark.parametrize("words", [("--lang", "zh"), ("--lang=zh",)])
def test_the_flag_counts_before_the_environment_and_wherever_it_stands(
    sales: Workspace, words: tuple[str, ...]
) -> None:
    for place in ((*words, "run"), ("run", *words)):
        ended = sales.tool(*place, "--nonsense")
        assert ended.code == 2
        assert "没有选项 '--nonsense'" in ended.err
    assert "No such option" in sales.job("sales", "--lang", "en", "--nonsense", environment={"WDH_LANG": "zh"}).err
    assert "没有选项" in sales.job("sales", "--nonsense", environment={"LC_MESSAGES": "zh_CN.UTF-8"}).err
    assert "'tlh' is not one of 'en', 'zh'" in sales.job("sales", "--lang", "tlh").err


def test_the_help_is_in_the_language_and_fits_the_terminal(sales: Workspace) -> None:
    ended = sales.job("sales", "--help", environment={"WDH_LANG": "zh", "COLUMNS": "80"})
    assert "去掉拒收行继续运行，最多允许这么多行。" in ended.out
    assert "默认值：delete_insert]" in ended.out
    assert "显示此帮助并退出。" in ended.out
    lines = [line for line in ended.out.splitlines() if "|" not in line]  # choices cannot be broken
    widths = [sum(1 + (ord(character) > 0x2E80) for character in line) for line in lines]
    assert max(widths) <= 81  # click's runner leaves no margin of two, in which a character of two places may end
    assert "\x7f" not in ended.out


def test_the_second_process_speaks_the_language_and_its_english_comes_back() -> None:
    from wdh.process.helper import Helper

    with speaking("zh"):
        helper = Helper()
        try:
            helper.ask(say_something)
            told = helper.receive()
        finally:
            helper.close()
    assert (str(told), told.english) == ("它不是文件", "it is no file")
