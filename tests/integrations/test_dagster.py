"""Domains as assets of Dagster, and the job of earlier deployments, executed in process on a real server."""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
import threading
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from psycopg2.extensions import make_dsn

dagster = pytest.importorskip("dagster", reason="Dagster is not installed; the extra test_orchestrators has it")

from integrations.conftest import Office, deaf_after_commit  # noqa: E402
from support.secrecy import SECRET, traces  # noqa: E402

import wdh  # noqa: E402 - nothing of it is imported where Dagster is not
from wdh.errors import SetupError  # noqa: E402
from wdh.integrations.dagster import build_definitions  # noqa: E402
from wdh.integrations.dagster.deployment import find_deployment, name_pools, read_domains  # noqa: E402
from wdh.integrations.dagster.keys import write_name, write_reference  # noqa: E402

pytestmark = [
    pytest.mark.once,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:dagster"),  # of the library for itself
]

QUICK = dagster.RetryPolicy(max_retries=2, delay=0)
DOMAIN = write_name("门店销售")
SHOPS = dagster.AssetKey([DOMAIN, write_name("店铺")])
FACTS = dagster.AssetKey([DOMAIN, "facts"])


@pytest.fixture
def instance() -> Iterator[Any]:
    """An instance of Dagster that forgets all."""
    with dagster.DagsterInstance.ephemeral() as made:
        yield made


def definitions(office: Office, **more: Any) -> Any:
    return build_definitions(office.config, start="2024-09", report_dir=office.folder / "reports", **more)


def load(office: Office, instance: Any, *, domain: str = DOMAIN, config: Any = None, **more: Any) -> Any:
    """Run the job of a domain for November 2024; give the result, failed or not."""
    selected = more.pop("selected", None)
    job = definitions(office, **{"retries": QUICK, **more}).resolve_job_def(f"{domain}_month")
    settings = {} if config is None else {"ops": {f"load_{domain}": {"config": config}}}
    return job.execute_in_process(
        partition_key="2024-11", instance=instance, raise_on_error=False, run_config=settings, asset_selection=selected
    )


def materialized(result: Any) -> dict[str, dict[str, Any]]:
    """Give the metadata of what was materialized, by the last part of its key."""
    return {
        event.asset_key.path[-1]: {name: value.value for name, value in event.materialization.metadata.items()}
        for event in result.get_asset_materialization_events()
    }


def checks(result: Any) -> dict[str, tuple[bool, str]]:
    """Give the checks that were evaluated: whether they passed, and how grave it is if not."""
    return {check.check_name: (check.passed, check.severity.value) for check in result.get_asset_check_evaluations()}


def failures(result: Any) -> list[tuple[str, int]]:
    """Give the description and the exit code of the failure of each try."""
    kinds = ("STEP_FAILURE", "STEP_UP_FOR_RETRY")
    found = [event.event_specific_data for event in result.all_events if event.event_type_value in kinds]
    said = [(data.error.cause or data.error).message for data in found]
    return [(text, int(re.search(r"exit code (\d+)", text)[1])) for text in said]  # type: ignore[index]


def test_a_month_is_loaded_and_told_by_its_report(office: Office, instance: Any) -> None:
    result = load(office, instance)
    assert result.success
    (run_id,) = office.database.rows("SELECT run_id::text FROM wdh_runs")[0]
    found = materialized(result)
    assert found.keys() == {SHOPS.path[-1], "facts"}
    assert found["facts"]["inserted"] == office.facts() == 2
    assert found["facts"]["sum of 金额"] == 30.5
    assert found["facts"]["periods"] == [{"period": "2024-11-01", "facts": 2, "sums": {"金额": "30.5"}}]
    assert found["facts"]["dagster/partition_row_count"] == 2
    assert (found[SHOPS.path[-1]]["inserted"], found[SHOPS.path[-1]]["dagster/row_count"]) == (2, 2)
    for each in found.values():
        assert each["run_id"] == run_id
        assert each["workbooks"] == ["2024年11月销售.xlsx"]
        assert each["report"] == str(office.folder / "reports" / DOMAIN / "2024-11" / "report.html")
    assert (office.folder / "reports" / DOMAIN / "2024-11" / "report.html").exists()
    assert checks(result) == dict.fromkeys(("no_rejects", "control_totals", "nothing_left_behind"), (True, "ERROR"))
    assert instance.get_materialized_partitions(FACTS) == {"2024-11"}
    again = materialized(load(office, instance))["facts"]
    assert (again["deleted"], again["inserted"], office.facts()) == (2, 2, 2)


