"""The registry: which domains and plugins are installed, and the hooks of the one that a run is about."""

from wdh.registry.entry_points import domain_names, load_domain
from wdh.registry.hooks import Hooks, Veto
from wdh.registry.implementations import Plugin

__all__ = ["Hooks", "Plugin", "Veto", "domain_names", "load_domain"]
