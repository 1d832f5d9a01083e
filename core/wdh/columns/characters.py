"""The characters of texts: what counts as a blank, and how far a text may be brought to one spelling.

Texts keep their brackets and widths as typed and only lose what cannot be seen (:func:`trim`). Codes, months,
amounts and percentages are read through Unicode's compatibility form NFKC (:func:`narrow`).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

BLANKS: Final = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What ``str.isspace`` calls blank, the full-width blank U+3000 and the no-break blank among them."""

INVISIBLE: Final = (
    "\xad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
"""Characters without width: joiners, direction marks, soft hyphens and byte order marks."""

_UNSEEN = BLANKS + INVISIBLE
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_CLEAR = re.compile("[ -~\uff01-\uff5e]*")
"""ASCII and its full-width forms, which say what they are."""
_UNCLEAR = ("<super>", "<sub>", "<circle>", "<fraction>")


def is_bare(text: str) -> bool:
    """Say whether a text is nothing but ASCII letters and digits, at least one: no form of it can be another."""
    return text.isascii() and text.isalnum()


def trim(text: str) -> str:
    """Remove blanks and invisible characters at both ends, and make each line break inside one blank."""
    lines = text.strip(_UNSEEN).splitlines()
    if len(lines) < 2:  # the common case, and splitlines gives the text back
        return lines[0] if lines else ""
    return " ".join(filter(None, (line.strip(_UNSEEN) for line in lines)))


def narrow(text: str) -> str:
    """Bring text to its compatibility form without invisible characters and outer blanks: ``Ａ１`` becomes ``A1``."""
    if text.isascii():
        return text.strip(BLANKS)
    if _INVISIBLE.search(text) is not None:
        text = _INVISIBLE.sub("", text)
    return unicodedata.normalize("NFKC", text).strip(_UNSEEN)


def squeeze(text: str) -> str:
    """Bring text to its compatibility form without any blank: how names and words are compared."""
    return "".join(text.split() if text.isascii() else narrow(text).split())


def unclear_character(text: str) -> str | None:
    """Find the first character whose compatibility form would forge a digit or letter: ``²``, ``①``, ``½``."""
    if unicodedata.is_normalized("NFKC", text) or _CLEAR.fullmatch(text) is not None:
        return None
    return next((char for char in text if unicodedata.decomposition(char).startswith(_UNCLEAR)), None)


def unstorable_character(text: str) -> str | None:
    """Find the first character that PostgreSQL's UTF-8 cannot hold: NUL, or half of a surrogate pair."""
    found = _UNSTORABLE.search(text)
    return None if found is None else f"the character U+{ord(found[0]):04X}"
