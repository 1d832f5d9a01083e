"""The domain under test: its hooks and its configuration, and the job that runs on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wdh.context import RunContext
from wdh.errors import SetupError
from wdh.facts import Batch, Facts, FactValue, Reject

if TYPE_CHECKING:
    from wdh.apply.applying import Warehouse
    from wdh.columns import Columns
    from wdh.plan import Plan
    from wdh.registry import Hooks
    from wdh.report import Report
    from wdh.settings import Configuration
    from wdh.sql.tables import Table

DEMO_SEED = 20241101
DEMO_CONFIG = "data_sources.yml"


@dataclass(frozen=True, slots=True)
class Planned:
    """The result of a run that only planned: its report, its facts as they would be sent, and their hash."""

    report: Report
    facts: Sequence[Mapping[str, FactValue]]
    sha256: str


@dataclass(frozen=True, slots=True)
class DomainUnderTest:
    """A domain, loaded as the job loads it, with its entry of ``config``, a data_sources.yml, completed.

    ``columns`` are those that the configuration declares, as the run hands them to the hooks; None: it declares none.
    ``demo`` is where its demonstration was written for want of another configuration; None: there was one.
    """

    name: str
    config: Path
    hooks: Hooks
    configuration: Configuration
    columns: Columns | None = None
    demo: Path | None = None

    @property
    def context(self) -> RunContext:
        """The context that the hooks get: settings, delete scope and folder, no environment, no period."""
        domain = self.configuration.domain
        return RunContext(self.name, domain.settings, pk=domain.pk, folder=self.config.absolute().parent)

    def transform(self, batch: Batch) -> Facts:
        """Ask the hook about a batch, and check the answer as a run does. Raises PluginError, and as the hook."""
        return self.hooks.transform(batch, self.context, self.columns)

    def check(self, parts: Sequence[Facts], batch: Batch) -> tuple[Reject, ...]:
        """Try the checks over a whole sheet on the facts of the parts of a batch, and give what they refuse, in order.

        Those of the configuration are tried, and those of the hook. Raises PluginError, and as the hook.
        """
        from wdh.facts.sheets import FactSheets
        from wdh.facts.spool import Spool
        from wdh.run.checking import Told, find_rejects

        domain, told = self.configuration.domain, Told(self.context, self.configuration.plugins)
        with Spool(()) as spool:
            for facts in parts:
                letters = facts.letters or batch.letters
                spool.append(facts, file=batch.file, sheet=batch.sheet, letters=letters)
            sheets = FactSheets.of(spool.facts(), (reject for facts in parts for reject in facts.rejects))
            rejects, _ = find_rejects(self.hooks, domain, sheets, told=told)
            return tuple(reject.plain() for reject in rejects)

    def answer(self, batch: Batch) -> object:
        """Ask the hook about a batch, and give the answer as it came."""
        values: dict[str, object] = {"domain": self.name, "batch": batch, "context": self.context}
        values["columns"] = self.columns
        answers = (implementation.call(values) for implementation in self.hooks.implementations["transform"])
        return next((answer for answer in answers if answer is not None), None)

    def describe_tables(self) -> Mapping[str, Table] | None:
        """Ask the hook for the tables of the domain; None: it describes none."""
        return self.hooks.provide_tables(self.columns, self.configuration.domain.refs)

    def read_sheet(self, workbook: Path) -> Batch:
        """Read the domain's sheet of a workbook, all of it as one batch.

        Of several sheets, and of the groups of wide rows, it is the first. Columns that are looked up are blank. Raises
        DataError where it cannot be read.
        """
        from wdh.computing import Computing
        from wdh.reshaping import Origin, make_reshaping
        from wdh.testing.batches import join_batches
        from wdh.workbook import Workbook

        domain = self.configuration.domain
        with (
            Workbook(workbook, limits=self.configuration.limits, text=domain.text) as book,
            book.open_sheet(
                book.choose_sheets(domain.wanted_sheets)[0],
                required_columns=domain.sought_columns,
                known=({*self.columns.headers} if self.columns else set()) - domain.given_columns
                | domain.corrected_headers,
                header=domain.header,
            ) as sheet,
        ):
            folders = workbook.absolute().parent.parts
            origin = Origin(workbook.name, sheet.sheet, folders, sheet.headers, sheet.read_cell)
            reshaping = make_reshaping(domain, origin)
            first = (next(iter(reshaping.parts(batch))) for batch in sheet.batches() if len(batch))
            computing = Computing(domain, None)
            completed = (computing.complete(batch).batch for batch in first)
            return join_batches(tuple(map(self._reshape if reshaping.long is None else _as_it_is, completed)))

    def _reshape(self, batch: Batch) -> Batch:
        """Give the first of the batches that the domain's package makes of one."""
        made = self.hooks.reshape(batch, self.context)
        return batch if made is None else made[0]

    def plan(self, workbook: Path, **wishes: Any) -> Planned:
        """Plan the run of ``wdh-run --file workbook``, leaving rejected rows out. Raises what the job raises.

        ``wishes`` are further fields of RunRequest, such as ``skip_facts``.
        """
        from wdh.testing.facts import read_facts

        seen: list[tuple[Sequence[Mapping[str, FactValue]], str]] = []

        def keep(plan: Plan) -> None:
            if plan.facts is None:
                raise AssertionError("the plan of a run has the facts it was made from")
            seen.append((read_facts(plan.facts), plan.facts.sha256))

        report = self._run(workbook, on_plan=keep, **wishes)
        return Planned(report, *seen[0])

    def execute(self, workbook: Path, warehouse: Warehouse, **wishes: Any) -> Report:
        """Run ``wdh-run --file workbook --execute`` at ``warehouse``, leaving rejected rows out."""
        return self._run(workbook, open_warehouse=lambda: warehouse, execute=True, **wishes)

    def _run(
        self, workbook: Path, *, open_warehouse: Any = None, on_plan: Any = lambda _: None, **wishes: Any
    ) -> Report:
        from wdh.run import RejectLimit, RunRequest, run

        limit = RejectLimit(share=Fraction(1))
        request = RunRequest(self.name, self.config, workbook.parent, files=(workbook,), reject_limit=limit, **wishes)
        return run(request, open_warehouse=open_warehouse, on_plan=on_plan)


