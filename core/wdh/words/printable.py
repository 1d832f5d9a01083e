"""Text of others made fit to be shown: a value may not move the cursor, colour the terminal or turn the line around.

Every reporter writes text through :func:`show_controls` or :func:`show_lines`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from wdh.words.language import of_both

_LINE_BREAK: Final = "\n"
_STOPS: Final = (".", "?", "!", ":", ",", ";")
_CONTROLS: Final = "\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029"
_FORMATS: Final = (
    "\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e007f"
)
"""Unicode's category Cf, with the unassigned characters between: those to come are of the same kind."""

_SURROGATES: Final = "\ud800-\udfff"
"""Bytes of a file name that are not UTF-8 are among them; they could not be printed."""

_UNFIT_IN_LINES: Final = re.compile(f"[{_CONTROLS}{_FORMATS}{_SURROGATES}]")
UNFIT: Final = re.compile(f"[{_LINE_BREAK}{_CONTROLS}{_FORMATS}{_SURROGATES}]")
"""A control, format or bidirectional character, a line or paragraph separator, or a lone surrogate."""


_LIKE_ESCAPE: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def escape_cell(text: str) -> str:
    """Write a text as a cell stores it: readers take ``_x0041_`` for an A, so its first underscore is escaped."""
    return _LIKE_ESCAPE.sub("_x005F_", text)


def show_controls(text: str) -> str:
    r"""Escape what a reader would obey instead of seeing it: ``\x1b``, ``\u202e``, a line break as ``\x0a``."""
    return UNFIT.sub(_escape, text)


def show_lines(text: str) -> str:
    """Do the same, but leave the line breaks of a text of several lines."""
    return _UNFIT_IN_LINES.sub(_escape, text)


def is_encodable(text: str, encoding: str = "utf-8") -> bool:
    """Say whether an encoding has all characters of a text; half a surrogate pair is in none."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


@of_both
def clause(text: str) -> str:
    """Take the full stop off a sentence of others that goes on in our words."""
    return text.rstrip().rstrip(".。").rstrip()


@of_both
def sentence(text: str) -> str:
    """Close a sentence of others before one of ours: with a full stop, or with its own question mark."""
    said = clause(text)
    if text.rstrip().endswith("。"):
        return f"{said}。"
    return said if said.endswith(("?", "？")) else f"{said}."


@of_both
def join_lines(text: str) -> str:
    """Make one line of the lines of others, such as libpq's: one that ends without a stop gets a full stop."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    return " ".join([line if line.endswith(_STOPS) else f"{line}." for line in lines[:-1]] + lines[-1:])


def show_name(path: Path) -> str:
    """Write the name of a file for a message."""
    return show_controls(path.name)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
