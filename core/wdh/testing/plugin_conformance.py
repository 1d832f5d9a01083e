"""The laws of a plugin as tests that a plugin's author inherits by one line.

::

    from wdh.testing import PluginCase, PluginConformance

    class TestConformance(PluginConformance):
        plugin = "gate"
        cases = [PluginCase("too few", facts=[{"amount": 1}], settings={"least": 2}, veto="fewer than 2")]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

import pytest

from wdh.registry import DEFAULT_TIME_LIMIT
from wdh.testing import plugin_laws as laws
from wdh.testing.conformance import law
from wdh.testing.plugin_under_test import USUAL_CASES, PluginCase

if TYPE_CHECKING:
    from wdh.testing.database import Database
    from wdh.testing.plugin_under_test import PluginUnderTest

FreshDatabase = Callable[[], "Database"]


class PluginConformance:
    """Inherit from it in a class whose name begins with ``Test``, and name the plugin: that of its entry point.

    The laws are tried on ``cases``, and on runs without settings and of columns that the plugin does not know. A
    database is made only for a case with ``tables``.
    """

    plugin: ClassVar[str | None] = None
    """The name of the plugin's entry point."""
    cases: Sequence[PluginCase] = ()
    """Runs of your own, with what ``skip_facts`` and ``check_facts`` must answer."""
    time_limit: ClassVar[float] = DEFAULT_TIME_LIMIT
    """How many seconds the import of the plugin, or a call of a hook, may take."""

    @property
    def _all_cases(self) -> Sequence[PluginCase]:
        return (*self.cases, *USUAL_CASES)

    @law
    def test_hooks_are_well_formed(self, request: pytest.FixtureRequest) -> Iterator[str]:
        """The package loads; its hooks are marked and take what they are given; the contract of its settings is a valid
        one, the same each time, and takes the settings of the cases."""
        subject: PluginUnderTest = request.getfixturevalue("wdh_plugin")
        return laws.find_faulty_settings(subject, self._all_cases)

    @law
    def test_domains_that_it_does_not_know_are_left_alone(self, wdh_plugin: PluginUnderTest) -> Iterator[str]:
        """Asked about a domain that it does not know, the plugin gives no references, settings, tables, batches, facts
        or demonstration: it would give them to every domain."""
        return laws.find_claims(wdh_plugin)

    @law
    def test_nothing_that_may_be_missing_is_taken_for_granted(self, wdh_plugin: PluginUnderTest) -> Iterator[str]:
        """skip_facts and check_facts raise nothing where there is no warehouse, no block in data_sources.yml, no fact,
        a domain that they do not know, or facts without the columns that they look for."""
        return laws.find_failures_without(wdh_plugin, self._all_cases)

    @law
    def test_questions_are_answered_the_same_each_time(
        self, wdh_plugin: PluginUnderTest, wdh_fresh_database: FreshDatabase
    ) -> Iterator[str]:
        """Asked twice about the same facts, settings and tables, skip_facts and check_facts give the same answers, and
        they are those that the case expects."""
        return laws.find_impure_answers(wdh_plugin, self._all_cases, wdh_fresh_database)

    @law
    def test_the_warehouse_is_left_as_it_is(
        self, wdh_plugin: PluginUnderTest, wdh_fresh_database: FreshDatabase
    ) -> Iterator[str]:
        """skip_facts asks the tables of the warehouse and changes none. On a real PostgreSQL."""
        return laws.find_writes(wdh_plugin, self._all_cases, wdh_fresh_database)

    @law
    def test_the_end_of_a_run_is_taken_as_it_comes(self, wdh_plugin: PluginUnderTest) -> Iterator[str]:
        """run_finished and run_failed raise nothing and answer nothing: for a report with every key, for one with the
        least there can be, for each kind of error, with settings and without."""
        return laws.find_failures_when_told(wdh_plugin, self._all_cases)

    @law
    def test_hooks_print_nothing(self, wdh_plugin: PluginUnderTest) -> Iterator[str]:
        """No hook writes to stdout or stderr: the report is stdout, and logs are the program's."""
        return laws.find_printed(wdh_plugin, self._all_cases)

    @law
    def test_the_process_is_left_as_it_was(self, wdh_plugin: PluginUnderTest) -> Iterator[str]:
        """No hook leaves behind another working directory, umask, locale, signal handler, sys.path, standard stream or
        decimal context."""
        return laws.find_breaches_of_conduct(wdh_plugin, self._all_cases)

    @law
    def test_the_import_does_nothing(self, wdh_plugin: PluginUnderTest) -> Iterator[str]:
        """In a fresh interpreter, the import of the package prints nothing and leaves the process as it was."""
        return laws.find_faulty_import(wdh_plugin)
