"""The blocks under plugins that switch a plugin off, or that may stand there without one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from wdh.configuration.completion import read_sources
from wdh.configuration.plain_file import Unreadable
from wdh.errors import SetupError
from wdh.words.language import say

SWITCHES: Final = ("enabled", "optional")
"""The keys that the block of every plugin may have; they are wdh's own, and no plugin is given them."""

_MARKS: Final = (b"plugins", b"enabled")


def find_switched_off(path: Path) -> Mapping[str, str]:
    """Name the plugins that a data_sources.yml switches off, each with the reason in words.

    A file that cannot be read names none: its faults are told where it is read in earnest.
    """
    try:
        text = path.read_bytes() if path.is_file() else b""
        if any(mark not in text for mark in _MARKS):  # most files; to read one takes time
            return {}
        blocks = read_sources(path).value.get("plugins")
    except (OSError, SetupError, Unreadable, AttributeError):
        return {}
    return {
        name: say("switched off by plugins.{name}.enabled", name=name)
        for name, block in (blocks.items() if isinstance(blocks, dict) else ())
        if isinstance(block, dict) and block.get("enabled") is False
    }


def may_be_absent(block: Any) -> bool:
    """Say whether a block may stand there although its plugin is not installed."""
    return isinstance(block, dict) and block.get("optional") is True
