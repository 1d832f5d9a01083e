"""The pytest plugin: options, cases, and the fixtures ``wdh_domain`` and ``wdh_database``.

Every run of pytest in an environment with wdh imports this module: what takes time to import is imported later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from wdh.errors import WdhError
from wdh.testing.cases import collect_file, open_case, show_written
from wdh.testing.tracebacks import show_error
from wdh.testing.workbench import CASES, CONFIG, DOMAIN, DSN_VARIABLE, KEY, Workbench

if TYPE_CHECKING:
    from wdh.facts import Facts
    from wdh.settings import LoadMode
    from wdh.testing.database import Database, Server
    from wdh.testing.domain import DomainUnderTest
    from wdh.testing.fresh import Observed
    from wdh.testing.plugin_under_test import PluginUnderTest
    from wdh.testing.samples import Sample, SessionCache


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare what pytest's command line and configuration may say."""
    group = parser.getgroup("wdh", "wdh: tests of domains")
    group.addoption(
        "--wdh-update",
        action="store_true",
        help="write what the cases came to into their NAME.expected.yml, instead of comparing",
    )
    parser.addini(DOMAIN, "the domain under test, by the name of its entry point")
    parser.addini(CONFIG, "its data_sources.yml, from rootdir [data_sources.yml]")
    parser.addini(CASES, "folders with cases, from rootdir [tests/cases]", type="args")


def pytest_configure(config: pytest.Config) -> None:
    """Keep the session's workbench. Raises UsageError where a folder of cases was named and is not there."""
    config.stash[KEY] = Workbench(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Put the workbench away."""
    if KEY in config.stash:
        config.stash[KEY].close()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.File | None:
    """Take the files in the folders of cases for tests."""
    return collect_file(file_path, parent)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Drop what the test made on the server, once its fixtures are done."""
    item.config.stash[KEY].end_test()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which expectations were written."""
    reports = [report for each in terminalreporter.stats.values() for report in each if hasattr(report, "when")]
    for path in show_written([report for report in reports if report.when == "call"]):
        terminalreporter.line(f"wdh: written {path}")


@pytest.fixture(scope="session")
def wdh_server(request: pytest.FixtureRequest) -> Server:
    """One PostgreSQL for the session: that of WDH_TEST_DSN, whose role may create databases, or the embedded one."""
    with told(f" For tests it is named in {DSN_VARIABLE}."):
        return request.config.stash[KEY].server


@pytest.fixture
def wdh_database(wdh_server: Server) -> Iterator[Database]:
    """A fresh and empty database on a real PostgreSQL, dropped when the test is over."""
    with told(), wdh_server.fresh_database() as database:
        yield database


@pytest.fixture
def wdh_domain(request: pytest.FixtureRequest) -> DomainUnderTest:
    """The domain under test, loaded and configured: that of the class, else of the ini ``wdh_domain``."""
    with told():
        return request.config.stash[KEY].subject(_of_class(request, "domain"), _of_class(request, "config"))


@pytest.fixture
def wdh_load(
    request: pytest.FixtureRequest, wdh_domain: DomainUnderTest, wdh_database: Database
) -> Callable[..., dict[str, Any]]:
    """Load a case, or a workbook, into ``wdh_database``: ``wdh_load(path, mode=…)`` gives the report as a document.

    The path counts from rootdir. The domain's tables are made as it describes them. Raises what the job raises.
    """
    from wdh.testing.loading import load_workbook

    bench = request.config.stash[KEY]

    def load(path: str | Path, *, mode: LoadMode | None = None) -> dict[str, Any]:
        workbook = open_case(bench.root / path, wdh_domain, bench=bench)
        return load_workbook(wdh_domain, workbook, wdh_database, mode=mode)

    return load


@pytest.fixture(scope="session")
def wdh_cache(request: pytest.FixtureRequest) -> SessionCache:
    """The findings about domains in this session."""
    from wdh.testing.samples import SessionCache

    return SessionCache(request.config.stash[KEY])


@pytest.fixture
def wdh_samples(
    request: pytest.FixtureRequest, wdh_domain: DomainUnderTest, wdh_cache: SessionCache
) -> Sequence[Sample]:
    """The rows that the laws are tried on."""
    with told():
        return wdh_cache.samples(wdh_domain, _of_class(request, "workbook"))


@pytest.fixture
def wdh_readings(wdh_domain: DomainUnderTest, wdh_samples: Sequence[Sample]) -> Sequence[tuple[Sample, Facts]]:
    """The samples with what the domain makes of them. Where it fails at that, the law of rows says so, and only it."""
    try:
        return [(sample, wdh_domain.transform(sample.batch)) for sample in wdh_samples]
    except WdhError as error:
        pytest.skip(f"not tried: test_every_row_is_accounted_for comes first ({error})")


@pytest.fixture
def wdh_observed(
    wdh_domain: DomainUnderTest, wdh_samples: Sequence[Sample], wdh_cache: SessionCache
) -> Sequence[Observed]:
    """The results of two fresh interpreters for the domain and its samples; they run once in a session."""
    with told():
        return wdh_cache.observe(wdh_domain, wdh_samples)


@pytest.fixture
def wdh_plugin(request: pytest.FixtureRequest) -> PluginUnderTest:
    """The plugin under test, loaded as for a run: that of the class."""
    from wdh.testing.plugin_under_test import load_plugin

    with told():
        return load_plugin(_of_class(request, "plugin"), time_limit=request.cls.time_limit)


@pytest.fixture
def wdh_fresh_database(request: pytest.FixtureRequest) -> Callable[[], Database]:
    """A function that makes an empty database, dropped when the test is over: no server runs until one is wanted."""
    bench = request.config.stash[KEY]

    def make() -> Database:
        with told():
            return bench.fresh_database()

    return make


@contextmanager
def told(advice: str = "") -> Iterator[None]:
    """Fail with the sentence of an error and this advice, and without our own lines of code."""
    try:
        yield
    except WdhError as error:
        raise pytest.fail.Exception(f"{show_error(error)}{advice}", pytrace=False) from None


def _of_class(request: pytest.FixtureRequest, attribute: str) -> str | None:
    return getattr(request.cls, attribute, None)
