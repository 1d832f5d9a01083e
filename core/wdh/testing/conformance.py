"""The laws of a domain as tests that a domain's author inherits by one line.

::

    from wdh.testing import DomainConformance

    class TestConformance(DomainConformance):
        domain = "shops"
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from wdh.errors import WdhError
from wdh.testing import laws
from wdh.testing.tracebacks import show_error

if TYPE_CHECKING:
    from wdh.facts import Facts
    from wdh.testing.database import Database
    from wdh.testing.domain import DomainUnderTest
    from wdh.testing.fresh import Observed
    from wdh.testing.samples import Sample

Readings = Sequence[tuple["Sample", "Facts"]]


def law(search: Callable[..., Iterator[str]]) -> Callable[..., None]:
    """Make a test of a search: whatever it finds breaks the law, and so does an error on the way."""

    @functools.wraps(search)
    def test(*arguments: Any, **fixtures: Any) -> None:
        findings: list[str] = []
        try:
            findings += search(*arguments, **fixtures)
        except WdhError as error:
            findings.append(show_error(error))
        if findings:
            stated = " ".join((search.__doc__ or "").split())
            pytest.fail("\n".join([f"The law: {stated}", *(f"- {finding}" for finding in findings)]), pytrace=False)

    return test


class DomainConformance:
    """Inherit from it in a class whose name begins with ``Test``, and name the domain.

    Relative paths count from pytest's rootdir.
    """

    domain: ClassVar[str | None] = None
    """The domain's name; None: ``wdh_domain`` of pytest's configuration."""
    config: ClassVar[str | Path | None] = None
    """Its data_sources.yml.

    None: ``wdh_config`` of pytest's configuration, else that in rootdir, else what the domain's demonstration writes.
    """
    workbook: ClassVar[str | Path | None] = None
    """The workbook on whose rows the laws are tried.

    None: every case of the domain (``wdh_cases``), else the newest workbook of its demonstration.
    """

    @law
    def test_hooks_are_well_formed(self, request: pytest.FixtureRequest) -> Iterator[str]:
        """The package loads, its hooks are marked and take what they are given, its configuration has no faults,
        its answers are the same each time, and its tables are those of the facts and of its refs."""
        subject: DomainUnderTest = request.getfixturevalue("wdh_domain")
        return laws.find_malformed(subject)

    @law
    def test_names_fit_into_63_bytes(self, wdh_domain: DomainUnderTest, wdh_readings: Readings) -> Iterator[str]:
        """Every table, column and index has a name that PostgreSQL keeps whole: at most 63 bytes of UTF-8."""
        return laws.find_long_names(wdh_domain, wdh_readings)

    @law
    def test_every_row_is_accounted_for(
        self, wdh_domain: DomainUnderTest, wdh_samples: Sequence[Sample]
    ) -> Iterator[str]:
        """Each row of a batch is a fact, or in a reject, or counted in totals: none is lost, doubled or invented."""
        for sample in wdh_samples:
            wdh_domain.transform(sample.batch)
        return iter(())

    @law
    def test_transform_is_deterministic(
        self, wdh_domain: DomainUnderTest, wdh_readings: Readings, wdh_observed: Sequence[Observed]
    ) -> Iterator[str]:
        """The same batch gives the same facts, columns, rejects and notes: when asked again, and in a fresh
        interpreter, which remembers nothing and orders sets otherwise."""
        from wdh.testing.facts import show_reading

        for sample, facts in wdh_readings:
            yield from laws.find_differences_between_calls(wdh_domain, sample)
            yield from laws.find_differences_between_interpreters(sample, show_reading(facts), observed=wdh_observed)

    @law
    def test_transform_does_not_depend_on_where_batches_are_cut(
        self, wdh_domain: DomainUnderTest, wdh_readings: Readings
    ) -> Iterator[str]:
        """The rows give the same facts, rejects, totals and notes however many of them come in one batch: one by one
        too, and whatever was read before. The checks over the whole sheet refuse the same facts then."""
        for sample, facts in wdh_readings:
            yield from laws.find_differences_between_cuts(wdh_domain, sample, facts)

    @law
    def test_transform_does_not_depend_on_the_order_of_rows(
        self, wdh_domain: DomainUnderTest, wdh_readings: Readings
    ) -> Iterator[str]:
        """Rows in another order give the same facts and rejects, each in its new place, and the same references but
        for what is picked by place: first, last and template, concat_distinct without an order, and ties of
        most_frequent, max_by and min_by."""
        for sample, facts in wdh_readings:
            yield from laws.find_differences_between_orders(wdh_domain, sample, facts)

    @law
    def test_every_reject_is_located(self, wdh_domain: DomainUnderTest, wdh_samples: Sequence[Sample]) -> Iterator[str]:
        """A reject names file, sheet and row, the cell (A1) with its column and raw value unless the fault is the
        whole row's, a reason for programs and a sentence for people. Cells are damaged to see it."""
        for sample in wdh_samples:
            yield from laws.find_unlocated(wdh_domain, sample)

    @law
    def test_an_error_cell_is_never_read_as_an_empty_one(
        self, wdh_domain: DomainUnderTest, wdh_readings: Readings
    ) -> Iterator[str]:
        """Each cell arrives as the workbook shows it, or is a reject: a cell with #REF! does not become a NULL."""
        for sample, _ in wdh_readings:
            yield from laws.find_silent_nulls(wdh_domain, sample)

    @law
    def test_references_merge(self, wdh_domain: DomainUnderTest, wdh_readings: Readings) -> Iterator[str]:
        """Parts of a sheet that are read apart, in any order, and merged give the reference rows of one reading."""
        for sample, facts in wdh_readings:
            yield from laws.find_merge_faults(wdh_domain, sample, facts)

    @law
    def test_the_plan_is_stable(
        self, wdh_domain: DomainUnderTest, wdh_readings: Readings, wdh_observed: Sequence[Observed]
    ) -> Iterator[str]:
        """The same workbook gives the same plan, step by step with every statement and row: when it is made again,
        and in a fresh interpreter. In the mode append it only adds facts."""
        for sample, _ in wdh_readings:
            yield from laws.find_differences_between_plans(wdh_domain, sample, wdh_observed)
            yield from laws.find_broken_mode(wdh_domain, sample)

    @law
    def test_skipped_facts_are_not_written(self, wdh_domain: DomainUnderTest, wdh_readings: Readings) -> Iterator[str]:
        """With --skip-facts no step writes to the table of the facts, and the references are backfilled all the
        same. The hook skip_facts answers None or a reason, the same each time."""
        for sample, _ in wdh_readings:
            yield from laws.find_facts_written(wdh_domain, sample)

    @law
    def test_applying_twice_is_applying_once(
        self, request: pytest.FixtureRequest, wdh_domain: DomainUnderTest, wdh_readings: Readings
    ) -> Iterator[str]:
        """A second run on the same workbook inserts and fills nothing in the references, and leaves the same facts.
        On a real PostgreSQL, in the tables of provide_tables."""
        from wdh.testing.loading import find_second_effects

        if wdh_domain.describe_tables() is None:
            pytest.skip(f"domain {wdh_domain.name} describes no tables (hook provide_tables)")
        database: Database = request.getfixturevalue("wdh_database")
        for sample, _ in wdh_readings:
            yield from find_second_effects(wdh_domain, sample, database)

    @law
    def test_hooks_print_nothing(self, wdh_observed: Sequence[Observed]) -> Iterator[str]:
        """From the import of the package to the plan nothing is written to stdout or stderr: the report is stdout,
        and logs are the program's."""
        return iter(dict.fromkeys(finding for each in wdh_observed for finding in each.printed))

    @law
    def test_hooks_open_no_connection(self, wdh_observed: Sequence[Observed]) -> Iterator[str]:
        """From the import of the package to the plan no connection is opened and no host is looked up: a plan needs
        no database and no network."""
        return iter(dict.fromkeys(finding for each in wdh_observed for finding in each.called))
