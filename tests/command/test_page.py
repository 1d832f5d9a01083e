"""Pages as commands write them: report.html beside report.json, that of an approval, and those of the history."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

VALUE = "<script>alert(1)</script>"


def english(path: Path) -> str:
    """Give the text of a page as somebody reads it in English."""
    page = re.sub(r"(?s)<(style|script)>.*?</\1>|<span lang=\"zh\">.*?</span>", "", path.read_text(encoding="utf-8"))
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", page)).split())


def spoil(workspace: Any) -> None:
    path = next(workspace.folder.rglob("2024年11月*.xlsx"))
    book = load_workbook(path)
    cells = [cell for row in book["规模明细"].iter_rows() for cell in row]
    header = next(cell for cell in cells if cell.value == "期末资产规模")
    header.offset(row=20).value = VALUE
    book.save(path)


def test_a_run_leaves_a_page_with_the_runs_before_it(workspace: Any, tmp_path: Path) -> None:
    first = workspace.job("--execute", "--period", "2024-10")
    assert first.code == 0, first.err
    spoil(workspace)
    done = workspace.job(
        *("--execute", "--period", "2024-11", "--max-rejects", "1", "--report-dir", str(tmp_path / "report"))
    )
    assert done.code == 0, done.err
    document = json.loads((tmp_path / "report" / "report.json").read_text())
    said = english(tmp_path / "report" / "report.html")
    assert f"{document['facts']['inserted']} facts of 1 workbook are in the warehouse." in said
    assert "1 row is missing" in said
    assert VALUE in said
    assert VALUE not in (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    months = said.partition("Months, the latest first")[2]
    assert re.search(r"2024-11 .* this run 2024-10 ", months)
    assert [stage["name"] for stage in document["stages"]] == ["prepare", "read", "plan", "apply"]
    assert sum(stage["seconds"] for stage in document["stages"]) <= document["seconds"] + 0.005
    assert all(step["seconds"] is not None for step in document["steps"])


def test_a_forecast_shows_the_ledger_and_a_plan_needs_no_database(workspace: Any, tmp_path: Path) -> None:
    assert workspace.job("--execute", "--period", "2024-10").code == 0
    for name, flags in (("plan", ()), ("forecast", ("--forecast",))):
        done = workspace.job("--period", "2024-11", *flags, "--report-dir", str(tmp_path / name))
        assert done.code == 0, done.err
    plan, forecast = (english(tmp_path / name / "report.html") for name in ("plan", "forecast"))
    assert "the warehouse was not asked what that would change" in plan
    assert "2024-10 " not in plan
    assert re.search(r"2024-11 .* this run 2024-10 ", forecast.partition("Months, the latest first")[2])


def test_a_failed_run_leaves_a_page_with_its_rejects(workspace: Any, tmp_path: Path) -> None:
    spoil(workspace)
    assert workspace.job("--report-dir", str(tmp_path)).code == 3
    said = english(tmp_path / "report.html")
    assert "The run failed. Nothing of it is in the warehouse." in said
    assert "not a number not_a_number 期末资产规模" in said


def test_withheld_values_are_in_no_page(workspace: Any, tmp_path: Path) -> None:
    assert workspace.job("--execute", "--period", "2024-10").code == 0
    spoil(workspace)
    flags = ("--execute", "--period", "2024-11", "--max-rejects", "1", "--withhold-values")
    assert workspace.job(*flags, "--report-dir", str(tmp_path)).code == 0
    said = english(tmp_path / "report.html")
    assert "alert(1)" not in said
    assert "Month by month" not in said
    assert "not_a_number" in said
    names = [name for (name,) in workspace.database.rows('SELECT DISTINCT "客户名称" FROM "规模明细"')]
    assert len(names) > 10
    assert [name for name in names if name in said] == []


def test_a_plan_that_is_to_be_approved_is_a_page(workspace: Any, tmp_path: Path) -> None:
    plan, page = tmp_path / "plan.json", tmp_path / "plan.html"
    assert workspace.job("--plan-out", str(plan)).code == 0
    shown = workspace.tool("plan", "show", str(plan), "--html", str(page))
    assert (shown.code, f"written: {page}" in shown.err) == (0, True), shown.err
    said = english(page)
    assert json.loads(plan.read_text())["id"] in said
    assert f"--approved {plan}" in said
    assert page.stat().st_mode & 0o777 == 0o600
    page.unlink()
    page.mkdir()
    refused = workspace.tool("plan", "show", str(plan), "--html", str(page))
    assert refused.code == 2


def test_the_history_is_an_index_with_a_page_for_each_run(workspace: Any, tmp_path: Path) -> None:
    for month in ("2024-10", "2024-11"):
        assert workspace.job("--execute", "--period", month).code == 0
    folder = tmp_path / "history"
    done = workspace.tool("history", "--html", str(folder), "--output", "json", "--config", str(workspace.config))
    assert done.code == 0, done.err
    runs = [run["run_id"] for run in json.loads(done.out)]
    assert {path.name for path in folder.iterdir()} == {"index.html", *(f"{run}.html" for run in runs)}
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'href="([0-9a-f-]+)\.html"', index) == runs
    assert re.search(r"2024-11 .* this run 2024-10 ", english(folder / f"{runs[0]}.html"))
    assert "2024-11" not in english(folder / f"{runs[1]}.html").partition("Months, the latest first")[2]


def test_a_history_without_runs_has_its_page_too(bare_workspace: Any, tmp_path: Path) -> None:
    done = bare_workspace.tool("history", "--html", str(tmp_path), "--config", str(bare_workspace.config))
    assert done.code == 0, done.err
    assert [path.name for path in tmp_path.glob("*.html")] == ["index.html"]


def test_a_page_that_cannot_be_made_costs_no_run_its_report(workspace: Any, tmp_path: Path, monkeypatch: Any) -> None:
    def fail(*_: object, **__: object) -> bytes:
        raise RuntimeError

    monkeypatch.setattr("wdh.page.render_run", fail)
    done = workspace.job("--execute", "--report-dir", str(tmp_path))
    assert (done.code, "report.html could not be made: RuntimeError." in done.err) == (0, True)
    assert json.loads((tmp_path / "report.json").read_text())["executed"] is True