def test_the_log_of_the_run_is_in_the_log_of_dagster(
    office: Office, instance: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    load(office, instance)
    assert re.search(r"INFO .* workbook_read file=2024年11月销售.xlsx", capfd.readouterr().err)


def test_a_month_without_a_workbook_fails_at_once(office: Office, instance: Any) -> None:
    job = definitions(office, retries=QUICK).resolve_job_def(f"{DOMAIN}_month")
    result = job.execute_in_process(partition_key="2024-10", instance=instance, raise_on_error=False)
    ((said, code),) = failures(result)
    assert code == 2
    assert "2024-10" in said


def test_rejects_fail_the_run_and_the_check_at_once(office: Office, instance: Any) -> None:
    office.write_sales([202411, "0003", "北店", "many"])
    result = load(office, instance)
    assert [code for _, code in failures(result)] == [3]
    assert checks(result) == {"no_rejects": (False, "ERROR")}
    (evaluation,) = result.get_asset_check_evaluations()
    assert evaluation.metadata["found"].value[0]["cell"] == "D4"
    assert "many" not in str(evaluation.metadata)
    assert office.facts() == 0


def test_rejects_that_are_allowed_this_once_warn(office: Office, instance: Any) -> None:
    office.write_sales([202411, "0003", "北店", "many"])
    result = load(office, instance, config={"max_rejects": "1"})
    assert result.success
    assert checks(result)["no_rejects"] == (False, "WARN")
    assert materialized(result)["facts"]["rejected"] == 1
    assert office.facts() == 2


def test_a_total_that_differs_fails_its_check(office: Office, instance: Any) -> None:
    office.write_sales(["合计", None, None, 31])
    assert checks(load(office, instance))["control_totals"] == (False, "WARN")
    office.write_sales(["合计", None, None, 30.5])
    assert checks(load(office, instance))["control_totals"] == (True, "ERROR")


def test_a_total_that_is_refused_fails_its_check_and_the_run(office: Office, instance: Any) -> None:
    text = office.config.read_text(encoding="utf-8")
    office.config.write_text(text.replace("[合计]", "{words: [合计], verify: refuse}"), encoding="utf-8")
    office.write_sales(["合计", None, None, 31])
    result = load(office, instance)
    assert [code for _, code in failures(result)] == [3]
    assert checks(result) == {"control_totals": (False, "ERROR")}


def test_facts_that_a_delivery_leaves_behind_fail_their_check(office: Office, instance: Any) -> None:
    domain = "returns"
    office.database.execute(
        """INSERT INTO "店铺" VALUES ('0009'); INSERT INTO returns VALUES ('2024-11-01', '0009', 1)"""
    )
    assert checks(load(office, instance, domain=domain))["nothing_left_behind"] == (False, "WARN")


def test_a_guard_stops_a_run_until_it_is_accepted(office: Office, instance: Any) -> None:
    text = office.config.read_text(encoding="utf-8")
    guards = "    guards: {deletes: 1}\n    totals:"
    office.config.write_text(text.replace("    totals:", guards), encoding="utf-8")
    assert load(office, instance).success
    assert [code for _, code in failures(load(office, instance))] == [3]
    assert load(office, instance, config={"accept": ["deletes"]}).success


def test_references_alone_are_loaded_and_the_facts_skipped(office: Office, instance: Any) -> None:
    result = load(office, instance, selected=[SHOPS])
    assert result.success
    assert materialized(result).keys() == {SHOPS.path[-1]}
    assert checks(result) == {}
    assert office.facts() == 0
    assert office.facts("店铺") == 2


def test_facts_without_their_references_are_refused(office: Office, instance: Any) -> None:
    result = load(office, instance, selected=[FACTS])
    assert not result.success
    assert office.facts("店铺") == 0
    (failed,) = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    assert "select all assets of the domain" in failed.event_specific_data.user_failure_data.description


def test_a_lock_that_somebody_holds_is_tried_again_until_it_is_free(office: Office, instance: Any) -> None:
    """The first try ends with 55P03 and exit code 4; the lock is given back when Dagster says that it tries again."""
    with office.database.connect() as other, other.cursor() as cursor:
        cursor.execute('LOCK TABLE "门店销售"')
        watch = _when_tried_again(instance, other.rollback)
        result = load(office, instance, flags=("--lock-timeout", "1s"))
        watch.join()
    assert result.success
    tries = failures(result)
    assert tries
    assert all(code == 4 and "lock" in said for said, code in tries)
    assert office.facts() == 2


def _when_tried_again(instance: Any, act: Any) -> threading.Thread:
    retried = threading.Event()
    store = instance.event_log_storage.store_event

    def notice(event: Any) -> None:
        store(event)
        if event.dagster_event is not None and event.dagster_event.event_type_value == "STEP_UP_FOR_RETRY":
            retried.set()

    instance.event_log_storage.store_event = notice
    thread = threading.Thread(target=lambda: (retried.wait(60), act()))
    thread.start()
    return thread


def test_a_run_whose_outcome_is_unknown_is_not_loaded_twice(
    office: Office, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is cut after COMMIT was obeyed: exit code 5, and the second try finds that all is there."""
    with deaf_after_commit(office.database) as dsn:
        monkeypatch.setenv("WDH_DATABASE__URI", dsn)
        result = load(office, instance, flags=("--mode", "append"))
    assert [code for _, code in failures(result)] == [5]
    assert result.success
    assert office.facts() == 2
    assert office.runs() == 1
    (run_id,) = office.database.rows("SELECT run_id::text FROM wdh_runs")[0]
    assert {each["unchanged_since"] for each in materialized(result).values()} == {run_id}


def test_tries_end(office: Office, instance: Any) -> None:
    office.database.execute("CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM "
        "pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$; "
        'CREATE TRIGGER gone BEFORE INSERT ON "门店销售" FOR EACH ROW EXECUTE FUNCTION gone()')  # fmt: skip
    assert [code for _, code in failures(load(office, instance))] == [4, 4, 4]
    assert office.facts("店铺") == 0


def test_no_password_is_left_in_the_log_of_events(
    office: Office, instance: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither of a run that goes well nor of one that the server refuses."""
    place = {**office.database.parameters, "password": SECRET}
    monkeypatch.setenv("WDH_DATABASE__URI", make_dsn(**place))
    assert load(office, instance).success
    monkeypatch.setenv("WDH_DATABASE__URI", make_dsn(**{**place, "user": "nobody_here"}))
    assert not load(office, instance, retries=dagster.RetryPolicy(max_retries=0)).success
    monkeypatch.setenv("WDH_DATABASE__URI", f"postgresql://u:{SECRET}@h/d?sslmode=wrong")
    assert not load(office, instance).success
    logged = "".join(
        f"{record.event_log_entry!r}{record.event_log_entry.user_message}"
        for run in instance.get_runs()
        for record in instance.get_records_for_run(run.run_id).records
    )
    assert "warehouse" in logged
    written = b"".join(path.read_bytes() for path in (office.folder / "reports").rglob("*") if path.is_file())
    assert traces(logged.encode() + "".join(capfd.readouterr()).encode() + written) == []


def config_of(office: Office, **flags: Any) -> dict[str, Any]:
    return wdh.build_run_config(Namespace(domain="门店销售", config=office.config, **flags))


def run_ops(office: Office, instance: Any, config: Mapping[str, Any], **more: Any) -> Any:
    job = definitions(office, **{"retries": QUICK, **more}).resolve_job_def("wdh_job")
    return job.execute_in_process(run_config=config, instance=instance, raise_on_error=False)


def output_of(result: Any, op: str) -> dict[str, Any]:
    """Give the metadata of what an op gave."""
    (event,) = [
        event for event in result.all_events if event.event_type_value == "STEP_OUTPUT" and event.step_key == op
    ]
    return {name: value.value for name, value in event.event_specific_data.metadata.items()}


OPS = ("discover_files_op", "read_excel_op", "transform_op", "backfill_refs_op", "load_op")


def test_the_job_has_the_five_ops_in_the_order_of_the_data(office: Office) -> None:
    graph = definitions(office).resolve_job_def("wdh_job").graph
    assert {*graph.node_names()} == {*OPS}
    upstream = graph.dependency_structure.all_upstream_outputs_from_node
    before = {op: [output.node_name for output in upstream(op)] for op in OPS}
    assert before == {OPS[0]: [], **{OPS[place + 1]: [op] for place, op in enumerate(OPS[:-1])}}


def test_the_job_loads_by_the_run_configuration_of_earlier_deployments(office: Office, instance: Any) -> None:
    result = run_ops(office, instance, config_of(office, execute=True, backfill_refs="all"))
    assert result.success
    assert output_of(result, "discover_files_op")["workbooks"] == ["2024年11月销售.xlsx"]
    assert output_of(result, "read_excel_op")["data_rows"] == 2
    assert output_of(result, "transform_op")["facts"] == 2
    assert output_of(result, "backfill_refs_op")["candidates"] == {"店铺": 2}
    assert output_of(result, "load_op")["inserted"] == office.facts() == 2


@pytest.mark.parametrize(
    ("flags", "facts", "shops", "said"),
    [
        ({"plan_only": True, "backfill_refs": "all"}, 0, 0, "only planned"),
        ({"execute": True, "skip_facts": True}, 0, 0, "the facts are skipped, and no reference is asked for"),
        ({"execute": True, "skip_facts": True, "backfill_refs": "店铺"}, 0, 2, None),
    ],
)
def test_a_skip_is_an_early_return_of_the_last_op(
    office: Office, instance: Any, flags: dict[str, Any], facts: int, shops: int, said: str | None
) -> None:
    """All five ops end well. References that are asked for are backfilled in the last op, as all that writes."""
    result = run_ops(office, instance, config_of(office, **flags))
    assert result.success
    assert [event.step_key for event in result.all_events if event.event_type_value == "STEP_SUCCESS"] == [*OPS]
    assert output_of(result, "load_op").get("skipped") == said
    assert (office.facts(), office.facts("店铺")) == (facts, shops)


def test_the_job_tries_again_what_the_server_refused(office: Office, instance: Any) -> None:
    with office.database.connect() as other, other.cursor() as cursor:
        cursor.execute('LOCK TABLE "门店销售"')
        watch = _when_tried_again(instance, other.rollback)
        config = config_of(office, execute=True, backfill_refs="all")
        result = run_ops(office, instance, config, flags=("--lock-timeout", "1s"))
        watch.join()
    assert result.success
    assert {code for _, code in failures(result)} == {4}
    assert office.facts() == 2


def test_what_the_job_is_told_for_another_table_or_domain_is_refused(office: Office, instance: Any) -> None:
    config = config_of(office, execute=True)
    config["ops"]["load_op"]["config"]["table"] = "other"
    assert not run_ops(office, instance, config).success
    config["ops"]["discover_files_op"]["config"]["domain"] = "other"
    assert not run_ops(office, instance, config).success
    assert office.facts() == 0


def test_domains_that_share_a_table_have_one_pool(office: Office) -> None:
    domains = read_domains(find_deployment(office.config))
    assert name_pools(domains) == dict.fromkeys(("门店销售", "returns"), "wdh_returns")
    alone = {name: domains[name] for name in ["returns"]}
    assert name_pools(alone) == {"returns": "wdh_returns"}
    assert {asset.op.pool for asset in definitions(office).assets} == {"wdh_returns"}


def test_a_table_that_dagster_cannot_name_is_named_in_the_metadata(office: Office) -> None:
    graph = definitions(office).resolve_asset_graph()
    assert graph.get(SHOPS).metadata["dagster/table_name"] == "店铺"
    assert graph.get(FACTS).parent_keys == {SHOPS}


def test_a_schedule_loads_the_month_before(office: Office, instance: Any) -> None:
    schedule = definitions(office).resolve_schedule_def(f"{DOMAIN}_month_schedule")
    assert schedule.cron_schedule == "0 6 5 * *"
    now = datetime.datetime(2024, 12, 5, 6, tzinfo=datetime.timezone.utc)
    with dagster.build_schedule_context(instance=instance, scheduled_execution_time=now) as context:
        (request,) = schedule.evaluate_tick(context).run_requests
    assert request.partition_key == "2024-11"


def test_domains_that_are_not_there_and_flags_that_are_not_for_every_run_are_refused(office: Office) -> None:
    with pytest.raises(SetupError, match="did you mean 'returns'"):
        definitions(office, domains=["return"])
    with pytest.raises(SetupError, match="leave it out"):
        definitions(office, flags=["--period", "2024-11"])
    only = definitions(office, domains=["returns"])
    assert {key.path[0] for key in only.resolve_asset_graph().get_all_asset_keys()} == {"returns"}


NAMES = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1)
LIKELY = st.text(st.sampled_from("facts_u5年-."), min_size=1)


@given(st.lists(NAMES | LIKELY, unique=True))
@example(["年", "_u5e74_"])
@example(["facts", "facts_no_rejects", "facts_control_totals"])
def test_every_name_has_one_that_dagster_takes_and_no_two_have_the_same(names: Sequence[str]) -> None:
    for write in (write_name, write_reference):
        written = [write(name) for name in names]
        assert all(re.fullmatch("[A-Za-z0-9_]+", each) for each in written)
        assert len({*written}) == len(names)
    assert {write_reference(name) for name in names}.isdisjoint({"facts"})
    taken = {f"facts_{check}" for check in ("no_rejects", "control_totals", "nothing_left_behind")}
    assert taken.isdisjoint(map(write_reference, names))


def test_wdh_does_not_import_dagster_unasked() -> None:
    code = "import sys, wdh, wdh.integrations, wdh.integrations.job, wdh.command.run; print('dagster' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == "False\n"
