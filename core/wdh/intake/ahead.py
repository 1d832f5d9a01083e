"""Workbooks that are read ahead by other processes, while this one joins those before them in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, Final

from wdh.errors import DataError
from wdh.intake.files import FileIntake, FileJob, collect_file
from wdh.intake.remote import RemoteIntake, accept, make_call
from wdh.logs import Log
from wdh.process.cluster import Cluster
from wdh.process.crew import MOST, Crew, KilledTwice, NotDone
from wdh.process.helper import count_processors
from wdh.process.progress import OnProgress
from wdh.words.language import say
from wdh.words.printable import show_name

log = Log()

AUTO_WORKERS: Final = "auto"
"""As many processes as there are processors."""

WORTH_IT_FROM: Final = 3 << 20
"""Bytes of several workbooks from which on helpers gain more than it takes to start them."""

_BESIDE: Final = 2
"""Workbooks that are read ahead beside those that are being read."""


class ReadAhead(AbstractContextManager["ReadAhead"]):
    """Up to ``workers`` processes that read workbooks ahead; 1: there are none, and nothing is read ahead.

    It may outlive a run: a later run takes what :meth:`begin` began, if its job is equal. ``is_asked``: the number
    of processes was named, so that they are started however small the workbooks are. ``cluster`` has the processes,
    where they are on other machines. Close it in any case.
    """

    def __init__(self, workers: int, *, is_asked: bool = False, cluster: Cluster | None = None) -> None:
        own = Crew(workers) if cluster is None and workers > 1 and Crew.is_possible() else None
        self._crew: Crew | Cluster | None = own or cluster
        self._is_remote = cluster is not None
        self._workers = workers
        self.window = workers + _BESIDE
        self._is_asked = is_asked
        self._begun: list[tuple[FileJob, Future[Any]]] = []

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes. Closing twice is fine."""
        if self._crew is not None:
            self._crew.shutdown()
            self._drop(self._begun)

    @property
    def has_room(self) -> bool:
        """Whether another workbook can be read ahead now, and is not for nothing."""
        return self._crew is not None and len(self._begun) < self.window

    def is_worth_it(self, sizes: Sequence[int]) -> bool:
        """Say whether several workbooks of so many bytes are worth the start of the processes."""
        return self._crew is not None and len(sizes) > 1 and (self._is_asked or sum(sizes) >= WORTH_IT_FROM)

    def processes_beside(self, others: int) -> int | None:
        """Count the processes that may share a large sheet here, while so many ``others`` are read ahead.

        None: as many as there are processors.
        """
        return None if self._is_remote else max(self._workers - others, min(self._workers, 2))

    def ahead(self, jobs: Iterator[FileJob], *, is_worth_it: bool, apart: Path | None = None) -> Iterator[FileJob]:
        """Give all jobs in their order; if it is worth it, those behind the one that is given are begun.

        The workbook ``apart`` is not begun: this process reads it, and has a second one help it.
        """
        waiting: deque[FileJob] = deque()
        try:
            while True:
                while len(waiting) < (self.window if is_worth_it else 1) and (job := next(jobs, None)) is not None:
                    if is_worth_it and (self._is_remote or job.source.path != apart):
                        self.begin(job)
                    waiting.append(job)
                if not waiting:
                    return
                yield waiting.popleft()
        finally:
            self.drop(waiting)

    def _drop(self, begun: Sequence[tuple[FileJob, Future[Any]]]) -> None:
        self._begun = [each for each in self._begun if each not in begun]
        for _, future in begun:
            if self._crew is not None:
                self._crew.drop(future)

    def begin(self, job: FileJob) -> None:
        """Have a workbook read ahead, if nobody does yet."""
        if self._crew is not None and all(known != job for known, _ in self._begun):
            call = make_call(job) if self._is_remote else partial(collect_file, job)
            self._begun.append((job, self._crew.submit(call)))

    def drop(self, jobs: Collection[FileJob]) -> None:
        """Do without workbooks that were begun and nobody took."""
        self._drop([each for each in self._begun if each[0] in jobs])

    def take(self, job: FileJob, on_progress: OnProgress) -> FileIntake | None:
        """Wait for a workbook that was begun. None: none was, or it could not be done, and is to be read here.

        Raises DataError where two processes ended over it, and SetupError where a cluster is lost or runs other code.
        """
        future = next((future for known, future in self._begun if known == job), None)
        if future is None or self._crew is None:
            return None
        self._begun = [each for each in self._begun if each[1] is not future]
        try:
            intake = self._crew.wait(future, on_progress)
            while not self._crew.ends.empty():
                log.warning("helper_ended", why=self._crew.ends.get(), instead="its workbook was read once more")
            return intake if not self._is_remote else _accept(intake, job, on_progress)
        except KeyboardInterrupt:
            self._crew.drop(future)
            raise
        except KilledTwice as error:
            file = show_name(job.source.path)
            raise DataError(
                say(
                    "{file}: the processes that read it ended, one after the other ({why}). Nothing was written. If "
                    "memory is short, --workers 1 reads it in this process; or split the file.",
                    file=file,
                    why=error,
                ),
                file=str(job.source.path),
            ) from error
        except (NotDone, OSError) as error:
            log.info("file_not_read_ahead", file=show_name(job.source.path), why=str(error))
            return None


def _accept(remote: RemoteIntake, job: FileJob, on_progress: OnProgress) -> FileIntake:
    """Accept what a worker collected, and tell of its rows, of which the worker told nothing."""
    intake = accept(remote, job)
    for tally in intake.collected.tallies if job.is_told else ():
        on_progress("reading", tally.file, tally.data_rows, tally.data_rows)
        on_progress("read", tally.file, 0, None)
    return intake


def read_ahead(workers: int | str) -> ReadAhead:
    """Make ready to read workbooks ahead, by so many processes; ``auto``: as many as there are processors.

    ``dask:tls://host:port`` are those of a cluster. Raises SetupError where that cannot be used.
    """
    if isinstance(workers, int):
        return ReadAhead(workers, is_asked=True)
    if workers != AUTO_WORKERS:
        cluster = Cluster(workers)
        return ReadAhead(cluster.workers, is_asked=True, cluster=cluster)
    return ReadAhead(min(count_processors(), MOST))


def size_of(path: Path) -> int:
    """Give the bytes of a file; 0: it is not there."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def make_on_progress(on_rows: Callable[[str, int], None], tell: Callable[..., None]) -> OnProgress:
    """Make a function that tells again what another process told of the rows of a workbook."""

    def on_progress(stage: str, name: str, rows: int, of: int | None) -> None:
        if rows:
            on_rows(name, rows)
        tell(stage, name, rows, of=of)

    return on_progress
