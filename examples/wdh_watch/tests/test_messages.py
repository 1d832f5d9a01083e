"""What the service is told: by the laws of every plugin, and of a run that loaded, was vetoed, or failed."""

import pytest
from wdh_watch.messages import run_failed, run_finished

from wdh.testing import PluginCase, PluginConformance

REPORT = {
    "executed": True,
    "unchanged_since": None,
    "run_id": "5b6c",
    "vetoes": [],
    "facts": {"loaded": True, "inserted": 3, "vetoed": []},
}


class TestConformance(PluginConformance):
    plugin = "messages"

    @pytest.fixture(autouse=True)
    def running(self, service):
        self.cases = (PluginCase("a service that is there", settings={"url": service.url}),)


def test_a_run_that_loaded_a_vetoed_one_and_a_plan_are_told_apart(service):
    vetoed = REPORT | {"vetoes": ["closed"], "facts": {"loaded": False, "inserted": None, "vetoed": ["closed"]}}
    for report in (REPORT, vetoed, REPORT | {"executed": False}):
        run_finished("expenses", report, {"url": service.url})
    assert [message["ended"] for message in service.messages] == ["loaded", "not loaded", "planned"]
    assert service.messages[1]["vetoes"] == ["closed"]


def test_a_failed_run_is_told_with_its_exit_code(service):
    run_failed("expenses", {"kind": "DataError", "message": "B7: #REF!", "facts": {}}, 3, {"url": service.url})
    assert service.messages == [{"domain": "expenses", "ended": "failed", "exit_code": 3, "message": "B7: #REF!"}]


def test_a_service_that_is_not_there_raises_and_wdh_tells_the_operator():
    with pytest.raises(ConnectionRefusedError):
        run_failed("expenses", {"message": "x"}, 3, {"url": "http://127.0.0.1:1/runs"})