def _as_it_is(batch: Batch) -> Batch:
    return batch


def load_subject(name: str, config: Path | None, *, folder: Path) -> DomainUnderTest:
    """Load a domain and its configuration.

    ``config`` None: the configuration that its demonstration writes, together with workbooks, into ``folder``.
    Raises SetupError where it has no demonstration either, and as load_domain() and read_configuration() do.
    """
    from wdh.domain.loading import load_hooks
    from wdh.domain.own_answers import DeclaredDomain, FactLoading
    from wdh.registry import load_domain

    if config is not None:
        return _configure(load_hooks(name, config, extra=[FactLoading()]), config)
    hooks = load_domain(name, extra=[DeclaredDomain(), FactLoading()])
    written = write_demo(hooks, folder)
    if written is None:
        raise SetupError(
            f"there is no configuration to test the domain {name!r} with: write a data_sources.yml into pytest's "
            "rootdir, or name one there with wdh_config = PATH",
            domain=name,
        )
    return replace(_configure(hooks, written), demo=folder)


def _configure(hooks: Hooks, config: Path) -> DomainUnderTest:
    from wdh.domain.loading import declared_columns, read_configuration

    configuration = read_configuration(config, hooks)
    return DomainUnderTest(hooks.domain, config, hooks, configuration, declared_columns(configuration.domain))


def write_demo(hooks: Hooks, folder: Path) -> Path | None:
    """Have the domain's demonstration written into ``folder``; give its configuration. None: it has none."""
    folder.mkdir(parents=True, exist_ok=True)
    text = hooks.write_demo(folder, DEMO_SEED)
    if text is None:
        return None
    path = folder / DEMO_CONFIG
    path.write_text(text, encoding="utf-8")
    return path
