"""Plugins for every domain that are wrong in one way each."""

from __future__ import annotations

from support.sabotages.sabotage import Sabotage

_VETO = "@hookimpl\ndef skip_facts():\n    "
_ASK = "@hookimpl\ndef skip_facts(warehouse):\n    "
_CHECK = "@hookimpl\ndef check_facts(facts, settings):\n    "
_FAILED = "@hookimpl\ndef run_failed():\n    "
_FAILING = "@hookimpl\ndef transform(batch):\n    raise ValueError('spoilt')\n"
_END = "@hookimpl\ndef run_finished():\n    "

PLUGINS = (
    Sabotage("a misspelt hook", "@hookimpl\ndef skip_fact(facts): ...\n"),
    Sabotage("an argument that the hook does not have", "@hookimpl\ndef skip_facts(fact): ...\n"),
    Sabotage("a hook without its mark", "def skip_facts(): return 'closed'\n"),
    Sabotage("a coroutine as a hook", "@hookimpl\nasync def skip_facts(): ...\n"),
    Sabotage("a wrapper", "@hookimpl(wrapper=True)\ndef skip_facts():\n    return (yield)\n"),
    Sabotage("an import of what is not installed", "import not_there_at_all\n"),
    Sabotage("an exception in the import", "LEVELS = {}['high']\n"),
    Sabotage("an import that does not end", "import time\ntime.sleep(600)\n", run=("--hook-timeout", "0.3")),
    Sabotage("an entry point that is no name of a module", "", value="wdh-gate"),
    Sabotage("entry points that cannot be read", "", entry_points="[wdh.plugins]\nno equals sign\n"),
    Sabotage("made for another wdh", _VETO + "return None\n", requires="wdh>=99"),
    Sabotage("a veto of the wrong type", _VETO + "return True\n"),
    Sabotage("a veto without a word", _VETO + "return ' '\n"),
    Sabotage("a note without a code", _VETO + "return Note('', 'Look.', {})\n"),
    Sabotage("an exception in a veto", _VETO + "return {}['closed']\n"),
    Sabotage("a veto that does not end", _VETO + "import time; time.sleep(600)\n", run=("--hook-timeout", "0.3")),
    Sabotage(
        "a loop that swallows every exception",
        _VETO + "while True:\n        try:\n            while True: pass\n        except BaseException: continue\n",
        run=("--hook-timeout", "0.3"),
    ),
    Sabotage("sys.exit in a veto", _VETO + "raise SystemExit(0)\n"),
    Sabotage("os._exit in a veto", _VETO + "import os; os._exit(0)\n"),
    Sabotage(
        "a question about a column that the facts do not have",
        "@hookimpl\ndef skip_facts(facts):\n    facts.distinct_values('month')\n",
    ),
    Sabotage("settings that are no mapping", "@hookimpl\ndef provide_settings(): return ['level']\n"),
    Sabotage(
        "settings whose contract is no JSON Schema",
        "@hookimpl\ndef provide_settings(): return {'level': {'minimum': 'low'}}\n",
        settings="{}",
    ),
    Sabotage(
        "a default that its own contract refuses",
        "@hookimpl\ndef provide_settings(): return {'level': {'type': 'integer', 'default': 'low'}}\n",
        settings="{}",
    ),
    Sabotage(
        "a question to a table that is not there",
        "@hookimpl\ndef provide_settings(): return {'table': {'type': 'string'}}\n"
        "@hookimpl\ndef skip_facts(settings, warehouse):\n"
        "    warehouse.rows(Target('public', settings['table']), ['shut'], where={'domain': 'shops'})\n",
        run=("--execute",),
        settings="{table: gates}",
    ),
    Sabotage(
        "a question about a column that is not there",
        _ASK + "warehouse.rows(Target('public', 'sales'), ['shut'])\n",
        run=("--execute",),
    ),
    Sabotage(
        "SQL in a name",
        _ASK + "warehouse.rows(Target('public', 'sales\"; DROP TABLE sales; --'), ['a'])\n",
        run=("--execute",),
    ),
    Sabotage(
        "SQL in the name of a column",
        _ASK + "warehouse.rows(Target('public', 'sales'), ['a\" FROM sales; DROP TABLE sales; --'])\n",
        run=("--execute",),
    ),
    Sabotage("a name that is no name", _ASK + "warehouse.rows(Target('public', ''), ['a'])\n", run=("--execute",)),
    Sabotage(
        "writing through the reader",
        _ASK + "warehouse.rows(Target('public', 'sales'), ['a'])\n"
        "    warehouse._connection.cursor().execute('DELETE FROM sales')\n",
        run=("--execute",),
    ),
    Sabotage(
        "a question after the plan is made",
        "KEPT = []\n" + _ASK + "KEPT.append(warehouse)\n" + _END + "KEPT[0].rows(Target('public', 'sales'), ['a'])\n",
        run=("--execute",),
    ),
    Sabotage("an exception when the run is over", _END + "raise ValueError('no bell')\n"),
    Sabotage("an answer when the run is over", _END + "return 'rung'\n"),
    Sabotage("no end when the run is over", _END + "while True: pass\n", run=("--hook-timeout", "0.3")),
    Sabotage("print in a hook", _VETO + "print('shut?')\n"),
    Sabotage("print in the import", "print('here I am')\n" + _VETO + "return None\n"),
    Sabotage("print when the run is over", _END + "print('rung')\n"),
    Sabotage("another working directory", _VETO + "import os; os.chdir('/')\n"),
    Sabotage("a standard stream that is replaced", _VETO + "import io, sys; sys.stdout = io.StringIO()\n"),
    Sabotage("signals that are ignored", _VETO + "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"),
    Sabotage("a locale of its own", _VETO + "import locale; locale.setlocale(locale.LC_NUMERIC, 'C.UTF-8')\n"),
    Sabotage("a check that takes its block for granted", _CHECK + "settings['least']\n"),
    Sabotage("a check that answers yes or no", _CHECK + "return True\n"),
    Sabotage("a check that does not end", _CHECK + "while True: pass\n", run=("--hook-timeout", "0.3")),
    Sabotage("an exception when the run has failed", _FAILED + "raise ValueError('no bell')\n", domain=_FAILING),
    Sabotage("an answer when the run has failed", _FAILED + "return 'rung'\n", domain=_FAILING),
    Sabotage(
        "no end when the run has failed",
        _FAILED + "while True: pass\n",
        run=("--hook-timeout", "0.3"),
        domain=_FAILING,
    ),
    Sabotage("print when the run has failed", _FAILED + "print('rung')\n", domain=_FAILING),
)
