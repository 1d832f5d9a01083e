"""A run before anything is read: what is asked of it, by which configuration and packages, over which workbooks."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from wdh.apply.forecast import ChangeList
from wdh.context import RunContext, choose_visible
from wdh.discovery import Findings, FoundWorkbook, find_workbooks
from wdh.domain.loading import DomainSource, find_hooks, pointing_at_settings, read_configuration
from wdh.domain.own_answers import FactLoading, FactVeto
from wdh.logs import Log
from wdh.mending.mark import Mark
from wdh.plan.planning import wanted_references
from wdh.process import observation
from wdh.registry import conduct
from wdh.registry.hooks import Hooks, Off
from wdh.run.approving import refuse_unapproved
from wdh.run.audience import Audience, nobody_listens
from wdh.run.installation import Installation, read_installation
from wdh.run.record import Circumstances, hash_named, versions_of, without_own_places
from wdh.run.request import RunRequest
from wdh.settings import Configuration, Domain
from wdh.words.language import say

log = Log()

SKIP_FACTS = "--skip-facts"
"""The one veto that is known before the workbooks are read."""


class Task(Struct, frozen=True):
    """A run that knows what to read and how, and has read nothing yet. ``run_id`` is new and random.

    ``source`` is where other processes load the hooks of the domain from.
    ``marks`` are those of the workbooks that came back mended, by path.
    """

    request: RunRequest
    configuration: Configuration
    hooks: Hooks
    installation: Installation
    circumstances: Circumstances
    found: Findings
    run_id: str
    audience: Audience
    source: DomainSource
    marks: Mapping[Path, Mark] = {}

    @property
    def domain(self) -> Domain:
        return self.configuration.domain

    @property
    def forecasts(self) -> bool:
        return self.request.forecast or self.configuration.forecast

    @property
    def asks(self) -> bool:
        """Whether the run has a database that it may ask while it plans."""
        return self.request.execute or self.request.writes_plan or self.forecasts

    @property
    def withholds(self) -> bool:
        return self.audience.withholds

    @property
    def changes(self) -> ChangeList | None:
        """The list that every change of references goes into; None: nobody keeps one."""
        return None if self.withholds else self.request.changes


OnAudience = Callable[[Audience], None]
"""A caller's function that is given the plugins of a run, once they and their settings are known."""


def prepare_task(request: RunRequest, on_audience: OnAudience = nobody_listens) -> Task:
    """Find out what a run is to read and how: its packages, its configuration, its workbooks."""
    observation.begin()
    conduct.begin()
    task = foresee_task(request, on_audience)
    for considered in task.found.considered:
        log.info(
            "workbook_taken" if considered.taken else "file_passed_over",
            path=request.depots.show(considered.path),
            why=considered.sentence,
        )
    return task


def foresee_task(request: RunRequest, on_audience: OnAudience = nobody_listens) -> Task:
    """Find the same out of a run whose turn has not come; what is known of the packages of another one stays known."""
    own: list[object] = [FactLoading()]
    if request.skip_facts:
        own.append(FactVeto(SKIP_FACTS))
    source = _find_hooks(request)
    hooks = source.load(extra=own)
    configuration = _configure(request, hooks)
    domain = configuration.domain
    withholds = request.withhold_values or configuration.withhold_values
    audience = Audience(hooks, RunContext(domain.name, domain.settings), configuration.plugins, withholds)
    on_audience(audience)
    refuse_unapproved(request, configuration)
    visible = choose_visible(request.environment)
    month = None if request.period is None else request.period.only
    pk = domain.pk if request.wishes.load_mode == "delete_insert" else ()
    folder = request.config.absolute().parent
    context = RunContext(domain.name, domain.settings, visible, month, pk, folder)
    vetoes = (SKIP_FACTS,) if request.skip_facts else ()
    wanted_references(domain, request.wishes)  # a name that is not there is told before anything is searched
    absent = (
        Off(name, None, say("it is not installed, and plugins.{name} is optional", name=name))
        for name in configuration.absent
    )
    circumstances = Circumstances(
        domain,
        request.wishes,
        context,
        vetoes,
        versions_of(hooks),
        repr(request.reject_limit),
        configuration.plugins,
        off=(*hooks.off, *absent),
    )
    installation = Installation()
    if request.execute:
        installation = read_installation(hooks)
        told = (domain.settings, configuration.plugins, without_own_places(context.environment))
        circumstances = replace(circumstances, code=installation.sha256, named=hash_named(told, request.config.parent))
    found = _find(request, configuration)
    return Task(request, configuration, hooks, installation, circumstances, found, str(uuid.uuid4()), audience, source)


def _find_hooks(request: RunRequest) -> DomainSource:
    time_limit, without = request.time_limit, request.without_plugins
    return find_hooks(request.domain, request.config, time_limit=time_limit, without=without)


def _find(request: RunRequest, configuration: Configuration) -> Findings:
    return find_workbooks(
        request.data_dir,
        domain=configuration.domain,
        discovery=configuration.discovery,
        max_files=request.max_files,
        period=request.period,
        files=request.files,
        find_outdated=partial(_find_outdated, request, configuration),
        depots=request.depots,
    )


def _find_outdated(request: RunRequest, configuration: Configuration, paths: Sequence[Path]) -> Collection[Path]:
    from wdh.run.delivery import find_outdated

    request.depots.fetch(paths)
    return find_outdated(configuration, paths)


def find_taken(request: RunRequest) -> tuple[FoundWorkbook, ...]:
    """Find the workbooks that a run would read, oldest month first. Raises what :func:`carry_out` does until then."""
    with request.depots.naming(), pointing_at_settings(request.config, domain=request.domain):
        hooks = _find_hooks(request).load()
        return _find(request, _configure(request, hooks)).taken


def _configure(request: RunRequest, hooks: Hooks) -> Configuration:
    configuration = read_configuration(request.config, hooks)
    domain = configuration.domain
    sheet, sheets = (domain.sheet, domain.sheets) if request.sheet is None else (request.sheet, ())
    return replace(configuration, domain=replace(domain, sheet=sheet, sheets=sheets, pk=request.pk or domain.pk))
