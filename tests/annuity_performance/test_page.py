"""The page about the annuity domains has every key, and its examples are taken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from support.batches import make_batch

from wdh.context import RunContext
from wdh.domain.loading import check_configuration, load_hooks, read_configuration
from wdh_annuity_performance.settings import CONTRACTS

DOMAIN = "annuity_performance"
PAGE = (Path(__file__).parents[2] / "docs" / "annuity.md").read_text(encoding="utf-8")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The example of the page, with the files that it names."""
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (names,) = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "names.csv").write_text(names, encoding="utf-8")
    (tmp_path / "accounts.yml").write_text('"700001": "600001001"\n', encoding="utf-8")
    path = tmp_path / "data_sources.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_has_no_fault(config: Path) -> None:
    assert check_configuration(config) == ()


def keys(contracts: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, contract in contracts.items():
        yield (*path, key)
        yield from keys(contract.get("properties", {}), (*path, key))


@pytest.mark.parametrize("key", [*keys(CONTRACTS)], ids=".".join)
def test_the_example_has_every_key(key: tuple[str, ...], config: Path) -> None:
    """So that nobody has to look a key up in the code."""
    value: Any = read_configuration(config, load_hooks(DOMAIN, config)).domain.settings
    for step in key:
        value = value[step]
    text = config.read_text(encoding="utf-8")
    assert re.search(rf"(?m)(^|[{{ ,]){re.escape(key[-1])}:[ \n]", text)
    assert value is not None


def test_the_names_of_the_file_are_asked(config: Path) -> None:
    hooks = load_hooks(DOMAIN, config)
    settings = read_configuration(config, hooks).domain.settings
    row = {"月度": 202411, "业务类型": "企年受托", "计划类型": "单一计划", "计划代码": "Z1", "计划名称": None}
    batch = make_batch({name: [value] for name, value in {**row, "客户名称": "远澜示例股份有限公司-已转出"}.items()})
    assert hooks.transform(batch, RunContext(DOMAIN, settings)).columns["company_id"] == ["600001002"]


def test_every_note_of_the_domain_is_on_the_page() -> None:
    source = Path(__file__).parents[2] / "plugins" / "wdh_annuity"
    codes = {
        code for path in source.glob("*.py") for code in re.findall(r'Remark\(\s*"(\w+)"', path.read_text("utf-8"))
    }
    assert {code for code in codes if f"`{code}`" not in PAGE} <= {"default_plan_code", "default_portfolio_code"}
    assert len(codes) > 10
