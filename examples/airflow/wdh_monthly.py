"""Each month's workbooks into the warehouse, by Airflow 3: a task runs ``wdh-run``, whose exit code says what follows.

The task asks for ``wdh-run`` on the PATH of the worker, and for the variables of wdh in its environment: the warehouse,
WDH_DATA_SOURCES_CONFIG, WDH_DATA_BASE_DIR.
"""

import signal
import subprocess
from datetime import timedelta

import pendulum
from airflow.sdk import Param, dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

DOMAINS = ("annuity_performance", "annuity_income")
RETRIED = (4, 5)  # the database refused or was lost; after 1, 2 and 3 somebody has to mend something first


@dag(
    schedule="0 6 5 * *",  # the month before, as deploy/run-monthly has it
    start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=1,  # one after the other, as domains may share tables; one that fails stops no other
    params={"month": Param(None, type=["null", "string"], description="Such as 2024-11; else the month before.")},
)
def wdh_monthly():
    @task(retries=3, retry_delay=timedelta(minutes=15))
    def load(domain, dag_run=None, params=None):
        day = dag_run.logical_date or dag_run.run_after
        month = params["month"] or (day.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
        # --skip-unchanged: after 5 all may be there already.
        command = ["wdh-run", "--domain", domain, "--period", month, "--execute", "--skip-unchanged"]
        code = run(command)
        if code in RETRIED:
            raise AirflowException(f"wdh-run ended with {code}: it may go well later")
        if code != 0:
            raise AirflowFailException(f"wdh-run ended with {code}: somebody has to mend something, see the log")

    for domain in DOMAINS:
        load.override(task_id=domain)(domain)


def run(command):
    """Run a command. If the task is ended, end it as by Ctrl-C: it is rolled back."""
    with subprocess.Popen(command) as process:
        try:
            return process.wait()
        except BaseException:
            process.send_signal(signal.SIGINT)
            raise


wdh_monthly()
