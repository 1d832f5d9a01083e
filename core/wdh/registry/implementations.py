"""Finds the hook implementations in plugin objects, and checks them before any is called.

pluggy keeps the order (``tryfirst``, ``trylast``) and the markers. The checks that it lacks are made here: an unmarked
function with a hook's name, wrappers, arguments it would never fill, and the name of the plugin that failed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import pluggy
from msgspec import Struct

from wdh import hookspecs
from wdh.errors import PluginError, WdhError
from wdh.process import observation
from wdh.registry import conduct
from wdh.registry.time_limits import DEFAULT_TIME_LIMIT, TookTooLong, limit_time
from wdh.words.redaction import redact
from wdh.words.spelling import did_you_mean

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
            return f"{self} (group {self.group})"
        return f"{self} ({self.group}: {self.name} = {self.value})" if self.group else f"{self} ({self.name})"

    def error(self, sentence: str, *, hook: str | None = None) -> PluginError:
        """Make the error that says ``sentence`` of this plugin, and of ``hook`` where it is about one."""
        place = self.entry if hook is None else f"{self.entry}, hook {hook}"
        return PluginError(
            f"{place}: {sentence}",
            distribution=self.distribution,
            version=self.version or None,
            group=self.group or None,
            entry_point=self.name or None,
            value=self.value or None,
            hook=hook,
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
            with (
                conduct.held(f"{self.plugin}, hook {self.hook}"),
                limit_time(self.time_limit),
                observation.watch_call(str(self.plugin)),
            ):
                answer = self.function(**arguments)
                return list(answer) if self.hook in _GIVING_ONE_BY_ONE and isinstance(answer, Iterator) else answer
        except KeyboardInterrupt:
            raise
        except WdhError as error:
            error.quoting()
            raise
        except TookTooLong as error:
            raise self.refuse(
                f"took longer than the {self.time_limit:g} s that a call may take; correct the package or ask its "
                "author, or allow it more time (--hook-timeout)"
            ) from error
        except conduct.EndedProcess as error:
            stays = "what the run committed stays" if self.hook == "run_finished" else "nothing was written"
            raise self.refuse(
                f"would have ended the process with {error}, and was kept from it; {stays}. Correct the package: "
                "a hook returns, or raises"
            ) from error
        except BaseException as error:  # a plugin that exits must not end the run without a word
            raise self.refuse(f"raised {describe_error(error)}; correct the package or ask its author") from error

    def refuse(self, sentence: str) -> PluginError:
        """Make the error that says ``sentence`` of this implementation."""
        return self.plugin.error(sentence, hook=self.hook)


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
    for name, (plugin, found) in zip(origins, plugins, strict=True):
        try:
            _check_plugin(manager, plugin, found)
            manager.register(found, name=name)
        except (KeyboardInterrupt, PluginError):
            raise
        except BaseException as error:  # pluggy's refusals, and whatever a strange object raises when it is looked at
            raise plugin.error(f"cannot be taken as a plugin: {describe_error(error)}") from error
    return {hook: tuple(_in_order(manager, hook, origins, time_limit=time_limit)) for hook in hook_arguments()}


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
    text = redact(" ".join(str(error).split()))
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _in_order(
    manager: pluggy.PluginManager, hook: str, origins: Mapping[str, Plugin], *, time_limit: float
) -> Iterable[Implementation]:
    allowed = hook_arguments()[hook]
    for implementation in reversed(getattr(manager.hook, hook).get_hookimpls()):
        function = implementation.function
        arguments = tuple(name for name in inspect.signature(function).parameters if name in allowed)
        yield Implementation(origins[implementation.plugin_name], hook, function, arguments, time_limit)


def _check_plugin(manager: pluggy.PluginManager, plugin: Plugin, found: object) -> None:
    if inspect.isclass(found):
        raise plugin.error("is a class; make an instance of it in the module and name that in the entry point")
    marked = [_check_attribute(manager, plugin, found, name=name) for name in dir(found)]
    if not any(marked):
        raise plugin.error(
            "has no function marked with @hookimpl (from wdh import hookimpl); an entry point names the module, or "
            f"the object, that holds them. The hooks are: {', '.join(hook_arguments())}"
        )


def _check_attribute(manager: pluggy.PluginManager, plugin: Plugin, found: object, *, name: str) -> bool:
    """Check one attribute of a plugin; say whether it is a hook implementation."""
    hooks = hook_arguments()
    options = manager.parse_hookimpl_opts(found, name)
    if options is None:
        if name in hooks and callable(getattr(found, name)):
            raise plugin.error(
                "is not marked, so it would never be called; put @hookimpl (from wdh import hookimpl) above it, or "
                "give it another name",
                hook=name,
            )
        return False
    hook = options.get("specname") or name
    if hook not in hooks:
        if options.get("optionalhook"):
            return True
        raise plugin.error(
            f"there is no hook of this name (the hooks are: {', '.join(hooks)}){did_you_mean(hook, hooks)}", hook=hook
        )
    if options.get("wrapper") or options.get("hookwrapper"):
        raise plugin.error("is a wrapper; wdh calls plain functions only, so return the answer", hook=hook)
    _check_function(plugin, getattr(found, name), hook=hook, allowed=hooks[hook])
    return True


def _check_function(plugin: Plugin, function: Callable[..., object], *, hook: str, allowed: tuple[str, ...]) -> None:
    if inspect.iscoroutinefunction(function) or (
        inspect.isgeneratorfunction(function) and hook not in _GIVING_ONE_BY_ONE
    ):
        raise plugin.error("is a coroutine or a generator; wdh calls plain functions only", hook=hook)
    for parameter in inspect.signature(function).parameters.values():
        may = f"it may take: {', '.join(allowed)}"
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise plugin.error(
                f"takes {str(parameter)!r}, but arguments are handed over by name; {may} (a decorator between needs "
                "functools.wraps)",
                hook=hook,
            )
        if parameter.name not in allowed and parameter.default is parameter.empty:
            raise plugin.error(
                f"takes an argument {parameter.name!r}, which this hook does not have ({may})"
                f"{did_you_mean(parameter.name, allowed)}",
                hook=hook,
            )
