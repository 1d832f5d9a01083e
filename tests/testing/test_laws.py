"""Every law is kept by a good domain, and broken by one that breaks it on purpose, with a sentence for its author."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from wdh.testing import DomainConformance

from .conftest import GOOD

pytestmark = pytest.mark.once

Project = Callable[..., pytest.RunResult]

CLEAN = "    return FACTS.clean(batch)\n"


@dataclass(frozen=True, slots=True)
class Breach:
    """A domain that breaks a law: what is put in place of what in the good one, and what its author is told."""

    law: str
    old: str
    new: str
    told: tuple[str, ...]

    @property
    def source(self) -> str:
        assert self.old in GOOD
        return GOOD.replace(self.old, self.new)


BREACHES = {
    "a hook is not marked": Breach(
        "test_hooks_are_well_formed",
        "@hookimpl\ndef provide_tables",
        "def provide_tables",
        ("hook provide_tables: is not marked, so it would never be called; put @hookimpl",),
    ),
    "a hook takes what it is not given": Breach(
        "test_hooks_are_well_formed",
        "def transform(batch)",
        "def transform(batches)",
        ("hook transform: takes an argument 'batches', which this hook does not have", "did you mean 'batch'?"),
    ),
    "the refs are not the same each time": Breach(
        "test_hooks_are_well_formed",
        "def provide_refs():\n    return {",
        "def provide_refs(asked=[]):\n    asked.append(0)\n    return {} if len(asked) > 2 else {",
        ("provide_refs gave two answers to one question",),
    ),
    "a table is described that no ref names": Breach(
        "test_hooks_are_well_formed",
        '"shops": Table',
        '"shop": Table',
        ("provide_tables describes 'shop', and there is no such table", "The names are: facts, shops"),
    ),
    "a refs block with a misspelt key": Breach(
        "test_hooks_are_well_formed", '"updatable"', '"updatabel"', ("updatabel: is not a key here", "wdh-shops 1.2.0")
    ),
    "a column with a name of 66 bytes": Breach(
        "test_names_fit_into_63_bytes",
        'text("店铺名称"),\n    amount',
        'text("店铺名称"), text("店铺所在的城市以及它的区和街道还有门牌号和邮编"),\n    amount',
        ("a column of the facts that transform returns: identifier '店铺所在", "is 69 bytes of UTF-8"),
    ),
    "an index whose name PostgreSQL would cut": Breach(
        "test_names_fit_into_63_bytes",
        'identity="id")',
        'identity="id", indexes=(("月度", "店铺代码", "店铺名称", "销售额", "月度", "店铺代码"),))',
        ("provide_tables, a name of 'facts': identifier '月度_店铺代码_店铺名称", "choose a shorter name"),
    ),
    "a row is dropped": Breach(
        "test_every_row_is_accounted_for",
        CLEAN,
        "    return Facts.from_rows(row.fact({'月度': 1}) for row in batch.rows() if row['店铺名称'])\n",
        ("account for 8 of 9 rows", "row 9 is neither a fact nor in a reject"),
    ),
    "transform raises": Breach(
        "test_every_row_is_accounted_for",
        CLEAN,
        "    return batch.columns['店名']\n",
        ("hook transform: raised KeyError: '店名'; correct the package",),
    ),
    "a set decides the order": Breach(
        "test_transform_is_deterministic",
        CLEAN,
        "    tags = '/'.join({'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'})\n"
        "    return Facts.from_rows(row.fact({'标签': tags}) for row in batch.rows())\n",
        ("tests/cases/sales.yml, in a fresh interpreter:", "a fresh one, PYTHONHASHSEED=1", "标签='"),
    ),
    "the columns come in the order of a set": Breach(
        "test_transform_is_deterministic",
        CLEAN,
        "    return Facts.from_rows(row.fact({n: 1 for n in {'a','b','c','d','e','f','g'}}) for row in batch.rows())\n",
        ("in a fresh interpreter:", "+columns: "),
    ),
    "calls are counted": Breach(
        "test_transform_is_deterministic",
        CLEAN,
        "    CALLS.append(0)\n"
        "    return Facts.from_rows(row.fact({'n': len(CALLS)}) for row in batch.rows())\n\nCALLS = []\n",
        ("transform called twice on one batch:", "--- the first call", "-row 2: n="),
    ),
    "facts are numbered within the batch": Breach(
        "test_transform_does_not_depend_on_where_batches_are_cut",
        CLEAN,
        "    return Facts.from_rows(row.fact({'n': n}) for n, row in enumerate(batch.rows()))\n",
        ("cut into batches of 1, 2, 3, 5, 8 … rows:", "its first 60 rows, one by one:", "-row 3: n=1", "+row 3: n=0"),
    ),
    "a blank is filled from the row above": Breach(
        "test_transform_does_not_depend_on_the_order_of_rows",
        CLEAN,
        "    last, rows = None, []\n"
        "    for row in batch.rows():\n"
        "        last = row['店铺代码'] or last\n"
        "        rows.append(row.fact({'月度': None, '店铺代码': last, '店铺名称': row['店铺名称'], '销售额': 1}))\n"
        "    return Facts.from_rows(rows)\n",
        ("rows in reverse order:", "-a row: 店铺代码='0004', 销售额=1", "+a row: 店铺代码='0002', 销售额=1"),
    ),
    "a reject without a row": Breach(
        "test_every_reject_is_located",
        CLEAN,
        "    bad = Reject(batch.file, batch.sheet, 0, None, None, None, 'bad', 'It is bad.')\n"
        "    return Facts([], {}, (bad,), len(batch) - 1)\n",
        ("the reject 'bad' of row 0 names no row of the batch (rows 2 to 10); make it with batch.reject(…)",),
    ),
    "a reject without its cell": Breach(
        "test_every_reject_is_located",
        CLEAN,
        "    return Facts.from_rows(\n"
        "        Reject(batch.file, batch.sheet, row.number, None, '销售额', None, 'bad', 'It is bad.')\n"
        "        for row in batch.rows()\n"
        "    )\n",
        ("the reject 'bad' of row 2 names the column 销售额, which stands in the sheet, and no cell",),
    ),
    "a reject in another cell": Breach(
        "test_every_reject_is_located",
        CLEAN,
        "    return Facts.from_rows(\n"
        "        Reject(batch.file, batch.sheet, row.number, f'A{row.number}', '月度', row['店铺代码'], 'bad', 'No.')\n"
        "        for row in batch.rows()\n"
        "    )\n",
        ("the reject 'bad' of row 2 gives '0001' as the value of A2, where '202411' stands; that is in B2",),
    ),
    "a reject without words": Breach(
        "test_every_reject_is_located",
        CLEAN,
        "    return Facts.from_rows(row.reject('月度', 'a bad one', ' ') for row in batch.rows())\n",
        ("of row 2 has no sentence: write one", "has blanks in its reason, which is a code for programs"),
    ),
    "what is no number becomes nothing": Breach(
        "test_an_error_cell_is_never_read_as_an_empty_one",
        CLEAN,
        "    def number(value):\n"
        "        try:\n"
        "            return float(value)\n"
        "        except (TypeError, ValueError):\n"
        "            return None\n"
        "    return Facts.from_rows(row.fact({'销售额': number(row['销售额'])}) for row in batch.rows())\n",
        ("with #REF! in D2 (销售额) the row becomes the same fact as with an empty cell; make it a reject",),
    ),
    "the row that counts is that of the batch": Breach(
        "test_references_merge",
        CLEAN,
        "    return Facts.from_rows(\n"
        "        row.fact({'月度': None, '店铺代码': str(row['店铺代码']), '店铺名称': row['店铺名称'], '销售额': n})\n"
        "        for n, row in enumerate(batch.rows())\n"
        "    )\n",
        ("refs.shops, its halves, the second first:", "--- in one piece", "+++ merged"),
    ),
    "the plan holds a moment": Breach(
        "test_the_plan_is_stable",
        CLEAN,
        CLEAN + "\n\n@hookimpl\ndef load_facts(facts, target, steps):\n"
        "    import time\n"
        "    steps.delete_scope(target, facts)\n"
        "    steps.append(target, facts)\n"
        "    steps.statement(target, 'SELECT %s', purpose='mark', parameters=(time.time_ns(),))\n"
        "    return True\n",
        ("planned twice:", "--- the first plan", "mark, with (", "in a fresh interpreter:"),
    ),
    "a delete in the mode append": Breach(
        "test_the_plan_is_stable",
        CLEAN,
        CLEAN + "\n\n@hookimpl\ndef load_facts(facts, target, steps):\n"
        "    steps.delete_scope(target, facts)\n"
        "    steps.append(target, facts)\n"
        "    return True\n",
        ("with --mode append: wdh-shops 1.2.0 ", "hook load_facts: recorded a delete scope in the mode append"),
    ),
    "a ref names the table of the facts": Breach(
        "test_skipped_facts_are_not_written",
        '"table": "店铺"',
        '"schema": "public", "table": "门店销售"',
        ('with --skip-facts the plan still has INSERT_MISSING "public"."门店销售", the table of the facts',),
    ),
    "a veto that comes and goes": Breach(
        "test_skipped_facts_are_not_written",
        CLEAN,
        CLEAN + "\n\n@hookimpl\ndef skip_facts(asked=[]):\n    asked.append(0)\n    return f'no {len(asked)}'\n",
        ("skip_facts gave two answers to one question: ", "no 1"),
    ),
    "a veto that is no reason": Breach(
        "test_skipped_facts_are_not_written",
        CLEAN,
        CLEAN + "\n\n@hookimpl\ndef skip_facts():\n    return True\n",
        ("hook skip_facts: returned a value of type bool (True); return a str, a Note, or None",),
    ),
    "facts are only added": Breach(
        "test_applying_twice_is_applying_once",
        CLEAN,
        CLEAN + "\n\n@hookimpl\ndef load_facts(facts, target, steps):\n"
        "    steps.append(target, facts)\n    return True\n",
        (
            'tests/cases/sales.yml: "public"."门店销售" is not the same after a second run',
            "+2024-11-01\t0001\t南京路\t1.00",
        ),
    ),
    "the tables do not hold the facts": Breach(
        "test_applying_twice_is_applying_once", '"销售额": "numeric(20, 2)"', '"销售额": "date"', ("销售额",)
    ),
    "transform prints": Breach(
        "test_hooks_print_nothing",
        CLEAN,
        "    print('reading', len(batch))\n" + CLEAN,
        ("in transform wrote to stdout: 'reading 9", "- wdh_shops.py:"),
    ),
    "the import prints": Breach(
        "test_hooks_print_nothing",
        "\nFACTS =",
        "\nimport sys\nsys.stderr.write('hello')\nFACTS =",
        ("in <module> wrote to stderr: 'hello'",),
    ),
    "a process prints": Breach(
        "test_hooks_print_nothing",
        CLEAN,
        "    import subprocess, sys\n    subprocess.run([sys.executable, '-c', 'print(123)'])\n" + CLEAN,
        ("something (a library in C, or a process) wrote to stdout or stderr: '123",),
    ),
    "a socket is opened, and its failure is hidden": Breach(
        "test_hooks_open_no_connection",
        CLEAN,
        "    import socket\n"
        "    try:\n"
        "        socket.create_connection(('127.0.0.1', 9))\n"
        "    except OSError:\n"
        "        pass\n" + CLEAN,
        ("in transform asked for ", "127.0.0.1"),
    ),
    "a host is looked up in the import": Breach(
        "test_hooks_open_no_connection",
        "\nFACTS =",
        "\nimport socket\ntry:\n    socket.gethostbyname('shops.example')\nexcept OSError:\n    pass\nFACTS =",
        ("in <module> asked for 'shops.example' (socket.gethostbyname)",),
    ),
    "a database is asked": Breach(
        "test_hooks_open_no_connection",
        "def provide_refs():\n",
        "def provide_refs():\n"
        "    import psycopg2\n"
        "    try:\n"
        "        psycopg2.connect('host=db.example connect_timeout=1')\n"
        "    except (OSError, psycopg2.Error):\n"
        "        pass\n",
        ("in provide_refs asked for a database",),
    ),
}

LAWS = {name for name in vars(DomainConformance) if name.startswith("test_")}


def test_a_good_domain_keeps_every_law(project: Project) -> None:
    result = project("tests/test_conformance.py")
    result.assert_outcomes(passed=len(LAWS))


def test_the_table_of_a_ref_that_is_switched_off_may_be_described(project: Project) -> None:
    towns = '"towns": {"enabled": False, "table": "城市", "key": ["城市"], "columns": {"城市": "店铺名称"}}'
    source = GOOD.replace('"shops": {', f'{towns}, "shops": {{')
    source = source.replace('"shops": Table', '"towns": Table({"城市": "text"}), "shops": Table')
    result = project("-k", "well_formed or twice", "tests/test_conformance.py", source=source)
    result.assert_outcomes(passed=2, deselected=len(LAWS) - 2)


def test_a_domain_that_ends_the_interpreter_is_told_so(project: Project) -> None:
    """Here it does so only in a fresh one, or these tests would end with it."""
    ends = f"    import ctypes, os\n    if os.getpid() != {os.getpid()}:\n        ctypes.CDLL(None)._exit(7)\n" + CLEAN
    result = project("-k", "print", "tests/test_conformance.py", source=GOOD.replace(CLEAN, ends))
    result.assert_outcomes(errors=1, deselected=len(LAWS) - 1)
    result.stdout.fnmatch_lines(
        ["domain 'shops' ended the interpreter it was loaded in (exit code 7); a hook may not*"]
    )


def test_every_law_has_a_domain_that_breaks_it() -> None:
    assert {breach.law for breach in BREACHES.values()} == LAWS


@pytest.mark.many
@pytest.mark.parametrize("name", BREACHES)
def test_a_domain_that_breaks_a_law_is_told_which_and_where(name: str, project: Project) -> None:
    breach = BREACHES[name]
    result = project("-k", breach.law, "tests/test_conformance.py", source=breach.source)
    said = result.stdout.str()
    result.assert_outcomes(failed=1, deselected=len(LAWS) - 1)
    assert "The law: " in said or "hook" in said
    for sentence in breach.told:
        assert sentence in said


def test_a_domain_that_cannot_read_its_rows_fails_the_law_of_rows_and_is_not_tried_for_others(project: Project) -> None:
    result = project("-rs", "tests/test_conformance.py", source=BREACHES["transform raises"].source)
    outcomes = result.parseoutcomes()
    assert outcomes["skipped"] > 5
    result.stdout.fnmatch_lines(["*not tried: test_every_row_is_accounted_for comes first (*KeyError*"])
