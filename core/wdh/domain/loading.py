"""A domain, as its package and its entry in data_sources.yml make it together: hooks, configuration, columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from msgspec import Struct

from wdh.columns import Columns, declare_column, declare_columns
from wdh.configuration import (
    Fault,
    Judges,
    Provided,
    find_cautions,
    find_faults,
    find_switched_off,
    load_configuration,
    point_at,
    written_domains,
    written_plugins,
)
from wdh.domain.own_answers import DeclaredDomain
from wdh.errors import SetupError
from wdh.references.picks import check_rule
from wdh.registry import (
    DEFAULT_TIME_LIMIT,
    Plugin,
    domain_names,
    load_domain,
    load_plugins,
    refuse_unknown_plugins,
)
from wdh.registry.entry_points import DOMAINS, PLUGINS, describe_fault, find_plugins
from wdh.registry.hooks import Hooks
from wdh.registry.listing import describe_twins, list_twins
from wdh.settings import Configuration, Domain
from wdh.words.language import join, say
from wdh.words.spelling import did_you_mean

JUDGES = Judges(declare_column, check_rule)
"""Those who judge what the contracts of the configuration cannot."""


def declared_columns(domain: Domain) -> Columns | None:
    """Make the columns that the configuration declares for a domain; None: it declares none."""
    if domain.columns is None:
        return None
    keys = (rule for ref in domain.refs for rule in ref.columns if rule.column in ref.key)
    key = (*domain.pk, *(rule.source or rule.column for rule in keys))
    return declare_columns(domain.columns, totals=domain.totals.words, label=domain.totals.label, key=key)


class DomainSource(Struct, frozen=True):
    """Where the hooks of a domain come from, so that another process loads the same ones.

    ``declared``: the configuration says all there is to say; None: a package does. ``off`` are the plugins that are
    switched off, each with the reason; ``time_limit`` is as for load_domain().
    """

    domain: str
    declared: Plugin | None
    time_limit: float
    off: tuple[tuple[str, str], ...]

    def load(self, *, extra: Sequence[object] = ()) -> Hooks:
        """Load them, with ``extra`` objects of the core's own. Raises as load_domain()."""
        own, off = (DeclaredDomain(), *extra), dict(self.off)
        return load_domain(self.domain, extra=own, declared=self.declared, time_limit=self.time_limit, without=off)


def find_hooks(
    domain: str, path: Path, *, time_limit: float = DEFAULT_TIME_LIMIT, without: Collection[str] = ()
) -> DomainSource:
    """Find out where the hooks of a domain come from, as :func:`load_hooks` loads them."""
    if without:
        refuse_unknown_plugins(without)
    off = {**find_switched_off(path), **dict.fromkeys(without, say("switched off by --without-plugin"))}
    declared = None
    if all(plugin.name != domain for plugin in domain_names()) and "columns" in written_domains(path).get(domain, {}):
        declared = Plugin(domain, path.name)
    return DomainSource(domain, declared, time_limit, tuple(off.items()))


def load_hooks(
    domain: str,
    path: Path,
    *,
    extra: Sequence[object] = (),
    time_limit: float = DEFAULT_TIME_LIMIT,
    without: Collection[str] = (),
) -> Hooks:
    """Load the hooks of a domain: those of its package, or, where none is installed, of what ``path`` declares.

    The plugins that ``without`` or the file at ``path`` switches off are left out. Raises SetupError for a name in
    ``without`` that no plugin has, and as load_domain().
    """
    return find_hooks(domain, path, time_limit=time_limit, without=without).load(extra=extra)


def read_configuration(path: Path, hooks: Hooks) -> Configuration:
    """Read a data_sources.yml and complete the entry of the domain whose ``hooks`` these are."""
    return load_configuration(
        path, domain=hooks.domain, provided=_provided(hooks), judges=JUDGES, plugins=_group(hooks)
    )


def check_configuration(path: Path) -> tuple[Fault, ...]:
    """Find all faults of a data_sources.yml, with what its domains bring where they are known.

    A domain is known that has a package installed, or declares its columns. A package that is broken, or that is not
    there, is a fault of its domain's entry, and stops no other from being checked. Raises SetupError where there is no
    readable file.
    """
    known = _ask_known(path)
    missing = {name: _say_missing(name) for name in written_domains(path) if name not in known}
    return find_faults(path, {**known, **missing}, judges=JUDGES, plugins=_ask_plugins_for_provided(path))


