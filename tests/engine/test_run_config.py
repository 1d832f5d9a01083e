"""The nested run configuration is what earlier deployments gave their schedulers."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import wdh
from wdh.command.run import main
from wdh.errors import SetupError

CONFIGURATION = """
domains:
  annuity_performance:
    pattern: '(?P<year>\\d{4})年(?P<month>\\d{1,2})月年金终稿数据'
    sheet: 规模明细
    schema: public
    table: 规模明细
    pk: [月度, 计划代码, company_id]
  shops:
    pattern: '(?P<year>\\d{4})年(?P<month>\\d{1,2})月'
    table: 门店销售
    pk: [月度]
"""
ARGUMENTS = {
    "domain": "annuity_performance",
    "mode": "delete_insert",
    "plan_only": True,
    "execute": False,
    "sheet": "0",
    "max_files": 1,
    "pk": None,
    "backfill_refs": None,
    "backfill_mode": "insert_missing",
}
"""What the command line of earlier deployments made of ``--domain annuity_performance``."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and no variable that names a configuration."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WDH_DATA_SOURCES_CONFIG", raising=False)
    return tmp_path


def config_of(op: str, **flags: Any) -> dict[str, Any]:
    found = wdh.build_run_config(SimpleNamespace(**{**ARGUMENTS, **flags}))["ops"][op]["config"]
    assert isinstance(found, dict)
    return found


def test_the_form_is_that_of_earlier_deployments(folder: Path) -> None:
    (folder / "data_sources.yml").write_text(CONFIGURATION, encoding="utf-8")
    found = wdh.build_run_config(SimpleNamespace(**ARGUMENTS))
    assert found == {
        "ops": {
            "discover_files_op": {"config": {"domain": "annuity_performance", "max_files": 1}},
            "read_excel_op": {"config": {"sheet": 0}},
            "backfill_refs_op": {
                "config": {"targets": [], "mode": "insert_missing", "plan_only": True, "chunk_size": 1000}
            },
            "load_op": {
                "config": {
                    "table": "规模明细",
                    "mode": "delete_insert",
                    "pk": ["月度", "计划代码", "company_id"],
                    "plan_only": True,
                    "skip": False,
                }
            },
        }
    }
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("given", "targets"),
    [
        (None, []),
        ("none", []),
        (("none",), []),
        ("", []),
        ((), []),
        ("all", ["all"]),
        (("all",), ["all"]),
        ("plans", ["plans"]),
        (["plans", "portfolios"], ["plans", "portfolios"]),
        ("plans, portfolios;plans", ["plans", "portfolios"]),
        ("plans,all", ["all"]),
        ("none,plans", ["plans"]),
    ],
)
def test_the_targets_are_the_references_that_are_named(given: Any, targets: list[str]) -> None:
    """None named is none meant, as it always was; wdh-run itself backfills all of them then."""
    assert config_of("backfill_refs_op", backfill_refs=given)["targets"] == targets


@pytest.mark.parametrize(
    ("given", "sheet"), [("0", 0), (0, 0), ("3", 3), ("规模明细", "规模明细"), ("-1", "-1"), ("1.0", "1.0")]
)
def test_a_sheet_is_read_as_the_command_line_reads_it(given: Any, sheet: Any) -> None:
    found = config_of("read_excel_op", sheet=given)["sheet"]
    assert (found, type(found)) == (sheet, type(sheet))
    (option,) = (option for option in main.params if option.name == "sheet")
    assert option.type.convert(given, None, None) == sheet


def test_a_sheet_that_is_not_given_is_the_domains(folder: Path) -> None:
    assert config_of("read_excel_op", sheet=None)["sheet"] == 0
    (folder / "data_sources.yml").write_text(CONFIGURATION, encoding="utf-8")
    assert config_of("read_excel_op", sheet=None)["sheet"] == "规模明细"
    assert config_of("read_excel_op", sheet=None, domain="shops")["sheet"] == 0


