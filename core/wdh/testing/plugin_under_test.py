"""The plugin under test: its hooks alone, its settings completed, and the cases that it is tried on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from wdh.context import RunContext
from wdh.errors import PluginError, SetupError
from wdh.facts import Note, Reject
from wdh.testing.rows import facts_of
from wdh.words.spelling import did_you_mean

if TYPE_CHECKING:
    from wdh.apply.reading import WarehouseReader
    from wdh.configuration import Provided
    from wdh.registry import Hooks, Plugin, Veto
    from wdh.testing.warehouse import Tables

STRANGE_DOMAIN: Final = "a_domain_that_is_not_there"
"""The name of a domain that no plugin knows."""

Answers = tuple["Veto | Note", ...]


@dataclass(frozen=True, slots=True)
class PluginCase:
    """A run that a plugin is asked about and told of.

    Without ``veto`` and ``note``, ``skip_facts`` must agree; without ``rejects``, ``check_facts`` must refuse no fact.
    """

    name: str = "a run"
    """How messages call the case."""
    facts: Sequence[Mapping[str, object]] = ()
    """The rows of the run, as :func:`wdh.testing.facts_of` takes them."""
    settings: Mapping[str, Any] | None = None
    """The plugin's block in data_sources.yml; None: there is none."""
    tables: Tables | None = None
    """The tables of the warehouse, as :func:`wdh.testing.fake_warehouse` takes them; None: the run only plans."""
    domain: str = "shops"
    """The domain that the run is about."""
    pk: tuple[str, ...] = ()
    """The columns of the delete scope."""
    veto: str | None = None
    """A part of the reason that ``skip_facts`` must give."""
    note: str | None = None
    """The code of the note that ``skip_facts`` must give."""
    rejects: Sequence[str] = ()
    """The reasons of the rejects that ``check_facts`` must give, in the order of the rows."""


USUAL_CASES: Final = (
    PluginCase("a run without facts"),
    PluginCase("a run with a fact", [{"month": "2024-11", "code": "0001", "amount": 12, "blank": None}]),
)
"""The cases that every plugin is tried on: without settings, and of columns that it does not know."""


@dataclass(frozen=True, slots=True)
class PluginUnderTest:
    """A plugin, loaded as a run loads it, without any other."""

    plugin: Plugin
    hooks: Hooks
    provided: Provided = field(repr=False)

    @property
    def name(self) -> str:
        """The name of its entry point, which is that of its block in data_sources.yml."""
        return self.plugin.name

    def has(self, hook: str) -> bool:
        """Say whether the plugin answers a hook."""
        return bool(self.hooks.implementations.get(hook))

    def complete(self, settings: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """Complete a block of data_sources.yml as a run does; None stays None.

        Raises SetupError, with every fault, for a block that breaks the plugin's contract.
        """
        from wdh.configuration.completion import complete_settings
        from wdh.configuration.contract import find_breaches
        from wdh.configuration.faults import show_path

        if settings is None:
            return None
        contracts = dict(self.provided.copy().settings or {})
        keys = {"properties": dict.fromkeys(contracts, True), "additionalProperties": False}
        completed = complete_settings(settings, contracts)
        breaches = [*find_breaches(dict(settings), keys), *find_breaches(completed, {"properties": contracts})]
        if breaches:
            told = "; ".join(f"plugins.{self.name}.{show_path(breach.path)}: {breach.message}" for breach in breaches)
            raise SetupError(f"the settings of a case are faulty: {told}")
        return completed

    def skip_facts(self, case: PluginCase, warehouse: WarehouseReader | None, **changes: Any) -> Answers:
        """Ask the plugin about the run of a case; ``changes`` are fields of it to replace. Raises PluginError."""
        case = replace(case, **changes)
        facts = facts_of(case.facts, pk=case.pk)
        return self._hooks_for(case).skip_facts(
            RunContext(case.domain, pk=case.pk), facts, warehouse, blocks=self._blocks_of(case)
        )

    def check_facts(self, case: PluginCase, **changes: Any) -> tuple[Reject, ...]:
        """Ask the plugin which facts of a case it refuses, in the order of the rows; otherwise as skip_facts."""
        from wdh.facts.sheets import FactSheets

        case = replace(case, **changes)
        facts = FactSheets.of(facts_of(case.facts, pk=case.pk), ())
        rejects = self._hooks_for(case).check_facts(
            RunContext(case.domain, pk=case.pk), facts, blocks=self._blocks_of(case)
        )
        return tuple(reject.plain() for reject in sorted(rejects, key=lambda reject: reject.row))

    def _hooks_for(self, case: PluginCase) -> Hooks:
        return structs.replace(self.hooks, domain=case.domain)

    def _blocks_of(self, case: PluginCase) -> Mapping[str, Mapping[str, Any]]:
        settings = self.complete(case.settings)
        return {} if settings is None else {self.name: settings}

    def tell(self, hook: str, case: PluginCase, **values: object) -> Iterator[PluginError]:
        """Tell the plugin how a run ended, by ``hook``; give what went wrong with it."""
        settings = self.complete(case.settings)
        from wdh.registry.answers import check_nothing

        for implementation in self.hooks.implementations.get(hook, ()):
            try:
                answer = implementation.call({"domain": case.domain, "settings": settings, **values})
                check_nothing(answer, refuse=implementation.refuse)
            except PluginError as error:
                yield error


def load_plugin(name: str | None, *, time_limit: float) -> PluginUnderTest:
    """Load the plugin whose entry point in the group ``wdh.plugins`` has this name.

    Raises SetupError where none is installed, or more than one; PluginError where it cannot be loaded.
    """
    from wdh.configuration import Provided
    from wdh.registry import Hooks
    from wdh.registry.entry_points import PLUGINS, find_plugins, import_plugin
    from wdh.registry.implementations import collect_implementations

    installed = find_plugins(PLUGINS)
    found = [plugin for plugin in installed if plugin.name == name]
    if len(found) != 1:
        raise SetupError(_refuse_name(name, found, [plugin.name for plugin in installed]))
    plugin = found[0]
    implementations = collect_implementations(
        [(plugin, import_plugin(plugin, time_limit=time_limit))], time_limit=time_limit
    )
    hooks = Hooks("", plugin, implementations, (plugin,))
    ((_, settings),) = hooks.provide_plugin_settings()
    return PluginUnderTest(plugin, hooks, Provided(None, settings, plugin.entry))


def _refuse_name(name: str | None, found: Sequence[Plugin], known: Sequence[str]) -> str:
    if name is None:
        return 'which plugin is to be tested? Write plugin = "NAME" into the class that inherits from PluginConformance'
    if found:
        return f"the plugin {name!r} is there more than once: {' and '.join(each.entry for each in found)}"
    hint = did_you_mean(name, known) or "."
    return (
        f"the plugin {name!r} is not installed{hint} Install its package into this environment (pip install -e .); "
        f"installed are: {', '.join(known) or 'none'}"
    )
