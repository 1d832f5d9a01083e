"""The state of one pytest session: the domain asked for, the domains loaded, and a folder for their workbooks."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from wdh.errors import SetupError
from wdh.testing.domain import DomainUnderTest, load_subject

if TYPE_CHECKING:
    from wdh.testing.database import Database, Server

DSN_VARIABLE = "WDH_TEST_DSN"
KEY = pytest.StashKey["Workbench"]()
DOMAIN, CONFIG, CASES = "wdh_domain", "wdh_config", "wdh_cases"
DEFAULT_CONFIG, DEFAULT_CASES = "data_sources.yml", "tests/cases"


_open: Final[list[Workbench]] = []
"""The sessions of this process, the innermost last: a test of a plugin of pytest runs one within another."""


def current_workbench() -> Workbench:
    """Give the workbench of the session that runs. Raises SetupError outside a run of pytest."""
    if not _open:
        raise SetupError("a warehouse for tests is there only while pytest runs; call it in a test or a fixture")
    return _open[-1]


def find_case_folders(config: pytest.Config) -> tuple[Path, ...]:
    """Find the folders whose files are cases. Raises UsageError where one was named and is not there."""
    named = config.getini(CASES)
    folders = tuple(config.rootpath / name for name in named or [DEFAULT_CASES])
    missing = [str(folder) for folder in folders if not folder.is_dir()]
    if named and missing:
        raise pytest.UsageError(f"{CASES} names {', '.join(missing)}, which is no folder; make it or correct {CASES}")
    return tuple(folder for folder in folders if folder.is_dir())


class Workbench:
    """The session's domains, each loaded once, by name and configuration. Paths count from pytest's rootdir.

    ``case_folders`` are those whose files are cases.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.case_folders = find_case_folders(config)
        self._subjects: dict[tuple[str, Path | None], DomainUnderTest] = {}
        self._room: tempfile.TemporaryDirectory[str] | None = None
        self._session, self._test = ExitStack(), ExitStack()
        _open.append(self)

    @cached_property
    def server(self) -> Server:
        """The session's PostgreSQL: that of WDH_TEST_DSN, or the embedded one, started on first use.

        Raises SetupError where there is none.
        """
        from wdh.testing.database import run_server

        # PostgreSQL's own account enters this folder, and its socket's path is short: pytest's folders allow neither.
        directory = Path(self._session.enter_context(tempfile.TemporaryDirectory(prefix="wdh-test-"))).resolve()
        directory.chmod(0o755)
        return self._session.enter_context(run_server(os.environ.get(DSN_VARIABLE), directory / "postgres"))

    def fresh_database(self) -> Database:
        """Make an empty database, which is dropped when the test is over. Raises as :attr:`server`."""
        return self._test.enter_context(self.server.fresh_database())

    def end_test(self) -> None:
        """Drop the databases of the test."""
        self._test.close()

    @property
    def root(self) -> Path:
        """The folder that paths count from."""
        return self._config.rootpath

    @property
    def is_updating(self) -> bool:
        """Whether expectations are to be rewritten."""
        return bool(self._config.getoption("wdh_update"))

    def folder(self, name: str) -> Path:
        """Make a new folder that lives as long as the session."""
        if self._room is None:
            self._room = tempfile.TemporaryDirectory(prefix="wdh-testing-", ignore_cleanup_errors=True)
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._room.name))

    def subject(self, name: str | None = None, config: str | Path | None = None) -> DomainUnderTest:
        """Load a domain: ``name``, else default_domain(); with ``config``, else ``wdh_config``, else what there is.

        Raises SetupError and PluginError, addressed to the author of the domain.
        """
        path = self._find_config(config)
        name = name or self.default_domain(path)
        known = self._subjects.get((name, path))
        if known is None:
            known = self._subjects[name, path] = load_subject(name, path, folder=self.folder("demo"))
        return known

    def default_domain(self, config: Path | None) -> str:
        """Name the domain of the ini ``wdh_domain``, else the only one of the configuration.

        Raises SetupError where there is none, or more than one.
        """
        from wdh.configuration import written_domains

        named: str = self._config.getini(DOMAIN)
        declared = () if named or config is None else tuple(written_domains(config))
        if named or len(declared) == 1:
            return named or declared[0]
        many = f" ({config} has {', '.join(declared)})" if declared else ""
        raise SetupError(
            f"which domain is to be tested{many}? Write {DOMAIN} = NAME into pytest's configuration, or domain = "
            '"NAME" into the class that inherits from DomainConformance'
        )

    def domain_of_case(self, path: Path) -> str:
        """Name the domain of a case: the folder of cases may have a folder for each domain, by its name.

        Raises as default_domain().
        """
        for folder in self.case_folders:
            if folder in path.parents and (first := path.relative_to(folder).parts[0]) in self._known:
                return first
        return self.default_domain(self._find_config(None))

    def show(self, path: Path) -> str:
        """Name a file as seen from rootdir."""
        return str(path.relative_to(self.root)) if self.root in path.parents else str(path)

    @cached_property
    def _known(self) -> frozenset[str]:
        """The domains there are: installed, or in the configuration."""
        from wdh.configuration import written_domains
        from wdh.registry import domain_names

        config = self._find_config(None)
        return frozenset(plugin.name for plugin in domain_names()).union(written_domains(config) if config else ())

    def close(self) -> None:
        """Stop the server and remove the folder."""
        _open.remove(self)
        self.end_test()
        self._session.close()
        if self._room is not None:
            self._room.cleanup()

    def _find_config(self, config: str | Path | None) -> Path | None:
        named = config or self._config.getini(CONFIG) or None
        path = self.root / (named or DEFAULT_CONFIG)
        if path.is_file():
            return path
        if named is None:
            return None
        raise SetupError(f"the configuration {path} is not there; correct {CONFIG}, which counts from pytest's rootdir")
