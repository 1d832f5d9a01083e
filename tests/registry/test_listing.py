"""What is installed is listed from outside: whatever a broken package does, it does to its own line only."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from textwrap import dedent

import pytest
from support.distributions import PLAIN, Installer

from wdh.registry import Listed, list_installed

HEAD = "from wdh.hookspecs import hookimpl\n"

BROKEN = {
    "raises at import": ("raise ValueError('no licence')\n", "importing wdh_shops failed with ValueError: no licence"),
    "exits at import": (
        "import os; os._exit(7)\n",
        "importing wdh_shops would have ended the process with os._exit(7)",
    ),
    "crashes at import": (
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)\n",
        "ended the process that imported it (signal 11)",
    ),
    "sleeps at import": ("import time; time.sleep(60)\n", "took longer than 3 s to import or to give its refs"),
    "sleeps over its refs": (
        dedent(PLAIN) + "@hookimpl\ndef provide_refs():\n    import time; time.sleep(60)\n",
        "took longer than 3 s to import or to give its refs",
    ),
    "misspells a hook": (
        HEAD + "@hookimpl\ndef transfrom(batch): ...\n",
        "hook transfrom: there is no hook of this name",
    ),
    "gives refs that are none": (
        dedent(PLAIN) + "@hookimpl\ndef provide_refs(): return 'plans'\n",
        "hook provide_refs: returned a value of type str ('plans'); return a mapping, or None",
    ),
}


def find(name: str) -> list[Listed]:
    return [listed for listed in list_installed(time_limit=120) if listed.plugin.name == name]


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_domain_is_told_in_one_sentence_that_names_its_distribution(install: Installer, case: str) -> None:
    source, fragment = BROKEN[case]
    install(source)
    listed = {each.plugin.name: each for each in list_installed(time_limit=3 if "sleeps" in case else 60)}
    shops, annuity = listed["shops"], listed["annuity_performance"]
    assert shops.fault is not None
    assert shops.fault.startswith("wdh-shops 1.2.0 (wdh.domains: shops = wdh_shops)")
    assert fragment in shops.fault
    assert "\n" not in shops.fault
    if "sleeps" not in case:  # in these three seconds another may not be ready, either
        assert annuity.fault is None
        assert set(annuity.refs) >= {"plans", "portfolios"}


def test_a_sound_domain_is_listed_with_its_hooks_and_refs_whatever_it_prints(install: Installer) -> None:
    refs = "{'a': {}, 'b': {'enabled': False}}"
    install(f"print('hello')\n{dedent(PLAIN)}\n@hookimpl\ndef provide_refs():\n    print('hello')\n    return {refs}\n")
    (shops,) = find("shops")
    assert (shops.fault, shops.hooks, shops.refs) == (None, ("provide_refs", "transform"), {"a": True, "b": False})


@pytest.mark.parametrize(
    "start",
    [
        "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', SLEEP]).pid",
        "import os\nchild = os.fork()\nif not child:\n    exec(SLEEP)\n    os._exit(0)",
    ],
    ids=["a program", "a fork"],
)
def test_a_process_that_a_plugin_starts_at_import_keeps_nobody_waiting(
    install: Installer, tmp_path: Path, start: str
) -> None:
    """It has the files of the process that started it, and outlives it."""
    told = tmp_path / "child"
    install(
        f"SLEEP = 'import time; time.sleep(600)'\n{start}\nopen({str(told)!r}, 'w').write(str(child))\n{dedent(PLAIN)}"
    )
    (shops,) = find("shops")
    os.kill(int(told.read_text(encoding="utf-8")), signal.SIGKILL)  # an error where it is over: it was waited for
    assert (shops.fault, shops.hooks) == (None, ("transform",))


def test_both_claims_of_one_name_are_told(install: Installer) -> None:
    install()
    install(name="wdh-depots", module="wdh_depots", points={"shops": "wdh_depots"})
    first, second = find("shops")
    assert first.fault is not None
    assert second.fault is not None
    assert "claimed by wdh-shops 1.2.0 (wdh.domains: shops = wdh_shops), too" in first.fault
    assert "claimed by wdh-depots 1.2.0 (wdh.domains: shops = wdh_depots), too" in second.fault


def test_a_plugin_for_every_domain_is_listed_as_one(install: Installer) -> None:
    install(HEAD + "@hookimpl\ndef skip_facts(): ...\n", group="wdh.plugins")
    (shops,) = find("shops")
    assert (shops.is_domain, shops.hooks, shops.fault) == (False, ("skip_facts",), None)


def test_a_distribution_whose_entry_points_cannot_be_read_is_told(install: Installer) -> None:
    (install() / "entry_points.txt").write_text("[wdh.domains]\nshops\n", encoding="utf-8")
    (torn,) = find("")
    assert torn.fault is not None
    assert torn.fault.startswith("wdh-shops 1.2.0 (group wdh.domains): its entry_points.txt cannot be read")


@pytest.mark.parametrize(
    ("requirement", "fits"),
    [
        ("wdh", True),
        ("wdh>=0.0.1", True),
        ("WDH (>=0.0.1,<99)", True),
        ("wdh>=99", False),
        ("wdh<0.0.1 ; python_version > '3'", False),
        ("wdh<0.0.1 ; extra == 'old'", True),
        ("wdh-other<0.0.1", True),
        ("wdh !", True),
    ],
)
def test_a_package_made_for_another_wdh_is_told_and_not_imported(
    install: Installer, tmp_path: Path, requirement: str, fits: bool
) -> None:
    mark = tmp_path / "imported"
    dist_info = install(f"open({str(mark)!r}, 'w').close()\n{dedent(PLAIN)}")
    with (dist_info / "METADATA").open("a", encoding="utf-8") as file:
        file.write(f"Requires-Dist: {requirement}\n")
    (shops,) = find("shops")
    assert mark.exists() == fits
    assert (shops.fault is None) == fits
    if shops.fault is not None:
        assert f"was made for wdh {shops.plugin.made_for}, and this is wdh " in shops.fault
        assert "pip install --upgrade wdh-shops" in shops.fault
