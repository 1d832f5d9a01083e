"""`--skip-unchanged` sees everything that a package read to decide a run, and runs where anything of it is another."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.distributions import write_distribution

import wdh

from .conftest import TRANSFORM, Shop

AGAIN = ("--execute", "--skip-unchanged")
READING = """
from pathlib import Path

@hookimpl
def provide_settings():
    return {"lookup": {"type": "string"}}

@hookimpl
def transform(batch, context):
    more = int(read(context))
    return Facts.from_rows(row.fact({"店": row["店"], "额": row["额"] + more}) for row in batch.rows())
"""
PACKAGE = {"wdh_shops.rules": "MORE = 10\n"}


@dataclass(frozen=True)
class Case:
    """A domain that adds a number to each amount, where the number is at first, and how it becomes another."""

    source: str
    change: Callable[[Shop], object]
    prepare: Callable[[Shop], object] = lambda _: None
    modules: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    plugin: str | None = None


def write(name: str, text: str) -> Callable[[Shop], object]:
    """Write a file below the test's folder, where {site}, data and the rest lie."""

    def write_file(shop: Shop) -> None:
        path = shop.site.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    return write_file


def database(number: int) -> Callable[[Shop], object]:
    def write_database(shop: Shop) -> None:
        with closing(sqlite3.connect(shop.site.parent / "rates.db")) as connection, connection:
            connection.execute("CREATE TABLE IF NOT EXISTS t (n int)")
            connection.execute("DELETE FROM t")
            connection.execute("INSERT INTO t VALUES (?)", (number,))

    return write_database


def with_setting(text: str) -> Callable[[Shop], object]:
    def add_setting(shop: Shop) -> None:
        config = shop.workspace.config
        config.write_text(config.read_text(encoding="utf-8").replace("pk:", f"lookup: {text}, pk:"), encoding="utf-8")

    return add_setting


def both(*steps: Callable[[Shop], object]) -> Callable[[Shop], object]:
    return lambda shop: [step(shop) for step in steps]


