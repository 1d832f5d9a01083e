"""A typed method for every hook, for the run to call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from wdh.errors import PluginError, WdhError
from wdh.facts import Note
from wdh.registry import answers
from wdh.registry.implementations import Implementation, Plugin, describe_error
from wdh.sql.tables import Table

if TYPE_CHECKING:
    from pathlib import Path

    from wdh.apply.reading import WarehouseReader
    from wdh.columns import Columns
    from wdh.context import RunContext
    from wdh.facts import Batch, Facts
    from wdh.facts.sheets import FactReject, FactSheets
    from wdh.facts.spool import FactRows
    from wdh.plan import StepRecorder
    from wdh.settings import Reference
    from wdh.sql.identifiers import Target

Blocks = Mapping[str, Mapping[str, Any]]
"""The settings of plugins for every domain, by the names of their entry points."""


class Veto(Struct, frozen=True):
    """A reason not to load facts, and the plugin that gave it: distribution and version."""

    reason: str
    plugin: str


class Hooks(Struct, frozen=True):
    """The hooks of one domain: its own answers, and those of the plugins that serve every domain.

    ``plugin`` is where the domain comes from; ``implementations`` has, per hook, who is asked, in order; ``plugins``
    are the installed ones that serve every domain, those without an answer to any hook here included. Every method
    raises PluginError, naming plugin and hook, when an implementation raises or answers what it may not; a WdhError
    that a plugin raises goes through.
    """

    domain: str
    plugin: Plugin
    implementations: Mapping[str, tuple[Implementation, ...]]
    plugins: tuple[Plugin, ...] = ()

    def provide_refs(self) -> Mapping[str, Any] | None:
        """Ask for the default refs block, in the YAML's form. None: the domain has no references."""
        return self._first_mapping("provide_refs", object)

    def provide_settings(self) -> Mapping[str, Any] | None:
        """Ask for the contract of the domain's own keys: JSON Schemas by key. None: it has no keys of its own."""
        return self._provide_settings(self.plugin, self.domain)

    def provide_plugin_settings(self) -> tuple[tuple[Plugin, Mapping[str, Any] | None], ...]:
        """Ask each plugin for every domain for the contract of its own block, as :meth:`provide_settings` does."""
        return tuple((plugin, self._provide_settings(plugin, None)) for plugin in self.plugins)

    def _provide_settings(self, plugin: Plugin, domain: str | None) -> Mapping[str, Any] | None:
        for implementation in self.implementations.get("provide_settings", ()):
            if implementation.plugin == plugin:
                answer = implementation.call({"domain": domain})
                return None if answer is None else answers.check_mapping(answer, object, refuse=implementation.refuse)
        return None

    def provide_tables(
        self, columns: Columns | None = None, refs: tuple[Reference, ...] = ()
    ) -> Mapping[str, Table] | None:
        """Ask for the tables the domain needs, by ``facts`` and the names of its refs. None: it describes none."""
        return self._first_mapping("provide_tables", Table, columns=columns, refs=refs)

    @property
    def own_transform(self) -> Implementation | None:
        """The transform of the domain's own package; None where it has none."""
        own = (found for found in self.implementations.get("transform", ()) if found.plugin == self.plugin)
        return next(own, None)

    def reshape(self, batch: Batch, context: RunContext) -> Sequence[Batch] | None:
        """Ask for the batches that the rows of one make; None: they stay as they are."""
        first = self._first("reshape", batch=batch, context=context)
        if first is None:
            return None
        implementation, answer = first
        return answers.check_parts(answer, batch, refuse=implementation.refuse)

    def transform(self, batch: Batch, context: RunContext, columns: Columns | None = None) -> Facts:
        """Turn a batch into facts and rejects, of which the row numbers add up to those of the batch."""
        first = self._first("transform", batch=batch, context=context, columns=columns)
        if first is None:
            raise self.plugin.error("returned None, and no other plugin answered; return Facts", hook="transform")
        implementation, answer = first
        return answers.check_facts(answer, batch, refuse=implementation.refuse)

    @property
    def checks_facts(self) -> bool:
        """Whether anything answers the hook check_facts."""
        return bool(self.implementations.get("check_facts"))

    def check_facts(self, context: RunContext, facts: FactSheets, *, blocks: Blocks) -> tuple[FactReject, ...]:
        """Ask the domain and every plugin for the facts to be refused; ``blocks`` are as for skip_facts."""
        values = {"domain": self.domain, "facts": facts, "context": context}
        rejects: list[FactReject] = []
        for implementation in self.implementations.get("check_facts", ()):
            own = self._settings_of(implementation.plugin, context, blocks)
            answer = implementation.call({**values, "settings": own})
            rejects += answers.check_rejects(answer, facts, refuse=implementation.refuse)
        return tuple(rejects)

    def skip_facts(
        self, context: RunContext, facts: FactRows, warehouse: WarehouseReader | None, *, blocks: Blocks
    ) -> tuple[Veto | Note, ...]:
        """Ask every plugin whether facts may be loaded; without a Veto in the answers the facts may be.

        ``blocks`` are the completed settings of the plugins that the file has a block of.
        """
        values = {"domain": self.domain, "context": context, "facts": facts, "warehouse": warehouse}
        verdicts: list[Veto | Note] = []
        for implementation in self.implementations.get("skip_facts", ()):
            own = self._settings_of(implementation.plugin, context, blocks)
            answer = implementation.call({**values, "settings": own})
            if isinstance(answer, Note):
                verdicts.append(answers.check_note(answer, refuse=implementation.refuse))
            elif answer is not None:
                reason = answers.check_text(answer, refuse=implementation.refuse, wanted="a str, a Note, or None")
                verdicts.append(Veto(reason, str(implementation.plugin)))
        return tuple(verdicts)

    def load_facts(self, facts: FactRows, target: Target, steps: StepRecorder) -> None:
        """Have the domain, or else the core, record the steps that load the facts.

        Each is asked with a recorder of its own: what it recorded counts only where it answers True.
        """
        for implementation in self.implementations.get("load_facts", ()):
            own = steps.for_package(str(implementation.plugin), refuse=implementation.refuse)
            answer = implementation.call({"domain": self.domain, "facts": facts, "target": target, "steps": own})
            if answer is None:
                continue
            if answer is not True:
                raise implementation.refuse(f"returned {answer!r}; return True when the steps are complete, or None")
            own.complete()
            steps.take(own)
            return
        raise self.plugin.error("returned None, and no other plugin recorded the steps", hook="load_facts")

    def run_finished(
        self, context: RunContext, make_document: Callable[[], Mapping[str, Any]], *, blocks: Blocks
    ) -> tuple[PluginError, ...]:
        """Tell every plugin that the run is over, each with a document of its own; return what went wrong with it.

        Raises nothing: the run is over. A plugin that is interrupted is the last one that is told.
        """
        faults: list[PluginError] = []
        for implementation in self.implementations.get("run_finished", ()):
            own = self._settings_of(implementation.plugin, context, blocks)
            try:
                answer = implementation.call({"domain": self.domain, "report": make_document(), "settings": own})
                answers.check_nothing(answer, refuse=implementation.refuse)
            except PluginError as error:
                faults.append(error)
            except WdhError as error:
                faults.append(implementation.refuse(f"raised {describe_error(error)}"))
            except KeyboardInterrupt:
                return (*faults, implementation.refuse("was interrupted"))
        return tuple(faults)

    def write_demo(self, folder: Path, seed: int) -> str | None:
        """Have sample workbooks written and return the text of their data_sources.yml. None: no demonstration."""
        first = self._first("write_demo", folder=folder, seed=seed)
        if first is None:
            return None
        implementation, answer = first
        return answers.check_text(answer, refuse=implementation.refuse)

    def _settings_of(self, plugin: Plugin, context: RunContext, blocks: Blocks) -> Mapping[str, Any] | None:
        return blocks.get(plugin.name) if plugin in self.plugins else context.settings

    def _first_mapping(self, hook: str, kind: type[answers.T], **values: object) -> Mapping[str, answers.T] | None:
        first = self._first(hook, **values)
        if first is None:
            return None
        implementation, answer = first
        return answers.check_mapping(answer, kind, refuse=implementation.refuse)

    def _first(self, hook: str, **values: object) -> tuple[Implementation, object] | None:
        """Ask one implementation after the other until one answers anything but None."""
        values["domain"] = self.domain
        for implementation in self.implementations.get(hook, ()):
            answer = implementation.call(values)
            if answer is not None:
                return implementation, answer
        return None
