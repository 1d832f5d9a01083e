"""A plugin that sleeps does not hold a run up for ever: it is named, with its hook."""

from __future__ import annotations

import signal
import time
from textwrap import dedent

import pytest
from support.distributions import PLAIN, Installer

from wdh.context import RunContext
from wdh.errors import PluginError
from wdh.facts import Batch
from wdh.registry import load_domain
from wdh.registry.time_limits import limit_time

BATCH = Batch("a.xlsx", "s", [2], {"a": ["x"]}, {"a": "A"})
DELETES = "class Sleeps:\n        def __del__(self): time.sleep(60)\n    Sleeps()\n    time.sleep(60)"
SLEEPERS = {
    "sleeps in a __del__, and after it": DELETES,
    "sleeps": "time.sleep(60)",
    "turns in circles": "while True: pass",
    "swallows what it can": "try:\n        time.sleep(60)\n    except Exception:\n        pass",
}


# What is raised in a __del__ Python only tells of.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("case", SLEEPERS)
def test_a_hook_that_takes_too_long_is_named_with_its_distribution(install: Installer, case: str) -> None:
    install(
        f"import time\nfrom wdh.hookspecs import hookimpl\n@hookimpl\ndef transform(batch):\n    {SLEEPERS[case]}\n"
    )
    started = time.monotonic()
    hooks = load_domain("shops", time_limit=0.2)
    with pytest.raises(PluginError) as caught:
        hooks.transform(BATCH, RunContext("shops"))
    assert str(caught.value).startswith(
        "wdh-shops 1.2.0 (wdh.domains: shops = wdh_shops), hook transform: took longer than the 0.2 s that a call may "
        "take"
    )
    assert time.monotonic() - started < 30


def test_an_alarm_that_comes_when_all_is_over_stops_nobody_and_is_the_last() -> None:
    """Who leaves just as the time is up may miss to switch it off."""
    before = signal.getsignal(signal.SIGALRM)
    watch = limit_time(0.05)

    def leave_it_on() -> None:
        watch.__enter__()

    leave_it_on()
    time.sleep(0.2)
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_an_import_that_takes_too_long_is_named_with_its_distribution(install: Installer) -> None:
    install("import time\ntime.sleep(60)\n")
    with pytest.raises(PluginError, match=r"importing wdh_shops took longer than the 0\.2 s that it may take"):
        load_domain("shops", time_limit=0.2)


def test_without_a_limit_nobody_watches(install: Installer) -> None:
    install("import signal\n" + dedent(PLAIN) + "\nassert signal.getitimer(signal.ITIMER_REAL) == (0, 0)\n")
    assert load_domain("shops", time_limit=0).domain == "shops"


def test_a_plugin_that_is_quick_is_left_alone_afterwards() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with limit_time(0.05):
        pass
    time.sleep(0.1)
    assert signal.getsignal(signal.SIGALRM) is before


def test_a_timer_of_somebody_else_stays_as_it_is() -> None:
    signal.setitimer(signal.ITIMER_REAL, 50)
    try:
        with limit_time(0.01):
            time.sleep(0.05)
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 40
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
