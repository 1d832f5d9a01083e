"""``wdh migrate``: an earlier deployment's files become one without faults, and what is lost is told.

``new.yml`` is what comes of the files in ``old``, the list of losses at its head.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from wdh.command.main import main
from wdh.configuration.document import read_document
from wdh.discovery import find_workbooks
from wdh.domain.loading import load_hooks, read_configuration
from wdh.migration.entries import common_folder, split_folders, write_pattern
from wdh.migration.losses import Losses
from wdh.migration.references import migrate_rule

HERE = Path(__file__).parent


@pytest.fixture
def old(tmp_path: Path) -> Path:
    shutil.copytree(HERE / "old", tmp_path, dirs_exist_ok=True)
    return tmp_path / "data_sources.yml"


def run(*arguments: object) -> Any:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_old_files_become_one_without_faults_and_stay_as_they_are(old: Path) -> None:
    new, before = old.parent / "new.yml", old.read_bytes()
    done = run("migrate", old, "--out", new)
    text = new.read_text(encoding="utf-8")
    assert text == (HERE / "new.yml").read_text(encoding="utf-8")
    told = [line.removeprefix("#   ") for line in text.splitlines() if line.startswith("#   ")]
    assert done.output.splitlines() == [*told, f"written: {new}"]
    missing, *_ = run("check", "--config", new).stdout.splitlines()  # its package is not installed here
    assert "domains.annual_award: no package that is installed provides this domain" in missing
    assert run("migrate", old).stdout == text
    for taken in (new, old):
        refused = run("migrate", old, "--out", taken)
        assert refused.exit_code == 2
        assert "is there already, and stays as it is; name a new file" in refused.stderr
    assert old.read_bytes() == before
    assert new.read_text(encoding="utf-8") == text


def test_the_workbooks_are_found_where_the_old_file_found_them(old: Path) -> None:
    new, data = old.parent / "new.yml", old.parent / "data/real_data"
    run("migrate", old, "--out", new)
    wanted = "202411/收集数据/数据采集/V2/24年11月规模收入数据.xlsx"
    for name in (
        wanted,
        "202410/收集数据/数据采集/规模收入数据.xlsx",
        "202411/收集数据/数据采集/V1/24年11月规模收入数据.xlsx",
        "202411/收集数据/数据采集/V2/规模收入数据回复.xlsx",
        "202411/收集数据/数据采集/其他/规模收入数据.xlsx",
        "202411/收集数据/业务收集/规模收入数据.xlsx",
    ):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).touch()
    configuration = read_configuration(new, load_hooks("annuity_performance", new))
    found = find_workbooks(data, domain=configuration.domain, discovery=configuration.discovery)
    assert [workbook.path for workbook in found.taken] == [data / wanted]


def test_where_no_domain_can_be_carried_over_the_reasons_are_told(tmp_path: Path) -> None:
    old = tmp_path / "data_sources.yml"
    old.write_text("domains: {a: {output: {table: x}}}\n", encoding="utf-8")
    done = run("migrate", old)
    assert done.exit_code == 2
    assert "data_sources.yml:1:11 domains.a: the domain is left out whole: it has no pk" in done.stderr


@pytest.mark.parametrize(
    ("base", "files", "pattern"),
    [
        ("{YYYYMM}/a.b", ["*.xlsx"], r"^(?P<year>\d{4})(?P<month>\d{2})/a\.b/(?:[Vv]\d+/)?(?:[^/]*\.xlsx)$"),
        (
            r"x\{YYYY}\{MM}\{YYYYMM}",
            ["a?[!b]c"],
            r"^x/(?P<year>\d{4})/(?P<month>\d{2})/(?P=year)(?P=month)/(?:[Vv]\d+/)?(?:a[^/][^b]c)$",
        ),
        ("", ["**/b/*(1)", "c"], r"^(?:[Vv]\d+/)?(?:(?:[^/]+/)*b/[^/]*\(1\)|c)$"),
    ],
)
def test_folders_and_shell_patterns_become_one_expression(base: str, files: list[str], pattern: str) -> None:
    assert write_pattern(split_folders(base), files) == pattern


def test_the_data_directory_is_what_all_folders_begin_with() -> None:
    bases = ["/srv/data/{YYYYMM}/a", "/srv/data/x/{YYYYMM}", r"\srv\data"]
    assert common_folder(map(split_folders, bases)) == ("/", "srv", "data")
    assert common_folder(map(split_folders, ["a/b", "c/b"])) == ()


@pytest.mark.parametrize(
    ("aggregation", "rule", "loss"),
    [
        ({"type": "max_by"}, None, "has no order_column"),
        ({"type": "concat_distinct", "sort": False}, {"from": "a", "pick": "concat_distinct", "separator": "+"}, ""),
        ({"type": "template", "template": "{a}{b}"}, None, "a template reads one column here, and '{a}{b}' reads 2"),
        ({"type": "lambda", "code": 'lambda g: g["a"].nunique()'}, None, "{from: a, pick: count_distinct}"),
        (
            {"type": "jsonb_append", "code": 'lambda g: [to_date(g["a"].iloc[0]).strftime("%y%m") + "新建"]'},
            None,
            """{from: a, pick: template, format: '["{:%y%m}新建"]'} for new rows""",
        ),
        ({"type": "lambda", "code": "lambda g: f(g)"}, None, "write a rule by hand, or a statement under after:"),
    ],
)
def test_an_aggregation_is_carried_over_or_told(
    tmp_path: Path, aggregation: dict[str, Any], rule: Any, loss: str
) -> None:
    (tmp_path / "a.yml").write_text("a: {aggregation: x}\n", encoding="utf-8")
    losses = Losses(read_document(tmp_path / "a.yml"))
    assert migrate_rule({"source": "a", "aggregation": aggregation}, ("a",), losses) == rule
    assert loss in "".join(map(str, losses.found))
    assert bool(loss) == bool(losses.found)
