"""Keeps the findings about the domains of a session, so that each is made once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from wdh.testing.domain import DomainUnderTest
from wdh.testing.fresh import SEEDS, Observed, observe_fresh
from wdh.testing.samples import Sample, find_samples
from wdh.testing.workbench import Workbench


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
