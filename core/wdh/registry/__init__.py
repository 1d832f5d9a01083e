"""The registry: which domains and plugins are installed, and the hooks of the one that a run is about."""

from wdh.registry.entry_points import (
    domain_names,
    load_domain,
    load_plugins,
    plugin_names,
    refuse_unknown_plugins,
)
from wdh.registry.hooks import Hooks, Off, Veto
from wdh.registry.implementations import Plugin
from wdh.registry.listing import Listed, list_installed
from wdh.registry.time_limits import DEFAULT_TIME_LIMIT

__all__ = [
    "DEFAULT_TIME_LIMIT",
    "Hooks",
    "Listed",
    "Off",
    "Plugin",
    "Veto",
    "domain_names",
    "list_installed",
    "load_domain",
    "load_plugins",
    "plugin_names",
    "refuse_unknown_plugins",
]
