"""Domains that are wrong in one way each."""

from __future__ import annotations

from support.sabotages.sabotage import TRANSFORM, Sabotage

_ANSWER = "@hookimpl\ndef transform(batch):\n    return "
_LOAD = "@hookimpl\ndef load_facts(facts, target, steps):\n    "
_CHECK = TRANSFORM + "@hookimpl\ndef check_facts(facts, context):\n    "
_CLEAN = (
    "BOTH = Columns(text('a'), integer('b'))\n@hookimpl\ndef transform(batch, context):\n"
    "    facts = BOTH.clean(batch)\n    "
)
_MADE = "@hookimpl\ndef transform(batch):\n    return Facts(batch.row_numbers, {'a': ['x', 'y', 'z'], 'b': "

DOMAINS = (
    Sabotage("a misspelt hook", "@hookimpl\ndef transfrom(batch): ...\n"),
    Sabotage("an argument that the hook does not have", "@hookimpl\ndef transform(batch, contxt): ...\n"),
    Sabotage("a hook without its mark", TRANSFORM + "def provide_refs(): return {}\n"),
    Sabotage("a generator as a hook", "@hookimpl\ndef transform(batch):\n    yield batch\n"),
    Sabotage("no hook at all", "answer = 42\n"),
    Sabotage("an import of what is not installed", "import not_there_at_all\n"),
    Sabotage("a module that Python cannot read", "def transform(:\n"),
    Sabotage("an end of the process in the import", "import os\nos._exit(0)\n"),
    Sabotage("an entry point to no module", TRANSFORM, value="wdh_shosp"),
    Sabotage("an entry point to nothing in its module", TRANSFORM, value="wdh_shops:Shops"),
    Sabotage("an entry point to a class", "class Shops: ...\n", value="wdh_shops:Shops"),
    Sabotage("a name that another package claims, too", TRANSFORM, rival=True),
    Sabotage("an answer of the wrong type", _ANSWER + "[{'a': 'x'}]\n"),
    Sabotage("no answer", "@hookimpl\ndef transform(batch):\n    Facts.from_rows(())\n"),
    Sabotage(
        "a row that is lost",
        _ANSWER + "Facts.from_rows(r.fact({'a': r['a']}) for r in batch.rows() if r['a'] != 'y')\n",
    ),
    Sabotage("a row that is there twice", _ANSWER + "Facts([2, 2, 4], {'a': ['x', 'x', 'z'], 'b': [1, 1, 3]})\n"),
    Sabotage("a column that is too short", _ANSWER + "Facts(batch.row_numbers, {'a': ['x'], 'b': [1, 2, 3]})\n"),
    Sabotage("a NaN where there is no value", _MADE + "[1.5, float('nan'), 2.5]})\n"),
    Sabotage("a number of numpy", "class float64(float): ...\n" + _MADE + "[float64(1), 2, 3]})\n"),
    Sabotage("a text of a class of its own", "class Name(str): ...\n" + _MADE + "[Name('x'), 'y', 'z']})\n"),
    Sabotage(
        "a moment whose time zone raises",
        "class Zone(datetime.tzinfo): ...\n"
        + _MADE
        + "[None, datetime.datetime(2024, 11, 1, tzinfo=Zone()), None]})\n",
    ),
    Sabotage("a text that PostgreSQL cannot store", _MADE + "['1', '2\\0', '3']})\n"),
    Sabotage(
        "an exception on one row",
        "def read(row):\n    return row.fact({'a': row['a'], 'b': 6 // (int(row['b']) - 2)})\n"
        + _ANSWER
        + "Facts.from_rows(map(read, batch.rows()))\n",
    ),
    Sabotage(
        "an infinite loop",
        "@hookimpl\ndef transform(batch):\n    while True: pass\n",
        run=("--hook-timeout", "0.3"),
    ),
    Sabotage("sys.exit in a hook", "@hookimpl\ndef transform(batch):\n    raise SystemExit(0)\n"),
    Sabotage("an error that only wdh can know of", "@hookimpl\ndef transform(batch):\n    raise OutcomeUnknown('?')\n"),
    Sabotage(
        "a reject whose sentence is no text",
        _ANSWER + "Facts.from_rows(r.reject('a', 'bad', 42) for r in batch.rows())\n",
    ),
    Sabotage(
        "a kind of column that raises",
        "NUMBERS = Columns(custom('a', int, 'integer'))\n" + _ANSWER + "NUMBERS.clean(batch)\n",
    ),
    Sabotage(
        "a kind of column that gives a NaN",
        "NUMBERS = Columns(custom('b', lambda value: float('nan'), 'numeric'))\n" + _ANSWER + "NUMBERS.clean(batch)\n",
    ),
    Sabotage(
        "a reshape with rows of its own",
        "from dataclasses import replace\n"
        + TRANSFORM
        + "@hookimpl\ndef reshape(batch): return [replace(batch, row_numbers=[2, 3, 9])]\n",
    ),
    Sabotage(
        "settings whose contract is no JSON Schema",
        TRANSFORM + "@hookimpl\ndef provide_settings(): return {'region': {'type': 'txt'}}\n",
    ),
    Sabotage(
        "a default that its own contract refuses",
        TRANSFORM + "@hookimpl\ndef provide_settings(): return {'region': {'type': 'string', 'default': 5}}\n",
    ),
    Sabotage(
        "a setting with a name of wdh's",
        TRANSFORM + "@hookimpl\ndef provide_settings(): return {'table': {'type': 'string'}}\n",
    ),
    Sabotage("references that are no mapping", TRANSFORM + "@hookimpl\ndef provide_refs(): return ['places']\n"),
    Sabotage(
        "a reference whose table is no text",
        TRANSFORM
        + "@hookimpl\ndef provide_refs(): return {'places': {'table': 5, 'key': ['a'], 'columns': {'a': 'a'}}}\n",
    ),
    Sabotage(
        "tables that are no Table",
        TRANSFORM + "@hookimpl\ndef provide_tables(): return {'facts': {'a': 'text'}}\n",
        tool=("ddl", "shops"),
    ),
    Sabotage("load_facts without a step", TRANSFORM + _LOAD + "return True\n"),
    Sabotage("a step for a table that is none", TRANSFORM + _LOAD + "steps.append('sales', facts)\n"),
    Sabotage(
        "a COMMIT in a statement",
        TRANSFORM + _LOAD + "steps.statement(target, 'COMMIT', purpose='tidy up')\n    return True\n",
        run=("--execute",),
    ),
    Sabotage(
        "a statement whose placeholders do not fit",
        TRANSFORM + _LOAD + "steps.statement(target, 'DELETE FROM sales', parameters=('x', 'y'), purpose='tidy up')\n",
    ),
    Sabotage(
        "a parameter of a type that PostgreSQL does not know",
        TRANSFORM
        + _LOAD
        + "steps.statement(target, 'SELECT %s', parameters=[object], purpose='tidy up')\n    return True\n",
        run=("--execute",),
    ),
    Sabotage(
        "a reject of a check that is made by hand",
        _CHECK + "return [Reject('shops.csv', 'shops', 2, None, None, None, 'bad', 'It is bad.')]\n",
    ),
    Sabotage(
        "a reject for a column that was not asked for",
        _CHECK + "for row in facts.rows('a'): yield row.reject('b', 'bad', 'It is bad.')\n",
    ),
    Sabotage(
        "a check that reads a column it did not ask for",
        _CHECK + "for row in facts.rows('a'): row['b']\n",
    ),
    Sabotage("a check of a column that is not there", _CHECK + "yield from facts.rows('c')\n"),
    Sabotage("an exception on one row of a check", _CHECK + "for row in facts.rows('b'): 6 // (int(row['b']) - 2)\n"),
    Sabotage("a check that answers yes or no", _CHECK + "return True\n"),
    Sabotage(
        "a derived value on which a function raises",
        _CLEAN + "return facts.derive('c', lambda fact: 6 // (fact['b'] - 2))\n",
    ),
    Sabotage("a derived value of the wrong type", _CLEAN + "return facts.derive('c', lambda fact: [fact['b']])\n"),
    Sabotage(
        "a value derived from a column that is not there",
        _CLEAN + "return facts.derive('c', lambda fact: fact['bb'])\n",
    ),
    Sabotage(
        "a fact refused for a column that is not there",
        _CLEAN + "return facts.derive('c', lambda fact: fact.reject('c', 'bad', 'It is bad.'))\n",
    ),
    Sabotage("a place for a row number", _CLEAN + "return facts.refuse([0], 'b', 'bad', 'It is bad.')\n"),
    Sabotage("an input file that is not there", _CLEAN + "return context.input_file('rates.csv')\n"),
    Sabotage("an input file of a check that is not there", _CHECK + "context.input_file('rates.csv')\n"),
    Sabotage(
        "a frame that lacks a row",
        _CLEAN + "import pyarrow\n    return facts.with_frame(pyarrow.table(facts).slice(1))\n",
    ),
    Sabotage(
        "a frame with floats",
        _CLEAN + "import pyarrow\n    frame = pyarrow.table(facts).append_column('c', pyarrow.array([1.5, 2.5, 3.5]))\n"
        "    return facts.with_frame(frame)\n",
    ),
    Sabotage("a list for a frame", _CLEAN + "return facts.with_frame([{'a': 'x'}])\n"),
    Sabotage("an upsert by a key that is no column", TRANSFORM + _LOAD + "steps.upsert(target, facts, key=['c'])\n"),
    Sabotage(
        "an upsert that updates its own key",
        TRANSFORM + _LOAD + "steps.upsert(target, facts, key=['a'], update=['a', 'b'])\n",
    ),
    Sabotage("an upsert without a key", TRANSFORM + _LOAD + "steps.upsert(target, facts, key=[])\n"),
    Sabotage(
        "a stage that no statement reads", TRANSFORM + _LOAD + "steps.stage(facts, like=target)\n    return True\n"
    ),
)
