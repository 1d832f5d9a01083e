"""Packages that are wrong in one way each, and the sentence that their author is told."""

from __future__ import annotations

from support.sabotages.domains import DOMAINS
from support.sabotages.plugins import PLUGINS
from support.sabotages.sabotage import Sabotage

SABOTAGES: dict[str, tuple[Sabotage, ...]] = {"domain": DOMAINS, "plugin": PLUGINS}

__all__ = ["DOMAINS", "PLUGINS", "SABOTAGES", "Sabotage"]