def find_twins(path: Path) -> tuple[str, ...]:
    """Find the names that several installed packages claim and that the file does not use, a sentence for each.

    Where it uses one, that is a fault.
    """
    used = {(DOMAINS, name) for name in written_domains(path)} | {(PLUGINS, name) for name in written_plugins(path)}
    return tuple(describe_twins(*claims) for claims in list_twins() if (claims[0].group, claims[0].name) not in used)


def find_configuration_cautions(path: Path) -> tuple[Fault, ...]:
    """Find what is seldom meant in a data_sources.yml without faults."""
    return find_cautions(path, _ask_known(path))


def _ask_known(path: Path) -> Mapping[str, Provided]:
    installed = {plugin.name for plugin in domain_names()}
    known = [name for name, entry in written_domains(path).items() if name in installed or "columns" in entry]
    return {name: ask_for_provided(name, path) for name in known}


@contextmanager
def pointing_at_settings(path: Path, *, domain: str) -> Iterator[None]:
    """Say of a setting that turns out wrong only at work in which line of the configuration it is."""
    try:
        yield
    except SetupError as error:
        pointed = point_at(error, path, domain=str(error.facts.get("domain", domain)))
        if pointed is error:
            raise
        raise pointed from error


def ask_for_provided(name: str, path: Path) -> Provided:
    """Ask the package of a domain, or else the file at ``path``, what it brings to the configuration."""
    try:
        return _provided(load_hooks(name, path))
    except SetupError as error:
        return Provided(None, None, name, fault=_say_unusable(error))


def _say_unusable(error: SetupError) -> str:
    if error.facts.get("group") != PLUGINS:
        return say("its package cannot be used: {message}", message=error.message)
    plugin = error.facts.get("entry_point")
    return say(
        "no domain can be used as long as a plugin is broken: {message}; or go without it "
        "(--without-plugin {plugin}, or plugins: {{{plugin}: {{enabled: false}}}})",
        message=error.message,
        plugin=plugin,
    )


def _say_missing(name: str) -> Provided:
    """Say of a domain that nobody reads what to install, as far as that can be known."""
    found = domain_names()
    names = sorted({plugin.name for plugin in found})
    unread = join("", (describe_fault(plugin) for plugin in find_plugins(DOMAINS) if plugin.fault))
    hint = did_you_mean(name, names) or say(".")
    fault = say(
        "no package that is installed provides this domain, and it declares no columns{hint} Install the "
        "package that provides it into the environment that wdh runs in (pip install), or declare its "
        "columns; the domains that are installed: {names}.{unread}",
        hint=hint,
        names=", ".join(names) or say("none"),
        unread=unread,
    )
    return Provided(None, None, name, fault=fault)


def _ask_plugins_for_provided(path: Path) -> Mapping[str, Sequence[Provided]] | None:
    for without in ({}, find_switched_off(path)):  # one that is switched off must be right, too, but may be broken
        with suppress(SetupError):
            return _group(load_plugins(without=without))
    return None  # a broken plugin for every domain is a fault of every domain's entry


def _group(hooks: Hooks) -> Mapping[str, Sequence[Provided]]:
    """Say what the plugins for every domain bring to the configuration, by name."""
    brought: dict[str, list[Provided]] = {}
    for plugin, settings in hooks.provide_plugin_settings():
        brought.setdefault(plugin.name, []).append(Provided(None, settings, plugin.entry))
    for each in hooks.off:
        brought.setdefault(each.plugin, []).append(Provided(None, None, each.package or "", is_asked=False))
    return brought


def _provided(hooks: Hooks) -> Provided:
    own = hooks.own_transform
    columns: Literal["refused", "taken", "needed"] = (
        "needed" if own is None else "taken" if "columns" in own.arguments else "refused"
    )
    return Provided(hooks.provide_refs(), hooks.provide_settings(), hooks.plugin.entry, columns)
