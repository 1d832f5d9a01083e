"""Finds the installed domains and plugins, and loads the requested one.

Domains are entry points of the group ``wdh.domains``, plugins for every domain of ``wdh.plugins``. Listing imports
nothing; loading imports the requested domain and the plugins for every domain, and no other package.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from importlib.metadata import Distribution, EntryPoint, distributions, version
from types import MappingProxyType
from typing import Final

from wdh.errors import PluginError, SetupError
from wdh.hookspecs import NoSuchHook
from wdh.process import observation
from wdh.registry import conduct
from wdh.registry.blame import Where, find_line
from wdh.registry.hooks import Hooks, Off
from wdh.registry.implementations import Plugin, collect_implementations, describe_error
from wdh.registry.time_limits import DEFAULT_TIME_LIMIT, TookTooLong, limit_time
from wdh.words.language import join, say
from wdh.words.spelling import did_you_mean

DOMAINS: Final = "wdh.domains"
PLUGINS: Final = "wdh.plugins"

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def domain_names() -> tuple[Plugin, ...]:
    """List the installed domains by name, without importing any. A name claimed twice is there twice."""
    return tuple(sorted(plugin for plugin in find_plugins(DOMAINS) if plugin.fault is None))


def plugin_names() -> tuple[Plugin, ...]:
    """List the installed plugins for every domain by name, without importing any."""
    return tuple(sorted(plugin for plugin in find_plugins(PLUGINS) if plugin.fault is None))


def load_domain(
    name: str,
    *,
    extra: Sequence[object] = (),
    declared: Plugin | None = None,
    time_limit: float = DEFAULT_TIME_LIMIT,
    without: Mapping[str, str] = _NONE,
) -> Hooks:
    """Import the domain ``name`` and every plugin of ``wdh.plugins``, check them, and return their hooks.

    ``extra`` are the core's own plugin objects of this run. The domain is asked first, then the plugins, then
    ``extra``, the last of each before the first, unless ``tryfirst`` or ``trylast`` says otherwise. ``declared`` is
    the domain where no package provides it but a configuration says all there is to say. ``time_limit`` is how many
    seconds an import or a call of a hook may take; 0: any time. The plugins that ``without`` names, each with the
    reason, are switched off: they are not even imported.

    Raises SetupError when no package, or more than one, provides the domain; PluginError when the domain or a plugin
    cannot be imported or is not what it should be. A broken plugin for every domain stops every domain: its veto
    could not be heard.
    """
    found = [(Plugin(type(own).__name__, "wdh"), own) for own in extra]
    plugins, off = _part(find_plugins(PLUGINS), without)
    found += [(plugin, import_plugin(plugin, time_limit=time_limit)) for plugin in plugins]
    domain = declared or _choose(name, find_plugins(DOMAINS))
    if declared is None:
        found.append((domain, import_plugin(domain, time_limit=time_limit)))
    return Hooks(name, domain, collect_implementations(_drop_repeated(found), time_limit=time_limit), plugins, off)


def load_plugins(*, time_limit: float = DEFAULT_TIME_LIMIT, without: Mapping[str, str] = _NONE) -> Hooks:
    """Import every plugin of ``wdh.plugins`` and no domain; their hooks know what each brings to a configuration.

    Those that ``without`` names are not imported. Raises PluginError for one that cannot be imported or is not what it
    should be.
    """
    plugins, off = _part(find_plugins(PLUGINS), without)
    found = [(plugin, import_plugin(plugin, time_limit=time_limit)) for plugin in plugins]
    return Hooks("", Plugin("", "wdh"), collect_implementations(found, time_limit=time_limit), plugins, off)


def refuse_unknown_plugins(names: Iterable[str]) -> None:
    """Raise SetupError for a name that no installed plugin for every domain has."""
    known = sorted({plugin.name for plugin in find_plugins(PLUGINS) if plugin.fault is None})
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or say(".")
            raise SetupError(
                say(
                    "--without-plugin {name}: no plugin of this name is installed{hint} Installed are: {known}. "
                    "Nothing was touched.",
                    name=name,
                    hint=hint,
                    known=", ".join(known) or say("none"),
                ),
                plugin=name,
            )


def _part(found: Sequence[Plugin], without: Mapping[str, str]) -> tuple[tuple[Plugin, ...], tuple[Off, ...]]:
    on = tuple(plugin for plugin in found if plugin.fault is not None or plugin.name not in without)
    return on, tuple(Off(each.name, str(each), without[each.name]) for each in found if each not in on)


def find_plugins(group: str) -> tuple[Plugin, ...]:
    """List the entry points of a group, and the distributions whose entry points cannot be read. Imports nothing."""
    found: dict[tuple[str, ...], Plugin] = {}
    for distribution in distributions():
        for plugin in _read_group(distribution, group):
            # The same distribution is met twice where it is installed and also in the checkout one stands in.
            same = (re.sub(r"[-_.]+", "-", plugin.distribution).lower(), plugin.name, plugin.value)
            found.setdefault(same, plugin)
    return tuple(found.values())


def _read_group(distribution: Distribution, group: str) -> Iterable[Plugin]:
    try:
        points = [point for point in distribution.entry_points if point.group == group]
    except Exception as error:  # a file that somebody damaged makes the parser raise whatever comes
        if _mentions(distribution, group, error=error):
            fault = say(
                "its entry_points.txt cannot be read ({error}); install the package anew", error=describe_error(error)
            )
            yield Plugin("", *_identify(distribution), group, fault=fault)
        return
    for point in points:
        yield Plugin(point.name, *_identify(distribution), group, point.value, made_for=made_for(distribution))


def _mentions(distribution: Distribution, group: str, *, error: Exception) -> bool:
    """Say whether an entry_points.txt that raised ``error`` is about ``group``."""
    if isinstance(error, UnicodeDecodeError):
        return group.encode() in error.object
    return group in (distribution.read_text("entry_points.txt") or "")


def _identify(distribution: Distribution) -> tuple[str, str]:
    metadata = distribution.metadata
    name, version = metadata.get("Name"), metadata.get("Version")  # type: ignore[attr-defined]
    return name or say("a distribution without a name"), version or say("without a version")


def _choose(name: str, found: Sequence[Plugin]) -> Plugin:
    claims = [plugin for plugin in found if plugin.name == name and plugin.fault is None]
    if not claims:
        raise _missing(name, found)
    if len(claims) > 1:
        raise SetupError(
            say(
                "The domain {name!r} is claimed by {count} entry points: {claims}; uninstall all but one (pip "
                "uninstall).",
                name=name,
                count=len(claims),
                claims=join(say(" and "), sorted(claim.entry for claim in claims)),
            ),
            domain=name,
            distributions=tuple(sorted(claim.distribution for claim in claims)),
        )
    return claims[0]


def describe_fault(plugin: Plugin) -> str:
    """Say behind a sentence what is wrong with a distribution whose entry points cannot be read."""
    return say(" {entry}: {fault}.", entry=plugin.entry, fault=plugin.fault)


def _missing(name: str, found: Sequence[Plugin]) -> SetupError:
    names = sorted({plugin.name for plugin in found if plugin.fault is None})
    installed = say("installed are: {names}", names=", ".join(names)) if names else say("no domain is installed at all")
    faults = join("", (describe_fault(plugin) for plugin in found if plugin.fault is not None))
    return SetupError(
        say(
            "The domain {name!r} is not installed ({installed}){near} Give one of these, or install the "
            "package that provides it (pip install) into the environment that wdh runs in, or declare its "
            "columns in data_sources.yml: then it needs no package.{faults}",
            name=name,
            installed=installed,
            near=did_you_mean(name, names) or say("."),
            faults=faults,
        ),
        domain=name,
        installed=tuple(names),
    )


def import_plugin(plugin: Plugin, *, time_limit: float = DEFAULT_TIME_LIMIT) -> object:
    """Import what an entry point names, in ``time_limit`` seconds at most. Raises PluginError where that fails."""
    module, path = _split_value(plugin)
    check_version(plugin)
    found: object = None
    try:
        with (
            conduct.held(say("{entry}, import of {module}", entry=plugin.entry, module=module)),
            limit_time(time_limit),
            observation.watch_import(plugin.entry, str(plugin)),
        ):
            found = importlib.import_module(module)
            return reduce(getattr, path, found)
    except KeyboardInterrupt:
        raise
    except TookTooLong as error:
        raise plugin.error(
            say(
                "importing {module} took longer than the {time_limit:g} s that it may take; correct the "
                "package, uninstall it (pip uninstall {distribution}), or allow it more time (--hook-timeout)",
                module=module,
                time_limit=time_limit,
                distribution=plugin.distribution,
            ),
            where=_where(plugin, error),
        ) from error
    except conduct.EndedProcess as error:
        raise plugin.error(
            say(
                "importing {module} would have ended the process with {error}, and was kept from it; correct "
                "the package, or uninstall it (pip uninstall {distribution})",
                module=module,
                error=error,
                distribution=plugin.distribution,
            ),
            where=_where(plugin, error),
        ) from error
    except BaseException as error:  # a module that exits or worse is as broken as one that does not compile
        if found is not None and isinstance(error, AttributeError):
            hint = did_you_mean(path[-1], dir(found)) or say(".")
            raise plugin.error(
                say(
                    "its module has no {path!r}{hint} Correct the entry point, or install the package anew if "
                    "its code changed",
                    path=".".join(path),
                    hint=hint,
                )
            ) from error
        raise _not_imported(plugin, module, error=error) from error


def _split_value(plugin: Plugin) -> tuple[str, list[str]]:
    if plugin.fault is not None:
        raise plugin.error(plugin.fault)
    try:
        point = EntryPoint(plugin.name, plugin.value, plugin.group)
        return point.module, (point.attr or "").split(".") if point.attr else []
    except (AssertionError, AttributeError, ValueError) as error:  # what it is depends on the Python
        raise plugin.error(
            say(
                "the value {value!r} is neither 'module' nor 'module:object'; correct the entry point",
                value=plugin.value,
            )
        ) from error


def _not_imported(plugin: Plugin, module: str, *, error: BaseException) -> PluginError:
    if isinstance(error, ModuleNotFoundError) and error.name and f"{module}.".startswith(f"{error.name}."):
        return plugin.error(
            say("there is no module {name!r}; correct the entry point or install the package anew", name=error.name)
        )
    if isinstance(error, NoSuchHook):
        return plugin.error(
            say("{error} Correct the decorator (of wdh.hooks)", error=error), where=_where(plugin, error)
        )
    return plugin.error(
        say(
            "importing {module} failed with {error}; install what it needs, correct the package, or "
            "uninstall it (pip uninstall {distribution})",
            module=module,
            error=describe_error(error),
            distribution=plugin.distribution,
        ),
        where=_where(plugin, error),
    )


def _where(plugin: Plugin, error: BaseException) -> Where:
    return Where(find_line(error, plugin.package))


def _drop_repeated(found: Sequence[tuple[Plugin, object]]) -> list[tuple[Plugin, object]]:
    """Keep the last entry of each object: a package may announce one module as a domain and for every domain."""
    last: dict[int, tuple[Plugin, object]] = {}
    for plugin, each in found:
        last.pop(id(each), None)
        last[id(each)] = (plugin, each)
    return list(last.values())


_CORE: Final = "wdh"
_STARTS_LIKE_CORE: Final = re.compile(r"\s*wdh", re.IGNORECASE)


def made_for(distribution: Distribution) -> str:
    """Give the versions of wdh that a distribution requires, such as ``>=0.1``; empty: any, or it says nothing."""
    candidates = [text for text in distribution.requires or () if _STARTS_LIKE_CORE.match(text)]
    if not candidates:
        return ""
    # Imported here: hardly any package needs it, and every start would wait for it.
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    for text in candidates:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:  # somebody else's: pip refuses to install it, and we have no use for it
            continue
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if canonicalize_name(requirement.name) == _CORE and applies:
            return str(requirement.specifier)
    return ""


def check_version(plugin: Plugin) -> None:
    """Check that this wdh is one that a plugin's package was made for. Raises PluginError where it is not.

    pip looks at this when it installs the package, and not when it replaces wdh later.
    """
    if not plugin.made_for:
        return
    from packaging.specifiers import SpecifierSet

    present = version(_CORE)
    if not SpecifierSet(plugin.made_for).contains(present, prereleases=True):
        raise plugin.error(
            say(
                "was made for wdh {made_for}, and this is wdh {present}; install a version of {distribution} "
                "that fits (pip install --upgrade {distribution}), or that wdh",
                made_for=plugin.made_for,
                present=present,
                distribution=plugin.distribution,
            )
        )
