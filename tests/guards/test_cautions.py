"""``wdh check`` warns of a delete scope that depends on more than the sheet."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from wdh.command.main import main

ENTRY = """\
domains:
  annuity_performance:
    pattern: x
    table: 规模明细
    pk: [月度, 计划代码, company_id]
"""


@pytest.mark.parametrize(("more", "is_warned"), [("", True), ('    provisional: {company_id: "IN_*"}\n', False)])
def test_a_derived_column_of_pk_is_warned_of_unless_its_provisional_values_are_known(
    tmp_path: Path, more: str, is_warned: bool
) -> None:
    config = tmp_path / "data_sources.yml"
    config.write_text(ENTRY + more, encoding="utf-8")
    ended = CliRunner().invoke(main, ["check", "--config", str(config)])
    assert ended.exit_code == 0, ended.output
    assert ("data_sources.yml:5:20 domains.annuity_performance.pk[2]: company_id need not" in ended.output) == is_warned
    assert ended.output.endswith("no faults\n")


def test_a_declared_domain_and_another_pk_are_not_warned_of(tmp_path: Path) -> None:
    config = tmp_path / "data_sources.yml"
    config.write_text(ENTRY.replace("计划代码, company_id", "业务类型, 计划类型"), encoding="utf-8")
    ended = CliRunner().invoke(main, ["check", "--config", str(config)])
    assert (ended.exit_code, ended.output.count("\n")) == (0, 1)
