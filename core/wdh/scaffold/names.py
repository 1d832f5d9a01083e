"""The name of a new package, checked against what is installed."""

from __future__ import annotations

import importlib.util
import re
from typing import Final

from msgspec import Struct

from wdh.errors import SetupError
from wdh.registry import domain_names, plugin_names
from wdh.words.language import later, say

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*")
_LONGEST: Final = 40


_KINDS: Final = {"domain": later("domain"), "plugin": later("plugin")}


class PackageNames(Struct, frozen=True):
    """The name of a domain or plugin, and those that follow from it."""

    name: str

    @property
    def distribution(self) -> str:
        """The name of the distribution and of its folder: ``wdh-shop-sales``."""
        return f"wdh-{self.name.replace('_', '-')}"

    @property
    def module(self) -> str:
        """The name of the Python module: ``wdh_shop_sales``."""
        return f"wdh_{self.name.replace('-', '_')}"


def check_name(name: str, *, kind: str = "domain", such_as: str = "shop_sales") -> PackageNames:
    """Check the name of a new domain or plugin (``kind``); ``such_as`` is one that is proposed where nothing is better.

    Raises SetupError where it cannot be a name, or a package has it, or its module, already.
    """
    if _NAME.fullmatch(name) is None or len(name) > _LONGEST:
        words = re.findall(r"[a-z0-9]+", name.lower())
        plain = "_".join(words).lstrip("0123456789_")[:_LONGEST].rstrip("_")
        raise SetupError(
            say(
                "{name!r} cannot be the name of a {kind}; take small letters a-z, digits, and _ or - between "
                "them, at most {longest} characters, such as {proposal}",
                name=name,
                kind=say(_KINDS[kind]),
                longest=_LONGEST,
                proposal=plain if _NAME.fullmatch(plain) else such_as,
            ),
            **{kind: name},
        )
    names = PackageNames(name)
    installed = [*(("domain", one) for one in domain_names()), *(("plugin", one) for one in plugin_names())]
    for its_kind, plugin in installed:
        if PackageNames(plugin.name).module == names.module:
            raise SetupError(
                say(
                    "the {kind} {name!r} is there already, in {plugin}; take another name, or uninstall that "
                    "package (pip uninstall {distribution})",
                    kind=say(_KINDS[its_kind]),
                    name=plugin.name,
                    plugin=plugin,
                    distribution=plugin.distribution,
                ),
                distribution=plugin.distribution,
                **{kind: name},
            )
    if importlib.util.find_spec(names.module) is not None:
        raise SetupError(
            say(
                "there is a module {module} already; take another name for the {kind}",
                module=names.module,
                kind=say(_KINDS[kind]),
            ),
            **{kind: name},
        )
    return names
