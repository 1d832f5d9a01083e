"""A typed method for every hook, for the run to call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from wdh.apply.reading import CannotAsk
from wdh.errors import PluginError, WdhError
from wdh.facts import Note
from wdh.registry import answers
from wdh.registry.implementations import Implementation, Plugin, describe_error
from wdh.sql.tables import Table
from wdh.words.language import later, say

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


class Off(Struct, frozen=True):
    """A plugin that a run neither asks nor tells, by the name of its entry point, and ``why``.

    ``package`` is its distribution and version; None: it is not installed.
    """

    plugin: str
    package: str | None
    why: str

    def __str__(self) -> str:
        """Say what follows of it."""
        named = self.plugin if self.package is None else f"{self.plugin} ({self.package})"
        return say("{named} was not asked about the facts: {why}", named=named, why=self.why)


class Hooks(Struct, frozen=True):
    """The hooks of one domain: its own answers, and those of the plugins that serve every domain.

    ``plugin`` is where the domain comes from; ``implementations`` has, per hook, who is asked, in order; ``plugins``
    are the installed ones that serve every domain, those without an answer to any hook here included, and ``off`` those
    that are switched off. Every method raises PluginError, naming plugin and hook, when an implementation raises or
    answers what it may not; a WdhError that a plugin raises goes through.
    """

    domain: str
    plugin: Plugin
    implementations: Mapping[str, tuple[Implementation, ...]]
    plugins: tuple[Plugin, ...] = ()
    off: tuple[Off, ...] = ()

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
        return answers.check_parts(answer, batch, refuse=partial(implementation.refuse, batch=batch))

    def transform(self, batch: Batch, context: RunContext, columns: Columns | None = None) -> Facts:
        """Turn a batch into facts and rejects, of which the row numbers add up to those of the batch."""
        first = self._first("transform", batch=batch, context=context, columns=columns)
        if first is None:
            sentence, own = say("returned None, and no other plugin answered; return Facts"), self.own_transform
            raise self.plugin.error(sentence, hook="transform") if own is None else own.refuse(sentence, batch=batch)
        implementation, answer = first
        refuse = partial(implementation.refuse, batch=batch)
        try:
            return answers.check_facts(answer, batch, refuse=refuse)
        except PluginError:
            raise
        except Exception as error:  # of an object that is not what it seems, such as a list that raises
            raise refuse(
                say(
                    "returned Facts that cannot be read ({error}); use lists, and what Columns.clean and "
                    "Facts.from_rows make",
                    error=describe_error(error),
                )
            ) from error

    @property
    def refuse_facts(self) -> Callable[[str, Batch], WdhError] | None:
        """Make errors about the facts that a package's transform made of rows; None: no package's does."""
        first = self.own_transform or next(iter(self.implementations.get("transform", ())), None)
        if first is None or not first.plugin.group:
            return None
        return lambda sentence, batch: first.refuse(sentence, batch=batch)

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
            try:
                answer = implementation.call({**values, "settings": own})
            except CannotAsk as error:
                raise self._explain_question(error, implementation, own) from error
            if isinstance(answer, Note):
                verdicts.append(answers.check_note(answer, refuse=implementation.refuse))
            elif answer is not None:
                reason = answers.check_text(
                    answer, refuse=implementation.refuse, wanted=later("a str, a Note, or None")
                )
                verdicts.append(Veto(reason, str(implementation.plugin)))
        return tuple(verdicts)

    def _explain_question(
        self, error: CannotAsk, implementation: Implementation, settings: Mapping[str, Any] | None
    ) -> PluginError:
        """Say of a question without an answer which plugin asked it, and which of its settings names the table."""
        plugin = implementation.plugin
        block = f"plugins.{plugin.name}" if plugin in self.plugins else f"domains.{self.domain}"
        named = next(find_setting(settings, error.target, block), None)
        where = "" if named is None else say(", or correct {named} in data_sources.yml", named=named)
        told = implementation.refuse(
            say("{said}; {cure}{where}. Nothing was touched", said=error.said, cure=error.cure, where=where)
        )
        told.facts.update(error.facts)
        return told

    def load_facts(self, facts: FactRows, target: Target, steps: StepRecorder) -> None:
        """Have the domain, or else the core, record the steps that load the facts.

        Each is asked with a recorder of its own. Raises PluginError for one that recorded something and answers None.
        """
        for implementation in self.implementations.get("load_facts", ()):
            plugin = implementation.plugin
            own = steps.for_package(str(plugin), entry=plugin.entry, refuse=implementation.refuse)
            answer = implementation.call({"domain": self.domain, "facts": facts, "target": target, "steps": own})
            if answer is None:
                own.refuse_forgotten()
                continue
            if answer is not True:
                raise implementation.refuse(
                    say("returned {answer!r}; return True when the steps are complete, or None", answer=answer)
                )
            own.complete()
            steps.take(own)
            return
        raise self.plugin.error(say("returned None, and no other plugin recorded the steps"), hook="load_facts")

    def run_finished(
        self, context: RunContext, make_document: Callable[[], Mapping[str, Any]], *, blocks: Blocks
    ) -> tuple[PluginError, ...]:
        """Tell every plugin that the run is over, each with a document of its own; return what went wrong with it.

        Raises nothing: the run is over. A plugin that is interrupted is the last one that is told.
        """
        return self._tell_all("run_finished", context, lambda: {"report": make_document()}, blocks=blocks)

    def run_failed(
        self, context: RunContext, make_document: Callable[[], Mapping[str, Any]], *, exit_code: int, blocks: Blocks
    ) -> tuple[PluginError, ...]:
        """Tell every plugin that the run failed, each with a document of the error of its own; otherwise as
        :meth:`run_finished`.
        """
        return self._tell_all(
            "run_failed", context, lambda: {"error": make_document(), "exit_code": exit_code}, blocks=blocks
        )

    def _tell_all(
        self, hook: str, context: RunContext, make_values: Callable[[], Mapping[str, object]], *, blocks: Blocks
    ) -> tuple[PluginError, ...]:
        faults: list[PluginError] = []
        for implementation in self.implementations.get(hook, ()):
            own = self._settings_of(implementation.plugin, context, blocks)
            try:
                answer = implementation.call({"domain": self.domain, "settings": own, **make_values()})
                answers.check_nothing(answer, refuse=implementation.refuse)
            except PluginError as error:
                faults.append(error)
            except WdhError as error:
                faults.append(implementation.refuse(say("raised {error}", error=describe_error(error))))
            except KeyboardInterrupt:
                return (*faults, implementation.refuse(say("was interrupted")))
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


def find_setting(settings: object, target: Target, place: str) -> Iterator[str]:
    """Find the settings below ``place`` that name a table: as a text, or as a mapping with the key ``table``."""
    if isinstance(settings, Mapping):
        if settings.get("table") == target.table and place.count(".") > 1:  # a mapping that is all about the table
            yield place
            return
        for key, value in settings.items():
            yield from find_setting(value, target, f"{place}.{key}")
    elif isinstance(settings, (list, tuple)):
        for value in settings:
            yield from find_setting(value, target, place)
    elif isinstance(settings, str) and settings in (target.table, f"{target.schema}.{target.table}"):
        yield place