OUTSIDE = 'Path(__file__).parents[1] / "outside"'
CASES = {
    "the domain's module": Case(
        READING + "def read(_): return 10\n",
        lambda shop: shop.install(READING + "def read(_): return 11\n"),
    ),
    "a module beside it, imported at once": Case(
        "import shop_rules\n" + READING + "def read(_): return shop_rules.MORE\n",
        write("site/shop_rules.py", "MORE = 11\n"),
        write("site/shop_rules.py", "MORE = 10\n"),
    ),
    "a module beside it, imported in the call": Case(
        READING + "def read(_):\n    import shop_rules\n    return shop_rules.MORE\n",
        write("site/shop_rules.py", "MORE = 11\n"),
        write("site/shop_rules.py", "MORE = 10\n"),
    ),
    "a package beside it, by a module of it that is imported in the call": Case(
        READING + "def read(_):\n    from shop_rules.rates import MORE\n    return MORE\n",
        write("site/shop_rules/rates.py", "MORE = 11\n"),
        both(write("site/shop_rules/__init__.py", ""), write("site/shop_rules/rates.py", "MORE = 10\n")),
    ),
    "a file beside the module": Case(
        READING + 'def read(_): return Path(__file__).with_name("more.txt").read_text()\n',
        write("site/more.txt", "11"),
        write("site/more.txt", "10"),
    ),
    "a file that is read by the loader of its package": Case(
        READING + "def read(_):\n    import pkgutil\n    return pkgutil.get_data('shop_rules', 'more.txt')\n",
        write("site/shop_rules/more.txt", "11"),
        both(write("site/shop_rules/__init__.py", ""), write("site/shop_rules/more.txt", "10")),
    ),
    "a file of another package in site-packages": Case(
        "import sys\n" + READING + "def read(_):\n"
        "    sys.path.append(__file__.rsplit('/', 2)[0] + '/site-packages')\n"
        "    import pkgutil\n    return pkgutil.get_data('shop_rates', 'more.txt')\n",
        write("site-packages/shop_rates/more.txt", "11"),
        both(write("site-packages/shop_rates/__init__.py", ""), write("site-packages/shop_rates/more.txt", "10")),
    ),
    "a file read as the module is imported": Case(
        READING + 'MORE = Path(__file__).with_name("more.txt").read_text()\ndef read(_): return MORE\n',
        write("site/more.txt", "11"),
        write("site/more.txt", "10"),
    ),
    "a file at a place that the code knows": Case(
        READING + f"def read(_): return ({OUTSIDE} / 'more.txt').read_bytes()\n",
        write("outside/more.txt", "11"),
        write("outside/more.txt", "10"),
    ),
    "a file that is not there at first": Case(
        READING + f"def read(_):\n    try:\n        return ({OUTSIDE} / 'more.txt').read_text()\n"
        "    except FileNotFoundError:\n        return 10\n",
        write("outside/more.txt", "11"),
    ),
    "a file that goes": Case(
        READING + f"def read(_):\n    try:\n        return ({OUTSIDE} / 'more.txt').read_text()\n"
        "    except FileNotFoundError:\n        return 11\n",
        lambda shop: (shop.site.parent / "outside/more.txt").unlink(),
        write("outside/more.txt", "10"),
    ),
    "another file in a folder": Case(
        READING + f"def read(_): return 9 + len(list(({OUTSIDE}).glob('*.csv')))\n",
        write("outside/b.csv", ""),
        write("outside/a.csv", ""),
    ),
    "a folder that is walked": Case(
        "import os\n" + READING + f"def read(_): return 9 + sum(len(f) for _, _, f in os.walk({OUTSIDE}))\n",
        write("outside/deep/b.csv", ""),
        write("outside/deep/a.csv", ""),
    ),
    "a file opened by its descriptor": Case(
        "import os\n" + READING + f"def read(_): return os.read(os.open({OUTSIDE} / 'more.txt', os.O_RDONLY), 9)\n",
        write("outside/more.txt", "11"),
        write("outside/more.txt", "10"),
    ),
    "a database in a file": Case(
        "import sqlite3\n" + READING + "def read(_):\n"
        "    with sqlite3.connect(Path(__file__).parents[1] / 'rates.db') as found:\n"
        "        return found.execute('SELECT n FROM t').fetchone()[0]\n",
        database(11),
        database(10),
    ),
    "a file that a setting names, from the configuration's folder on": Case(
        READING
        + "def read(context): return (Path(context.settings['where']) / context.settings['lookup']).read_text()"
        "\n".replace("context.settings['where']", "'.'"),
        write("data/more.txt", "11"),
        both(write("data/more.txt", "10"), with_setting("more.txt")),
    ),
    "a file that another process of the package reads, named by a setting": Case(
        READING + "def read(context): return 10\n",
        write("data/more.txt", "11"),
        both(write("data/more.txt", "10"), with_setting("more.txt")),
    ),
    "a file in a folder that a setting names": Case(
        READING + "def read(context): return 10\n",
        write("data/lookups/deep/b.txt", "11"),
        both(write("data/lookups/deep/a.txt", "10"), with_setting("lookups")),
    ),
    "a setting": Case(
        READING + "def read(context): return context.settings['lookup']\n",
        lambda shop: shop.workspace.config.write_text(
            shop.workspace.config.read_text(encoding="utf-8").replace('"10"', '"11"'), encoding="utf-8"
        ),
        with_setting('"10"'),
    ),
    "the references it provides, by a file": Case(
        TRANSFORM + f"from pathlib import Path\n\n@hookimpl\ndef provide_refs():\n"
        f"    import json\n    return json.loads(({OUTSIDE} / 'refs.json').read_text())\n",
        write("outside/refs.json", '{"a": {"enabled": false, "table": "b", "key": ["店"]}}'),
        write("outside/refs.json", '{"a": {"enabled": false, "table": "a", "key": ["店"]}}'),
    ),
    "the code of a plugin for every domain": Case(
        TRANSFORM,
        lambda shop: shop.install(
            "@hookimpl\ndef skip_facts(): return None or None\n", name="gate", group="wdh.plugins"
        ),
        plugin="@hookimpl\ndef skip_facts(): return None\n",
    ),
    "a file that a plugin for every domain reads": Case(
        TRANSFORM,
        write("outside/gate.txt", "open."),
        write("outside/gate.txt", "open"),
        plugin=f"from pathlib import Path\n\n@hookimpl\ndef skip_facts(): ({OUTSIDE} / 'gate.txt').read_text()\n",
    ),
    "the settings of a plugin for every domain": Case(
        TRANSFORM,
        lambda shop: shop.workspace.add("plugins: {gate: {least: 1}}\n"),
        plugin="@hookimpl\ndef provide_settings(domain):\n"
        "    return {'least': {'type': 'integer'}} if domain is None else None\n\n"
        "@hookimpl\ndef skip_facts(): return None\n",
    ),
    "another version of something that is installed": Case(
        TRANSFORM,
        lambda shop: (shop.site / "rates-1.0.dist-info").rename(shop.site / "rates-1.1.dist-info"),
        lambda shop: write_distribution(shop.site, "rates", version="1.0", entry_points={}, modules={"rates": ""}),
    ),
    "something installed anew in the same version": Case(
        TRANSFORM,
        lambda shop: (shop.site / "rates-1.0.dist-info/RECORD").write_text("rates.py,sha256=other,1\n"),
        lambda shop: write_distribution(shop.site, "rates", version="1.0", entry_points={}, modules={"rates": ""}),
    ),
}


