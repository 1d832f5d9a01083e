"""A command over many months does what is left of it when it is given again, and nothing that is there already."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.campaigns import FILES, command, contents, make_campaign, months_of, write_month
from support.workspaces import Workspace

from wdh.command.run import main as job
from wdh.testing.database import Database

pytestmark = pytest.mark.once

MONTHS = 3
JANUARY, FEBRUARY, MARCH = months_of(MONTHS)


@pytest.fixture
def campaign(tmp_path: Path, database: Database) -> Workspace:
    """Two domains of three months each, of which all are loaded."""
    workspace = make_campaign(tmp_path / "data", database, months=MONTHS)
    ended = workspace.run(job, *command(workspace))
    assert ended.code == 0, ended.err
    return workspace


@pytest.fixture
def sales(tmp_path: Path, database: Database) -> Workspace:
    """Two domains, of which the three months of one are loaded."""
    workspace = make_campaign(tmp_path / "data", database, months=MONTHS)
    load_sales(workspace)
    return workspace


def load_sales(workspace: Workspace) -> None:
    """Load all months of sales, each in a transaction of its own."""
    ended = workspace.job("sales", "--period", f"{JANUARY}:2024-12", "--commit", "each", "--execute")
    assert ended.code == 0, ended.err


def states(out: str) -> dict[str, str]:
    """Give the state of each run, by its name in the table at the end."""
    found = (line.split() for line in out.splitlines() if line.strip().startswith(("sales 2023", "stock 2023")))
    return {f"{domain} {month}": " ".join(rest) for domain, month, *rest in found}


def january(campaign: Workspace, *more: str) -> dict[str, Any]:
    """Load January of sales again, unless it is passed over; give the report."""
    words = ["--domain", "sales", "--period", JANUARY, "--execute", "--skip-unchanged", "--output", "json", *more]
    places = ["--config", str(campaign.config), "--data-dir", str(campaign.folder)]
    return campaign.run(job, *words, *places).report


def test_a_command_that_is_given_again_passes_over_all_that_is_there(campaign: Workspace) -> None:
    before = contents(campaign.database)
    ended = campaign.run(job, *command(campaign))
    assert ended.code == 0, ended.err
    assert states(ended.out) == {f"{name} {month}": "unchanged 0" for name in FILES for month in months_of(MONTHS)}
    assert contents(campaign.database) == before


def test_what_is_there_is_loaded_again_where_the_command_says_so(campaign: Workspace) -> None:
    ended = campaign.run(job, *command(campaign, "--no-skip-unchanged"))
    assert ended.code == 0, ended.err
    assert {state.split()[0] for state in states(ended.out).values()} == {"committed"}
    assert campaign.database.rows("SELECT count(*) FROM wdh_runs") == [(4 * MONTHS,)]


def test_a_month_before_the_latest_one_is_passed_over(sales: Workspace) -> None:
    """Only the latest run of the domain was asked, once, so that January was loaded again after February."""
    assert january(sales)["unchanged_since"] is not None


def test_what_came_or_changed_is_loaded_and_the_rest_is_passed_over(campaign: Workspace) -> None:
    write_month(campaign.folder, "sales", FEBRUARY, seed="corrected")
    write_month(campaign.folder, "stock", "2023-04")
    ended = campaign.run(job, *command(campaign))
    assert ended.code == 0, ended.err
    loaded = {name for name, state in states(ended.out).items() if state.startswith("committed")}
    assert loaded == {"sales 2023-02", "stock 2023-04"}


def test_a_failed_month_keeps_none_of_the_others_and_the_end_says_how_to_go_on(
    tmp_path: Path, database: Database
) -> None:
    workspace = make_campaign(tmp_path / "data", database, months=MONTHS)
    good = (workspace.folder / "销售202302.csv").read_bytes()
    (workspace.folder / "销售202302.csv").write_text("店号,金额\n0001,many\n", encoding="utf-8")
    for path in workspace.folder.glob("库存*"):
        path.rename(path.with_suffix(".txt"))
    ended = workspace.run(job, *command(workspace, "--keep-going", "--no-skip-unchanged"))
    assert ended.code == 2
    assert states(ended.out) == {
        "sales 2023-01": "committed 12 12 0",
        "sales 2023-02": "failed 3",
        "sales 2023-03": "committed 12 12 0",
    }
    told = " ".join(ended.out.split())
    assert "2 of 4 runs are done" in told
    assert "stock failed 2" in told
    assert "committed: 2, failed: 2" in told
    again = ended.out.splitlines()[-1].split()
    assert again[-2:] == ["--execute", "--keep-going"], "without --no-skip-unchanged, which would load all again"
    (workspace.folder / "销售202302.csv").write_bytes(good)
    for path in workspace.folder.glob("库存*"):
        path.rename(path.with_suffix(".csv"))
    ended = workspace.run(job, *again[again.index("--domains") :])
    assert ended.code == 0, ended.err
    assert {state.split()[0] for name, state in states(ended.out).items() if name != "sales 2023-02"} == {
        "unchanged",
        "committed",
    }
    other = workspace.database
    model = Workspace(workspace.folder, other)
    assert contents(model.database)["wdh_runs"] == [
        (domain, month, 12) for domain in FILES for month in months_of(MONTHS)
    ]


def test_no_password_is_in_the_command_that_goes_on(tmp_path: Path, database: Database) -> None:
    workspace = make_campaign(tmp_path / "data", database, months=1)
    for language in ("en", "zh"):
        ended = workspace.run(
            job, *command(workspace, "--dsn", "postgresql://chen:not-to-be-seen@127.0.0.1:1/none", "--lang", language)
        )
        assert ended.code == 2
        assert "not-to-be-seen" not in ended.out + ended.err
        assert "://***@127.0.0.1:1/none" in ended.out


def another_domain(scope: str) -> Callable[[Workspace], None]:
    """Load facts of February into the table of sales by another domain, which replaces by ``scope``."""

    def load(campaign: Workspace) -> None:
        add_domain(campaign, "销售", scope=scope)
        (campaign.folder / "别202302.csv").write_text("店号,金额\n0010,1.00\n", encoding="utf-8")
        run(campaign, "other", "--accept", "shrink")

    return load


def add_domain(campaign: Workspace, table: str, *, scope: str) -> None:
    campaign.add(
        "  other:\n    pattern: '别(?P<year>20\\d\\d)(?P<month>\\d\\d)\\.csv$'\n"
        "    constants: {月度: {file: '(?P<value>20\\d{4})'}}\n"
        f"    table: {table}\n    pk: [{scope}]\n"
        "    columns: {月度: {kind: month, required: true}, 店号: {kind: code, width: 4}, 金额: amount}\n"
    )


def run(campaign: Workspace, domain: str, *more: str) -> None:
    ended = campaign.job(domain, "--execute", *more)
    assert ended.code == 0, ended.err


def load_shops(campaign: Workspace) -> None:
    """Load the shops as facts of a domain of their own, which replaces some of them."""
    campaign.add(
        "  shops:\n    pattern: '店\\.csv$'\n    table: 店铺\n    pk: [店号]\n    columns: {店号: code, 店名: text}\n"
    )
    (campaign.folder / "店.csv").write_text("店号,店名\n9001,新\n", encoding="utf-8")
    run(campaign, "shops")


def correct(campaign: Workspace) -> None:
    """Load a correction of January, and put the first delivery back."""
    before = (campaign.folder / "销售202301.csv").read_bytes()
    write_month(campaign.folder, "sales", JANUARY, seed="corrected")
    run(campaign, "sales", "--period", JANUARY)
    (campaign.folder / "销售202301.csv").write_bytes(before)


def forget_places(campaign: Workspace, where: str = "true") -> None:
    """Make rows of the ledger as an earlier wdh wrote them."""
    without = "(SELECT jsonb_agg(f - '{period,path,version,size}'::text[]) FROM jsonb_array_elements(files) e(f))"
    campaign.database.execute(f"UPDATE wdh_runs SET files = {without} WHERE {where}")


def load_by_an_earlier_wdh(campaign: Workspace) -> None:
    """Load another month, of which the ledger does not say which it was."""
    run(campaign, "sales", "--period", MARCH, "--no-skip-unchanged")
    forget_places(campaign, "committed_at = (SELECT max(committed_at) FROM wdh_runs)")


OVERTAKEN: dict[str, Callable[[Workspace], None]] = {
    "a correction of the month": correct,
    "the month was appended to": lambda campaign: run(campaign, "sales", "--period", JANUARY, "--mode", "append"),
    "the month without facts": lambda campaign: run(campaign, "sales", "--period", JANUARY, "--skip-facts"),
    "another month, replaced by shops": lambda campaign: run(campaign, "sales", "--period", FEBRUARY, "--pk", "店号"),
    "another domain, which replaces shops in the same table": another_domain("店号"),
    "the shared references are facts of another domain": load_shops,
    "a ledger of an earlier wdh": forget_places,
    "another month, loaded by an earlier wdh": load_by_an_earlier_wdh,
}


@pytest.mark.parametrize("later", OVERTAKEN.values(), ids=OVERTAKEN)
def test_a_later_run_that_may_have_changed_the_month_leaves_it_in_doubt(
    sales: Workspace, later: Callable[[Workspace], None]
) -> None:
    later(sales)
    assert january(sales)["executed"]
    assert january(sales)["unchanged_since"] is not None


def test_a_later_run_into_a_part_of_the_table_leaves_the_month_in_doubt(tmp_path: Path, database: Database) -> None:
    workspace = make_campaign(tmp_path / "data", database, months=2)
    database.execute(
        'ALTER TABLE "销售" RENAME TO whole; CREATE TABLE "销售" (LIKE whole) PARTITION BY LIST ("月度");'
        "CREATE TABLE part PARTITION OF \"销售\" FOR VALUES IN ('2023-01-01'); "
        'CREATE TABLE others PARTITION OF "销售" DEFAULT'
    )
    load_sales(workspace)
    add_domain(workspace, "part", scope="月度")
    (workspace.folder / "别202301.csv").write_text("店号,金额\n0010,1.00\n", encoding="utf-8")
    run(workspace, "other", "--accept", "shrink")
    assert january(workspace)["executed"]


APART: dict[str, Callable[[Workspace], None]] = {
    "another month": lambda campaign: run(campaign, "sales", "--period", MARCH, "--no-skip-unchanged"),
    "another month, appended": lambda campaign: run(campaign, "sales", "--period", MARCH, "--mode", "append"),
    "another domain, which replaces other months of the same table": another_domain("月度"),
    "another domain with the same references": lambda campaign: run(campaign, "stock", "--period", JANUARY),
}


@pytest.mark.parametrize("later", APART.values(), ids=APART)
def test_a_later_run_that_cannot_have_changed_the_month_is_no_reason(
    sales: Workspace, later: Callable[[Workspace], None]
) -> None:
    later(sales)
    assert january(sales)["unchanged_since"] is not None


def test_the_ledger_says_which_file_it_was(sales: Workspace) -> None:
    ((files,),) = sales.database.rows(
        "SELECT files FROM wdh_runs WHERE domain = 'sales' ORDER BY committed_at DESC LIMIT 1"
    )
    path = sales.folder / "销售202303.csv"
    found = {key: files[0][key] for key in ("period", "path", "version", "size")}
    assert found == {"period": MARCH, "path": path.name, "version": None, "size": path.stat().st_size}
    shown = sales.tool("history", "--output", "json").out
    assert json.loads(shown)[0]["files"][0]["period"] == MARCH
