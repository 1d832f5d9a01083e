"""docs/migrating.md: its Python runs as it stands, and its table of values is what happens."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import wdh
from wdh.engine.run_config import build_run_config

PAGE = (Path(__file__).parents[2] / "docs/migrating.md").read_text(encoding="utf-8")
TABLES = """
CREATE TABLE "年金计划" ("年金计划号" text, "计划全称" text);
INSERT INTO "年金计划" VALUES ('P0290', NULL);
CREATE TABLE "规模明细" ("月度" date, "计划代码" text, "期末资产规模" numeric(20,4), "附注" jsonb);
INSERT INTO "规模明细" VALUES ('2024-11-01', 'P0290', 1), ('2024-11-01', 'P0290', 2), ('2024-10-01', 'P0290', 3)
"""


def test_the_calls_on_the_page_do_what_it_says(database: Any) -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    database.execute(TABLES)
    with database.connect() as connection:
        exec(compile(block, "docs/migrating.md", "exec"), {"conn": connection})  # noqa: S102 - the page's own lines
        connection.rollback()
    assert database.rows('SELECT * FROM "年金计划" ORDER BY 1') == [("P0290", "示例一号"), ("P0807", None)]
    assert database.rows('SELECT "月度"::text, "期末资产规模"::text, "附注" FROM "规模明细" ORDER BY 1') == [
        ("2024-10-01", "3.0000", None),
        ("2024-11-01", "10936191575.2100", {"来源": ["终稿"]}),
    ]


def test_the_keys_of_the_run_configuration_are_those_on_the_page(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WDH_DATA_SOURCES_CONFIG", raising=False)
    rows = re.findall(r"^\| `(\w+_op)` \| (.*) \|$", PAGE, re.MULTILINE)
    listed = {op: re.findall(r"`(\w+)`", re.sub(r":.*", "", keys)) for op, keys in rows}
    ops = build_run_config(object())["ops"]
    assert listed == {op: list(ops[op]["config"]) for op in ops}


def test_the_exceptions_on_the_page_are_there() -> None:
    for name in re.findall(r"`wdh\.(\w+)`", PAGE):
        assert hasattr(wdh, name)