@pytest.mark.many
@pytest.mark.parametrize("name", CASES)
def test_whatever_a_package_read_is_a_reason_to_run_when_it_changes_and_none_as_long_as_it_does_not(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    case = CASES[name]
    monkeypatch.chdir(shop.folder)
    case.prepare(shop)
    shop.install(case.source, **case.modules)
    if case.plugin is not None:
        shop.install(case.plugin, name="gate", group="wdh.plugins")
    first = shop.run(*AGAIN).report
    assert first["executed"]
    assert shop.run(*AGAIN).report["unchanged_since"] == first["run_id"]
    case.change(shop)
    second = shop.run(*AGAIN).report
    assert second["executed"]
    assert shop.run(*AGAIN).report["unchanged_since"] == second["run_id"]


@pytest.mark.parametrize("name", ["a module beside it, imported in the call", "a file beside the module"])
def test_it_is_so_from_one_process_to_the_next(shop: Shop, name: str) -> None:
    case = CASES[name]
    case.prepare(shop)
    shop.install(case.source)
    first = shop.spawn(*AGAIN).report
    assert shop.spawn(*AGAIN).report["unchanged_since"] == first["run_id"]
    case.change(shop)
    assert shop.spawn(*AGAIN).report["executed"]
    assert shop.facts() == [("A", 12), ("B", 13)]


def test_wdhs_own_code_counts_where_its_checkout_changes(shop: Shop) -> None:
    copied = shop.site.parent / "checkout" / "wdh"
    shutil.copytree(Path(wdh.__file__).parent, copied, ignore=shutil.ignore_patterns("__pycache__"))
    shop.install(TRANSFORM)
    paths = {"PYTHONPATH": f"{copied.parent}{os.pathsep}{shop.site}"}
    first = shop.spawn(*AGAIN, environment=paths).report
    assert shop.spawn(*AGAIN, environment=paths).report["unchanged_since"] == first["run_id"]
    with (copied / "copytext.py").open("a") as source:
        source.write("\n")
    assert shop.spawn(*AGAIN, environment=paths).report["executed"]


def test_a_file_that_a_variable_names_is_read_again(shop: Shop) -> None:
    shop.install(READING + "def read(context): return Path(context.environment['WDH_LOOKUP']).read_text()\n")
    path = shop.folder / "more.txt"
    path.write_text("10")
    known = {"WDH_LOOKUP": str(path)}
    assert shop.run(*AGAIN, environment=known).report["executed"]
    assert shop.run(*AGAIN, environment=known).report["unchanged_since"]
    path.write_text("11")
    assert shop.run(*AGAIN, environment=known).report["executed"]


UNKNOWN = {
    "a process": ("import subprocess, sys", "subprocess.run([sys.executable, '-c', ''])", "started a process"),
    "a shell": ("import os", "os.system('true')", "started a process"),
    "a name": ("import socket", "socket.getaddrinfo('127.0.0.1', 9)", "opened a connection"),
    "a database that a URI names": (
        "import sqlite3",
        "sqlite3.connect('file::memory:', uri=True)",
        "opened a database",
    ),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_run_that_asked_what_cannot_be_asked_again_is_done_again_and_says_why(shop: Shop, name: str) -> None:
    imports, call, said = UNKNOWN[name]
    shop.install(f"{imports}\n{READING}def read(_):\n    {call}\n    return 10\n")
    assert shop.run(*AGAIN).report["executed"]
    again = shop.run(*AGAIN, "--log-level", "info", "--log-format", "json")
    assert again.report["executed"]
    (event,) = [each for each in map(json.loads, again.err.splitlines()) if each["event"] == "run_not_skipped"]
    assert event["why"] == f"wdh-shops 1.2.0 {said}, so that nobody knows what it read"


def test_a_run_that_read_more_files_than_the_ledger_keeps_is_done_again(shop: Shop) -> None:
    for number in range(1_001):
        write(f"outside/{number}.txt", "")(shop)
    shop.install(
        READING + f"def read(_):\n    for n in range(1001): ({OUTSIDE} / f'{{n}}.txt').read_text()\n    return 10\n"
    )
    assert shop.run(*AGAIN).report["executed"]
    assert shop.run(*AGAIN).report["executed"]
    ((files,),) = shop.database.rows("SELECT files FROM wdh_runs LIMIT 1")
    assert len(files) == 2


def test_a_file_that_changes_while_a_run_reads_it_is_in_doubt(shop: Shop) -> None:
    """What was read is then not what is hashed."""
    shop.install(
        READING + f"def read(_):\n    path = {OUTSIDE} / 'state.txt'\n    found = path.read_text()\n"
        "    path.write_text(found + ' ')\n    return found\n"
    )
    write("outside/state.txt", "10")(shop)
    assert shop.run(*AGAIN).report["executed"]
    assert shop.run(*AGAIN).report["executed"]


def test_what_a_package_only_writes_decides_nothing(shop: Shop) -> None:
    shop.install(
        READING + f"def read(_):\n    path = {OUTSIDE}\n    path.mkdir(exist_ok=True)\n"
        "    with (path / 'log.txt').open('a') as log:\n        log.write('read')\n    return 10\n"
    )
    first = shop.run(*AGAIN).report
    assert shop.run(*AGAIN).report["unchanged_since"] == first["run_id"]


def test_the_ledger_keeps_what_was_read_and_the_history_shows_the_workbooks(shop: Shop) -> None:
    write("outside/more.txt", "10")(shop)
    shop.install(READING + f"def read(_): return ({OUTSIDE} / 'more.txt').read_text()\n")
    assert shop.run("--execute").report["executed"]
    ((files,),) = shop.database.rows("SELECT files FROM wdh_runs")
    assert [(file["file"], file.get("read_by")) for file in files] == [
        ("销售.xlsx", None),
        (str(shop.site.parent / "outside" / "more.txt"), "wdh-shops 1.2.0"),
    ]
    shown = shop.workspace.tool("history", "--config", str(shop.workspace.config))
    assert shown.code == 0
    assert "销售.xlsx" in shown.out
    assert "more.txt" not in shown.out
