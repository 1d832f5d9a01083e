"""The rows that the laws are tried on: a workbook that was named, the domain's cases, or its demonstration.

What is found about the domains of a session is kept, so that each finding is made once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wdh.errors import DataError, SetupError
from wdh.facts import Batch
from wdh.testing.cases import find_cases, open_case
from wdh.testing.domain import DomainUnderTest, write_demo
from wdh.testing.fresh import SEEDS, Observed, observe_fresh
from wdh.testing.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Sample:
    """A workbook of the domain, and the rows of its sheet as one batch. ``name`` is what messages call it."""

    name: str
    workbook: Path
    batch: Batch


def find_samples(subject: DomainUnderTest, workbook: str | Path | None, *, bench: Workbench) -> tuple[Sample, ...]:
    """Find sample rows: those of ``workbook`` where it is given, else of every case, else of the demonstration.

    A case that the domain refuses as a whole, or is expected to come to an error, is about that, and is no sample.
    Raises SetupError where there are none.
    """
    if workbook is not None:
        path = bench.root / workbook
        if not path.is_file():
            raise SetupError(f"the sample workbook {path} is not there; correct workbook, which counts from rootdir")
        return (Sample(path.name, path, subject.read_sheet(path)),)
    samples = tuple(_from_cases(subject, bench)) or tuple(_from_demo(subject, bench))
    if not samples:
        raise SetupError(
            f"there are no rows to try the domain {subject.name!r} on: put a case into tests/cases, or give the "
            'domain a demonstration (hook write_demo), or write workbook = "PATH" into the conformance class'
        )
    return samples


def _from_cases(subject: DomainUnderTest, bench: Workbench) -> Iterator[Sample]:
    from wdh.testing.expectations import expectation_of, read_expectation  # imports the YAML library

    for path in find_cases(bench, subject.name):
        if "error" in (read_expectation(expectation_of(path)) or ()):
            continue
        try:
            workbook = open_case(path, subject, bench=bench)
            batch = subject.read_sheet(workbook)
        except DataError:
            continue
        if _is_readable(subject, batch):
            yield Sample(bench.show(path), workbook, batch)


def _from_demo(subject: DomainUnderTest, bench: Workbench) -> Iterator[Sample]:
    from wdh.discovery import find_workbooks

    folder = subject.demo or bench.folder("demo")
    if subject.demo is None and write_demo(subject.hooks, folder) is None:
        return
    configuration = subject.configuration
    found = find_workbooks(folder, domain=configuration.domain, discovery=configuration.discovery)
    for workbook in found.taken:
        path = workbook.path
        yield Sample(f"{path.name} of the demonstration", path, subject.read_sheet(path))


def _is_readable(subject: DomainUnderTest, batch: Batch) -> bool:
    """Say whether the domain takes a sheet at all: a DataError is its answer to one that lacks a column."""
    try:
        subject.answer(batch)
    except DataError:
        return False
    except Exception:  # what is wrong with the domain itself is for the laws to tell
        return True
    return True


class SessionCache:
    """The samples of each domain, and what fresh interpreters said of it, on the workbench of a session."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._samples: dict[tuple[str, Path, str | Path | None], Sequence[Sample]] = {}
        self._observed: dict[tuple[str, Path, tuple[Path, ...]], Sequence[Observed]] = {}

    def samples(self, subject: DomainUnderTest, workbook: str | Path | None) -> Sequence[Sample]:
        """Find the sample rows of a domain, once. Raises as find_samples()."""
        key = (subject.name, subject.config, workbook)
        if key not in self._samples:
            self._samples[key] = find_samples(subject, workbook, bench=self._bench)
        return self._samples[key]

    def observe(self, subject: DomainUnderTest, samples: Sequence[Sample]) -> Sequence[Observed]:
        """Have fresh interpreters look at a domain and its samples, once. Raises as observe_fresh()."""
        workbooks = tuple(sample.workbook for sample in samples)
        key = (subject.name, subject.config, workbooks)
        if key not in self._observed:
            folder = self._bench.folder
            self._observed[key] = [observe_fresh(subject, workbooks, folder=folder("fresh"), seed=s) for s in SEEDS]
        return self._observed[key]
