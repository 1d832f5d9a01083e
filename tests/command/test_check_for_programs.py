"""``wdh check --output json``: every fault with its place, its kind and what was probably meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from support.contracts import breaches

from wdh.command.main import main
from wdh.configuration import find_faults
from wdh.report.check import check_document

FAULTY = Path(__file__).parents[1] / "configuration" / "faulty"
SOURCES = """\
domains:
  shops:
    patern: x
    table: 店铺
    pk: [月度, 店铺代碼]
    select: latest_by_mtim
    columns:
      月度: month
      店铺代码: {kind: code, width: 4}
      数量: [1]
plugins:
  priod_lock: {}
"""


def check(*arguments: str, code: int) -> Any:
    ended = CliRunner().invoke(main, ["check", "--output", "json", *arguments])
    assert ended.exit_code == code, ended.stderr
    found = json.loads(ended.stdout)
    assert breaches("check", found) == []
    return found


def test_every_fault_has_its_place_its_kind_and_what_was_meant(tmp_path: Path) -> None:
    path = tmp_path / "data_sources.yml"
    path.write_text(SOURCES, encoding="utf-8")
    found = check("--config", str(path), code=2)
    assert found["file"] == str(path)
    assert {fault["file"] for fault in found["faults"]} == {str(path)}
    named = [
        (fault["line"], fault["column"], fault["path"], fault["code"], fault["did_you_mean"])
        for fault in found["faults"]
    ]
    assert named == [
        (3, 5, "domains.shops.patern", "unknown_key", "pattern"),
        (5, 14, "domains.shops.pk[1]", "unknown_name", "店铺代码"),
        (6, 13, "domains.shops.select", "unknown_value", "latest_by_mtime"),
        (10, 7, "domains.shops.columns.数量", "wrong_type", None),
        (12, 3, "plugins.priod_lock", "unknown_name", "period_lock"),
    ]


def test_a_file_without_faults_ends_with_0(tmp_path: Path) -> None:
    path = tmp_path / "data_sources.yml"
    lines = SOURCES.replace("patern", "pattern").replace("代碼", "代码").replace("mtim\n", "mtime\n").splitlines()
    path.write_text("\n".join(lines[:9]), encoding="utf-8")
    assert check("--config", str(path), code=0) == {"wdh_check": 1, "file": str(path), "faults": [], "cautions": []}


def test_a_file_that_cannot_be_read_is_one_fault(tmp_path: Path) -> None:
    path = tmp_path / "data_sources.yml"
    (absent,) = check("--config", str(path), code=2)["faults"]
    assert (absent["code"], absent["line"]) == ("not_readable", None)
    assert absent["message"].startswith(f"the configuration {path} does not exist")
    path.write_text("domains: [", encoding="utf-8")
    (open_bracket,) = check("--config", str(path), code=2)["faults"]
    assert (open_bracket["code"], open_bracket["file"]) == ("not_readable", str(path))
    assert open_bracket["line"] == 1


def test_all_faulty_configurations_keep_the_contract() -> None:
    codes = set()
    for path in sorted(FAULTY.glob("*.yml")):
        found = check_document(path, find_faults(path), ["a caution about no file"])
        assert breaches("check", found) == []
        codes |= {fault["code"] for fault in found["faults"]}
    kinds = {"unknown_key", "missing_key", "wrong_type", "unknown_value", "wrong_value", "unknown_name"}
    assert codes == {*kinds, "not_readable", "rule"}
