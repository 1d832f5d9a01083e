"""Finds the hook implementations in plugin objects, and checks them before any is called.

pluggy keeps the order (``tryfirst``, ``trylast``) and the markers. The checks that it lacks are made here: an unmarked
function with a hook's name, wrappers, arguments it would never fill, and the name of the plugin that failed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

import pluggy
from msgspec import Struct

from wdh import hookspecs
from wdh.errors import OutcomeUnknown, PluginError, WdhError
from wdh.facts import Batch
from wdh.logs import Log
from wdh.process import observation
from wdh.registry import conduct
from wdh.registry.blame import Where, find_fact, find_line, find_row, line_of
from wdh.registry.time_limits import DEFAULT_TIME_LIMIT, TookTooLong, limit_time
from wdh.words.language import later, of_both, say
from wdh.words.redaction import redact
from wdh.words.spelling import near_match

log = Log()

_STAYS: Final = {
    "run_finished": later("what the run committed stays"),
    "run_failed": later("the run ended as it was told"),
}
"""The state of the warehouse where a hook fails that is called once a run is over."""

_GIVING_ONE_BY_ONE: Final = ("check_facts",)
"""Hooks whose function may be a generator: it is read to its end within the call."""


class Plugin(Struct, frozen=True, order=True):
    """The origin of a plugin: a line ``name = value`` in a group of entry points of a distribution.

    ``group`` is empty for the core's own plugins, whose ``name`` is their class. ``fault`` says why the entry points
    of the distribution could not be read (``name`` and ``value`` are empty then); None: they could. ``made_for`` are
    the versions of wdh that the distribution asks for, such as ``>=0.1``; empty: any.
    """

    name: str
    distribution: str
    version: str = ""
    group: str = ""
    value: str = ""
    fault: str | None = None
    made_for: str = ""

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}".rstrip()

    @property
    def entry(self) -> str:
        """The line that announces the plugin, with its distribution, as an operator can look it up."""
        if self.fault is not None:
            return say("{plugin} (group {group})", plugin=self, group=self.group)
        return f"{self} ({self.group}: {self.name} = {self.value})" if self.group else f"{self} ({self.name})"

    @property
    def package(self) -> str:
        """The name of the top-level module that the plugin is in."""
        return self.value.partition(":")[0].partition(".")[0].strip()

    def error(self, sentence: str, *, hook: str | None = None, where: Where | None = None) -> PluginError:
        """Make the error that says ``sentence`` of this plugin, and of ``hook`` where it is about one."""
        place = self.entry if hook is None else say("{entry}, hook {hook}", entry=self.entry, hook=hook)
        return PluginError(
            say("{place}: {sentence}{where}", place=place, sentence=sentence, where=str(where or "")),
            distribution=self.distribution,
            version=self.version or None,
            group=self.group or None,
            entry_point=self.name or None,
            value=self.value or None,
            hook=hook,
            **({} if where is None else where.facts()),
        )


class Implementation(Struct, frozen=True):
    """One function of one plugin that implements ``hook``, and the arguments of the hook that it takes.

    ``time_limit`` is how many seconds a call may take; 0: any time.
    """

    plugin: Plugin
    hook: str
    function: Callable[..., object]
    arguments: tuple[str, ...]
    time_limit: float = DEFAULT_TIME_LIMIT

    def call(self, values: Mapping[str, object]) -> object:
        """Call the function with those of ``values`` that it takes.

        Raises PluginError, from the original, for whatever it raises, and where it takes too long; a WdhError (a
        domain's DataError) goes through as it is. An exception of one of the core's own plugins goes through,
        too: a fault of ours is not a plugin's.
        """
        arguments = {name: values[name] for name in self.arguments}
        if not self.plugin.group:
            return self.function(**arguments)
        try:
            return self._call(arguments, self.time_limit)
        except KeyboardInterrupt:
            raise
        except WdhError as error:
            if type(error) not in _NOT_ITS_OWN:
                error.quoting()
                raise
            raise self._explain(error, arguments) from error
        except BaseException as error:  # a plugin that exits must not end the run without a word
            raise self._explain(error, arguments) from error

    def _call(self, arguments: Mapping[str, object], seconds: float) -> object:
        place = say("{entry}, hook {hook}", entry=self.plugin.entry, hook=self.hook)
        with conduct.held(place), limit_time(seconds), observation.watch_call(str(self.plugin), place):
            answer = self.function(**arguments)
            return list(answer) if self.hook in _GIVING_ONE_BY_ONE and isinstance(answer, Iterator) else answer

    def _explain(self, error: BaseException, arguments: Mapping[str, object]) -> PluginError:
        """Say what a call did instead of returning, at which line of the package and on which row."""
        batch = arguments.get("batch")
        rows = batch if isinstance(batch, Batch) else None
        if isinstance(error, TookTooLong):
            sentence = say(
                "took longer than the {time_limit:g} s that a call may take; correct the package or ask its "
                "author, or allow it more time (--hook-timeout)",
                time_limit=self.time_limit,
            )
        elif isinstance(error, conduct.EndedProcess):
            stays = say(_STAYS.get(self.hook, later("nothing was written")))
            sentence = say(
                "would have ended the process with {error}, and was kept from it; {stays}. Correct the "
                "package: a hook returns, or raises",
                error=error,
                stays=stays,
            )
        else:
            cure = say(_CURES.get(type(error), _CURE))
            sentence = say("raised {error}; {cure}", error=describe_error(error), cure=cure)
            if rows is not None and isinstance(error, Exception):
                rows = find_row(lambda part, seconds: self._call({**arguments, "batch": part}, seconds), rows, error)
        package = self.plugin.package
        where = Where(find_line(error, package), rows, find_fact(error, package))
        return self.plugin.error(sentence, hook=self.hook, where=where)

    def refuse(self, sentence: str, *, batch: Batch | None = None) -> PluginError:
        """Make the error that says ``sentence`` of this implementation, whose answer about ``batch`` is wrong."""
        where = Where(line_of(self.function, self.plugin.package), batch) if self.plugin.group else None
        return self.plugin.error(sentence, hook=self.hook, where=where)


_CURE: Final = later("correct the package or ask its author (--debug shows the traceback)")
_NOT_ITS_OWN: Final = (WdhError, OutcomeUnknown)
"""Errors that only wdh can know of, each exactly: one says that nobody knows of whom it is, one that of a COMMIT."""
_CURES: Final[Mapping[type[BaseException], str]] = dict.fromkeys(
    _NOT_ITS_OWN,
    later("a hook raises DataError for a workbook, or SetupError for the configuration: correct the package"),
)


def collect_implementations(
    plugins: Sequence[tuple[Plugin, object]], *, time_limit: float = DEFAULT_TIME_LIMIT
) -> Mapping[str, tuple[Implementation, ...]]:
    """Check every plugin and list the implementations of each hook, in the order in which they are to be asked.

    A later plugin is asked before an earlier one, within what ``tryfirst`` and ``trylast`` demand. ``time_limit`` is
    that of every call. Raises PluginError for the first plugin that is wrong.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    origins = {f"{place} {plugin.entry}": plugin for place, (plugin, _) in enumerate(plugins)}
    for name, (plugin, given) in zip(origins, plugins, strict=True):
        try:
            _check_plugin(manager, plugin, given)
            _check_names(manager, plugin, given)
            manager.register(given, name=name)
        except (KeyboardInterrupt, PluginError):
            raise
        except BaseException as error:  # pluggy's refusals, and whatever a strange object raises when it is looked at
            raise plugin.error(say("cannot be taken as a plugin: {error}", error=describe_error(error))) from error
    found = {hook: tuple(_in_order(manager, hook, origins, time_limit=time_limit)) for hook in hook_arguments()}
    _log_deprecated(manager, found)
    return found


@cache
def hook_arguments() -> Mapping[str, tuple[str, ...]]:
    """Name every hook with the arguments it hands over."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    return {
        name: tuple(inspect.signature(value).parameters)
        for name, value in vars(hookspecs).items()
        if manager.parse_hookspec_opts(hookspecs, name) is not None
    }


def describe_error(error: BaseException) -> str:
    """Show an error of a plugin in one line: its class and its text, without passwords."""
    kind, text = type(error).__name__, redact(_in_one_line(str(error)))
    return say("{kind}: {text}", kind=kind, text=text) if text else kind


@of_both
def _in_one_line(text: str) -> str:
    return " ".join(text.split())


def _in_order(
    manager: pluggy.PluginManager, hook: str, origins: Mapping[str, Plugin], *, time_limit: float
) -> Iterable[Implementation]:
    allowed = hook_arguments()[hook]
    for implementation in reversed(getattr(manager.hook, hook).get_hookimpls()):
        function = implementation.function
        arguments = tuple(name for name in inspect.signature(function).parameters if name in allowed)
        yield Implementation(origins[implementation.plugin_name], hook, function, arguments, time_limit)


def _log_deprecated(manager: pluggy.PluginManager, found: Mapping[str, tuple[Implementation, ...]]) -> None:
    """Tell the operator of functions that answer a deprecated hook, or take a deprecated argument.

    Their authors are told by pluggy, which warns with the function's file and line while it is registered.
    """
    for hook, implementations in found.items():
        specification = getattr(manager.hook, hook).spec
        of_arguments = specification.warn_on_impl_args or {}
        for implementation in implementations:
            taken = [of_arguments[name] for name in implementation.arguments if name in of_arguments]
            for warning in filter(None, (specification.warn_on_impl, *taken)):
                log.warning("hook_deprecated", plugin=implementation.plugin.entry, hook=hook, why=str(warning))


def _check_names(manager: pluggy.PluginManager, plugin: Plugin, found: object) -> None:
    """Check that one function answers a hook, and that it does not have the name of another hook."""
    answered: dict[str, str] = {}
    for name in dir(found):
        options = manager.parse_hookimpl_opts(found, name)
        if options is None:
            continue
        hook = options.get("specname") or name
        if hook != name and name in hook_arguments():
            raise plugin.error(
                say(
                    "is the name of a function that is marked for the hook {hook}; mark it with @hooks.{name} "
                    "(from wdh import hooks), or give it another name",
                    hook=hook,
                    name=name,
                ),
                hook=name,
            )
        if hook in answered:
            raise plugin.error(
                say("is answered by {answered} and by {name}; keep one of them", answered=answered[hook], name=name),
                hook=hook,
            )
        answered[hook] = name


def _check_plugin(manager: pluggy.PluginManager, plugin: Plugin, found: object) -> None:
    if inspect.isclass(found):
        raise plugin.error(say("is a class; make an instance of it in the module and name that in the entry point"))
    marked = [_check_attribute(manager, plugin, found, name=name) for name in dir(found)]
    if not any(marked):
        raise plugin.error(
            say(
                "has no function marked with @hookimpl (from wdh import hookimpl); an entry point names the "
                "module, or the object, that holds them. The hooks are: {hook_arguments}",
                hook_arguments=", ".join(hook_arguments()),
            )
        )


def _check_attribute(manager: pluggy.PluginManager, plugin: Plugin, found: object, *, name: str) -> bool:
    """Check one attribute of a plugin; say whether it is a hook implementation."""
    hooks = hook_arguments()
    options = manager.parse_hookimpl_opts(found, name)
    if options is None:
        if name in hooks and callable(getattr(found, name)):
            raise plugin.error(
                say(
                    "is not marked, so it would never be called; put @hookimpl (from wdh import hookimpl) above "
                    "it, or give it another name"
                ),
                hook=name,
                where=_begin(plugin, getattr(found, name)),
            )
        return False
    hook = options.get("specname") or name
    where = _begin(plugin, getattr(found, name))
    if hook not in hooks:
        if options.get("optionalhook"):
            return True
        raise plugin.error(
            say(
                "there is no hook of this name (the hooks are: {hooks}); {hook}rename the function, or remove "
                "its @hookimpl",
                hooks=", ".join(hooks),
                hook=_say_near(hook, hooks),
            ),
            hook=hook,
            where=where,
        )
    if options.get("wrapper") or options.get("hookwrapper"):
        raise plugin.error(
            say("is a wrapper; wdh calls plain functions only, so return the answer"), hook=hook, where=where
        )
    _check_function(plugin, getattr(found, name), hook=hook, allowed=hooks[hook])
    return True


def _check_function(plugin: Plugin, function: Callable[..., object], *, hook: str, allowed: tuple[str, ...]) -> None:
    where = _begin(plugin, function)
    gives_one_by_one = inspect.isgeneratorfunction(function) and hook not in _GIVING_ONE_BY_ONE
    if inspect.iscoroutinefunction(function) or gives_one_by_one:
        raise plugin.error(
            say("is a coroutine or a generator; wdh calls plain functions only, so return the answer"),
            hook=hook,
            where=where,
        )
    for parameter in inspect.signature(function).parameters.values():
        may = say("it may take: {allowed}", allowed=", ".join(allowed))
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise plugin.error(
                say(
                    "takes {parameter!r}, but arguments are handed over by name; {may} (a decorator between "
                    "needs functools.wraps)",
                    parameter=str(parameter),
                    may=may,
                ),
                hook=hook,
                where=where,
            )
        if parameter.name not in allowed and parameter.default is parameter.empty:
            raise plugin.error(
                say(
                    "takes an argument {name!r}, which this hook does not have ({may}); {name_2}rename it, or "
                    "give it a default",
                    name=parameter.name,
                    may=may,
                    name_2=_say_near(parameter.name, allowed),
                ),
                hook=hook,
                where=where,
            )


def _say_near(name: str, known: Iterable[str]) -> str:
    """Ask whether a name like this one was meant, before another advice; nothing where none is like it."""
    near = near_match(name, known, least=0.5)
    return "" if near is None else say("did you mean {near!r}? Else ", near=near)


def _begin(plugin: Plugin, function: Any) -> Where:
    return Where(line_of(function, plugin.package))
