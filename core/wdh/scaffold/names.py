"""The names of a new domain: what it is called, and what its distribution and its module are called after it."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from typing import Final

from wdh.errors import SetupError
from wdh.registry import domain_names

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*")
_LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class PackageNames:
    """A domain's name, and those that follow from it."""

    domain: str

    @property
    def distribution(self) -> str:
        """What pip calls it, and its folder: ``wdh-shop-sales``."""
        return f"wdh-{self.domain.replace('_', '-')}"

    @property
    def module(self) -> str:
        """What Python calls it: ``wdh_shop_sales``."""
        return f"wdh_{self.domain.replace('-', '_')}"


def check_name(domain: str) -> PackageNames:
    """Check the name of a new domain. Raises SetupError where it is none, or where a package has it already."""
    if _NAME.fullmatch(domain) is None or len(domain) > _LONGEST:
        raise SetupError(
            f"{domain!r} cannot be the name of a domain; take small letters a-z, digits, and _ or - between them, at "
            f"most {_LONGEST} characters, such as {_suggest(domain)}",
            domain=domain,
        )
    names = PackageNames(domain)
    claims = [plugin for plugin in domain_names() if PackageNames(plugin.name).module == names.module]
    if claims:
        raise SetupError(
            f"the domain {claims[0].name!r} is there already, in {claims[0]}; take another name, or uninstall that "
            f"package (pip uninstall {claims[0].distribution})",
            domain=domain,
            distribution=claims[0].distribution,
        )
    if importlib.util.find_spec(names.module) is not None:
        raise SetupError(f"there is a module {names.module} already; take another name for the domain", domain=domain)
    return names


def _suggest(domain: str) -> str:
    words = re.findall(r"[a-z0-9]+", domain.lower())
    plain = "_".join(words).lstrip("0123456789_")[:_LONGEST].rstrip("_")
    return plain if _NAME.fullmatch(plain) else "shop_sales"
