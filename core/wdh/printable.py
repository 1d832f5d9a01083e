"""Text of others made fit to be shown: a value may not move the cursor, colour the terminal or turn the line around."""

from __future__ import annotations

import re
from pathlib import Path

_UNFIT = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_UNFIT_IN_LINES = re.compile(_UNFIT.pattern.replace("\0-\x1f", "\0-\x09\x0b-\x1f"))


def show_controls(text: str) -> str:
    r"""Escape what a terminal would obey instead of showing it: ``\x1b``, ``\u202e``, a line break as ``\x0a``.

    Also bytes of a file name that are not UTF-8, as ``\udcff``: they could not be printed.
    """
    return _UNFIT.sub(_escape, text)


def show_lines(text: str) -> str:
    """Do the same, but leave the line breaks of a text of several lines."""
    return _UNFIT_IN_LINES.sub(_escape, text)


def clause(text: str) -> str:
    """Take the full stop off a sentence of others that goes on, or is closed, in our words."""
    return text.rstrip().rstrip(".?").rstrip()


def show_name(path: Path) -> str:
    """Write the name of a file for a message."""
    return show_controls(path.name)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
