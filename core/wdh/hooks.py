"""A decorator for each hook: ``@hooks.transform`` marks the function that answers the hook ``transform``.

It does what ``@hookimpl`` does, and a type checker holds the function to the hook: its name, the names and types of
its arguments, of which it may take any, and the type of its answer. It is for functions of a module; a method of an
object takes ``@hookimpl``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from wdh import hookspecs
from wdh.words.language import say
from wdh.words.spelling import did_you_mean

Function = TypeVar("Function", bound=Callable[..., Any])

_SPECIFICATIONS = {
    name: value for name, value in vars(hookspecs).items() if hasattr(value, f"{hookspecs.PROJECT}_spec")
}


def __getattr__(name: str) -> Callable[[Function], Function]:
    specification = _SPECIFICATIONS.get(name)
    if specification is None:
        # with a name of ours, Python adds no guess of its own
        message = say("wdh has no hook {name!r}{near}", name=name, near=did_you_mean(name, _SPECIFICATIONS))
        raise hookspecs.NoSuchHook(message, name=name, obj=None)

    def mark(function: Function) -> Function:
        return hookspecs.hookimpl(specname=name)(function)

    mark.__name__ = mark.__qualname__ = name
    mark.__doc__ = specification.__doc__
    return mark


def __dir__() -> list[str]:
    return sorted(_SPECIFICATIONS)