@pytest.mark.parametrize("how", ["the flag", "the flag as a text", "the variable", "the folder"])
def test_table_and_pk_are_those_of_the_configuration_that_a_run_would_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    path = folder / ("data_sources.yml" if how == "the folder" else "elsewhere.yml")
    path.write_text(CONFIGURATION, encoding="utf-8")
    flags: dict[str, Any] = {"the flag": {"config": path}, "the flag as a text": {"config": path.name}}.get(how, {})
    if how == "the variable":
        monkeypatch.setenv("WDH_DATA_SOURCES_CONFIG", str(path))
    found = config_of("load_op", **flags)
    assert (found["table"], found["pk"]) == ("规模明细", ["月度", "计划代码", "company_id"])
    assert config_of("load_op", domain="shops", **flags)["table"] == "门店销售"


@pytest.mark.parametrize(
    "given", ["月度,计划代码;company_id", ["月度", "计划代码", "company_id"], "月度， 计划代码；company_id"]
)
def test_a_pk_that_is_given_wins(folder: Path, given: Any) -> None:
    (folder / "data_sources.yml").write_text(CONFIGURATION, encoding="utf-8")
    assert config_of("load_op", domain="shops", pk=given)["pk"] == ["月度", "计划代码", "company_id"]
    assert config_of("load_op", domain="shops", pk=[])["pk"] == ["月度"]


def test_without_a_configuration_the_table_is_the_domains_name() -> None:
    """As it was; the lists are lists, so that a scheduler may add to them."""
    found = config_of("load_op")
    assert (found["table"], found["pk"]) == ("annuity_performance", [])
    assert config_of("load_op", pk="a")["pk"] == ["a"]


def test_a_configuration_that_is_named_and_useless_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheduler that went on with the domain's name for a table would load into another one."""
    (folder / "data_sources.yml").write_text(CONFIGURATION, encoding="utf-8")
    with pytest.raises(SetupError, match=r"the domain 'shop' is not in .*, which has annuity_performance, shops"):
        config_of("load_op", domain="shop")
    with pytest.raises(SetupError, match=r"nowhere\.yml does not exist"):
        config_of("load_op", config="nowhere.yml")
    (folder / "broken.yml").write_text("domains: [", encoding="utf-8")
    with pytest.raises(SetupError, match="broken"):
        config_of("load_op", config="broken.yml")
    monkeypatch.setenv("WDH_DATA_SOURCES_CONFIG", "nowhere.yml")
    with pytest.raises(SetupError, match=r"nowhere\.yml does not exist"):
        config_of("load_op")


@pytest.mark.parametrize(
    ("flags", "plan_only"),
    [
        ({"execute": False, "plan_only": True}, True),
        ({"execute": True, "plan_only": True}, False),
        ({"execute": False, "plan_only": False}, True),
        ({"execute": None, "plan_only": None}, True),
    ],
)
def test_execute_wins_over_plan_only(flags: dict[str, Any], plan_only: bool) -> None:
    for op in ("backfill_refs_op", "load_op"):
        assert config_of(op, **flags)["plan_only"] is plan_only


def test_a_flag_left_out_has_its_old_default() -> None:
    found = wdh.build_run_config(SimpleNamespace(domain="annuity_performance"))["ops"]
    assert found["load_op"]["config"] == {
        "table": "annuity_performance",
        "mode": "delete_insert",
        "pk": [],
        "plan_only": True,
        "skip": False,
    }
    assert found["backfill_refs_op"]["config"]["targets"] == []
    assert found["backfill_refs_op"]["config"]["mode"] == "insert_missing"
    assert found["discover_files_op"]["config"]["max_files"] == 1
    assert (
        wdh.build_run_config(SimpleNamespace(domain="d", plan_only=False))["ops"]["load_op"]["config"]["plan_only"]
        is False
    )


def test_skip_facts_is_skip() -> None:
    assert config_of("load_op", skip_facts=True)["skip"] is True
    assert config_of("load_op", skip_facts=None)["skip"] is False
