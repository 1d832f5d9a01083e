"""Cases: a file with a sheet, and beside it a file with what is expected of it. Dropping the pair in is the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import pytest

from wdh.errors import WdhError
from wdh.testing.tracebacks import show_error
from wdh.testing.workbench import KEY, Workbench

if TYPE_CHECKING:
    from wdh.testing.domain import DomainUnderTest

WRITTEN: Final = "wdh_written"
_INPUTS: Final = (".xlsx", ".xlsm", ".yml", ".yaml", ".csv")
_EXPECTED: Final = (".expected.yml", ".expected.yaml")
_ADVICE: Final = "If that is right, run pytest --wdh-update to accept it."
_MOST_LINES: Final = 60


def is_case(path: Path) -> bool:
    """Say whether a file in a folder of cases is the input of one."""
    return (
        path.suffix.lower() in _INPUTS and not path.name.endswith(_EXPECTED) and not path.name.startswith(("~$", "."))
    )


def find_cases(bench: Workbench, domain: str) -> Iterator[Path]:
    """Give the inputs of a domain's cases, sorted."""
    for folder in bench.case_folders:
        for path in sorted(folder.rglob("*")):
            if is_case(path) and path.is_file() and bench.domain_of_case(path) == domain:
                yield path


def collect_file(path: Path, parent: pytest.Collector) -> pytest.File | None:
    """Take a file for a case where it lies in a folder of cases."""
    bench = parent.config.stash[KEY]
    if not any(folder in path.parents for folder in bench.case_folders):
        return None
    if is_case(path):
        return CaseFile.from_parent(parent, path=path)
    return OrphanFile.from_parent(parent, path=path) if path.name.endswith(_EXPECTED) and _is_orphan(path) else None


def _input_stem(path: Path) -> str:
    return path.name.partition(".expected.")[0]


def _is_orphan(path: Path) -> bool:
    return not any(path.with_name(_input_stem(path) + suffix).exists() for suffix in _INPUTS)


class CaseFile(pytest.File):
    """The input of a case."""

    def collect(self) -> Iterator[pytest.Item]:
        """Give the one test that it is."""
        yield Case.from_parent(self, name=self.path.stem)


class OrphanFile(pytest.File):
    """An expectation of nothing."""

    def collect(self) -> Iterator[pytest.Item]:
        """Give a test that says so."""
        yield Orphan.from_parent(self, name=_input_stem(self.path))


class Orphan(pytest.Item):
    """Fails: its input was renamed or removed, and nobody would notice that nothing is tested."""

    def runtest(self) -> None:
        """Fail."""
        pytest.fail(
            f"{self.path.name} has no input beside it ({self.name} with {', '.join(_INPUTS)}); remove it, or bring "
            "the input back",
            pytrace=False,
        )


class Case(pytest.Item):
    """One case: the job plans the run on its sheet, and what comes of it is what was expected."""

    def runtest(self) -> None:
        """Run the job and compare; with --wdh-update write what came of it instead."""
        twins = [path.name for path in self.path.parent.glob(f"{self.path.stem}.*") if is_case(path)]
        if len(twins) > 1:
            pytest.fail(f"{' and '.join(sorted(twins))} share one expectation; rename all but one", pytrace=False)
        bench = self.config.stash[KEY]
        try:
            self._run(bench)
        except WdhError as error:
            raise pytest.fail.Exception(f"{self.path.name}: {show_error(error)}", pytrace=False) from None

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show a failure without pytest's own lines: an exception that is no answer is a fault of wdh."""
        excinfo.traceback = excinfo.traceback.cut(path=Path(__file__))
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Name the case in reports."""
        return self.path, 0, f"case {self.name}"

    def _run(self, bench: Workbench) -> None:
        from wdh.testing.expectations import (
            compare,
            expectation_of,
            observe_case,
            read_expectation,
            write_expectation,
        )

        subject = bench.subject(bench.domain_of_case(self.path))
        observed = observe_case(subject, open_case(self.path, subject, bench=bench))
        expectation = expectation_of(self.path)
        if bench.is_updating:
            if write_expectation(expectation, observed, source=self.path.name):
                self.user_properties.append((WRITTEN, bench.show(expectation)))
            return
        expected = read_expectation(expectation)
        name = bench.show(expectation)
        if expected is None:
            from wdh.facts.exact_yaml import write_yaml

            _fail(f"{name} is not there: nobody has said yet what to expect of {self.path.name}.", write_yaml(observed))
        difference = compare(expected, observed, name=name)
        if difference:
            _fail(f"{self.path.name} came to something else than {name} expects.", difference)


def _fail(sentence: str, shown: str) -> NoReturn:
    lines = shown.splitlines()
    rest = len(lines) - _MOST_LINES
    more = [f"… and {rest} more lines"] if rest > 0 else []
    pytest.fail("\n".join([sentence, "", *lines[:_MOST_LINES], *more, "", _ADVICE]), pytrace=False)


def open_case(path: Path, subject: DomainUnderTest, *, bench: Workbench) -> Path:
    """Give the workbook of a case, made of its table where it is one. Raises SetupError where the table is wrong."""
    from wdh.testing.sheets import make_workbook

    return make_workbook(path, bench.folder("case"), sheet=subject.configuration.domain.wanted_sheets[0])


def show_written(reports: list[pytest.TestReport]) -> list[str]:
    """Name the expectations that were written, from the reports of the tests (those of other processes, too)."""
    return [str(value) for report in reports for name, value in report.user_properties if name == WRITTEN]
