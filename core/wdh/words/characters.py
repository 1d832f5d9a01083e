"""The characters of texts: how far a text may be brought to one spelling.

Texts keep their brackets and widths as typed and only lose what cannot be seen (:func:`trim`). Codes, months,
amounts and percentages are read through Unicode's compatibility form NFKC (:func:`narrow`).
"""

from __future__ import annotations

import re
import unicodedata

from wdh.words.blanks import BLANKS, INVISIBLE
from wdh.words.language import say

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
    return None if found is None else say("the character U+{found:04X}", found=ord(found[0]))
