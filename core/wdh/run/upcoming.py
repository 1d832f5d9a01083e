"""The runs of a command that are still to come: their workbooks are read while one before them is applied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from wdh.apply.history import list_inputs
from wdh.apply.history import reading as reading_ledger
from wdh.domain.loading import pointing_at_settings
from wdh.errors import WdhError
from wdh.intake.ahead import ReadAhead
from wdh.intake.files import FileJob
from wdh.logs import Log
from wdh.run.request import OpenWarehouse, RunRequest
from wdh.run.sheets import find_scope, list_files, make_intake_job
from wdh.run.task import Task, foresee_task
from wdh.workbook import hash_workbook

log = Log()


class Upcoming(AbstractContextManager["Upcoming"]):
    """The runs of a command, in their order, as those of which each is applied by itself.

    Nothing of a run is decided here: in its turn it finds out anew what it is to do, and takes what was read ahead only
    if it would read just that. So what the runs before it changed in the warehouse is what it sees. ``reading`` is
    closed at the end of the block. ``requests`` are by the names of their runs.
    """

    def __init__(
        self,
        requests: Sequence[tuple[str, Callable[[], RunRequest]]],
        reading: ReadAhead,
        *,
        open_warehouse: OpenWarehouse,
    ) -> None:
        self._requests = requests
        self.reading = reading
        self._open_warehouse = open_warehouse
        self._next = 0
        self._begun: dict[int, list[FileJob]] = {}
        self._inputs: dict[str, frozenset[str]] = {}

    def __exit__(self, *raised: object) -> None:
        self.reading.close()

    def begin(self, first: int) -> None:
        """Begin to read the workbooks of the runs from number ``first`` on, as many as there is room for.

        What was begun for those before them, and not taken, is dropped.
        """
        for place in [place for place in self._begun if place < first]:
            self.reading.drop(self._begun.pop(place))
        self._next = max(self._next, first)
        while self.reading.has_room and self._next < len(self._requests):
            self._begun[self._next] = self._begin(*self._requests[self._next])
            self._next += 1

    def _begin(self, name: str, make_request: Callable[[], RunRequest]) -> list[FileJob]:
        try:
            request = make_request()
            task = why = None
            with request.depots, pointing_at_settings(request.config, domain=request.domain):
                if any(request.depots.address_of(place) for place in (request.data_dir, *request.files)):
                    why = "its workbooks lie elsewhere, and are fetched in its turn"
                else:
                    task = foresee_task(request)
                    why = self._find_reason_against(task)
            if task is not None and why is None:
                context = task.circumstances.context
                job = make_intake_job(task, found=None, context=context, scope=find_scope(task))
                files = list(list_files(task, job))
                for file in files:
                    self.reading.begin(file)
                return files
        except WdhError as error:  # the run itself tells of it, in its turn
            why = f"it cannot be prepared: {type(error).__name__}"
        log.info("run_not_read_ahead", run=name, why=why)
        return []

    def _find_reason_against(self, task: Task) -> str | None:
        """Say why the workbooks of a run are not to be read before its turn; None: they are."""
        if task.asks and (task.domain.tables or any(computed.lookup for computed in task.domain.computed)):
            return "it looks values up in the warehouse, which the runs before it may change"
        if task.request.execute and task.request.skip_unchanged:
            read = ((workbook.path.name, hash_workbook(workbook.path)) for workbook in task.found.taken)
            if task.circumstances.hash_with(read) in self._list_inputs(task):
                return "a committed run had this input, so that there may be nothing to do"
        return None

    def _list_inputs(self, task: Task) -> frozenset[str]:
        name, ledger = task.domain.name, task.configuration.ledger
        if name not in self._inputs:
            with reading_ledger(self._open_warehouse(), ledger) as cursor:
                self._inputs[name] = list_inputs(cursor, ledger, domain=name)
        return self._inputs[name]
