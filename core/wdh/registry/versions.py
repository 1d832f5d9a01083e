"""The versions of wdh that a package requires."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, version
from typing import Final

from wdh.registry.implementations import Plugin

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
            f"was made for wdh {plugin.made_for}, and this is wdh {present}; install a version of "
            f"{plugin.distribution} that fits (pip install --upgrade {plugin.distribution}), or that wdh"
        )
