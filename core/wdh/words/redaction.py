"""Secrets out of any text that is shown: logs, reports, errors."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from wdh.words.language import later, of_both, say

MASK = "***"
WITHHELD = later("(text withheld: it holds a secret)")

_SHORT = 3
"""A secret of fewer characters is masked only as a word of its own: masked everywhere it would tell itself."""

_USERINFO = re.compile(r"(?<=://)[^\s'\"<>]*@")
"""The text between ``://`` and the last ``@`` of a URI; a badly written password may itself hold ``@`` and ``/``."""

_PROSE = (
    "a and are ask be by can check did do for give has how if in is it its may must no not of or put read see set "
    "that the there they this to try use was what which who will with write you your"
)
_SETTING = re.compile(
    r"""(?P<name>(?:password|passwd|pwd|client_secret|client_key|server_key)["']?\s*[=:]\s*)
        (?!(?<=:[ ])(?:PROSE)[ ])
        (?:'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?|[^\s&,;)}\]]+)""".replace("PROSE", _PROSE.replace(" ", "|")),
    re.IGNORECASE | re.VERBOSE,
)
"""``password=…`` of a connection string or a URI's query, ``"password": "…"`` of JSON, and names that end like it.

A sentence goes on after ``password:``: it is told by its next word.
"""


@of_both
def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return ``text`` with every secret replaced by ``***``, as are passwords that can be told by where they stand.

    A secret is found as it is, percent-encoded (whole or in parts), with quotes and backslashes escaped as Python and
    JSON do, and in base64. Where one would still be there, for instance put together by a replacement, the whole text
    is withheld.
    """
    known = [secret for secret in secrets if secret]
    forms = sorted({form for secret in known for form in _written(secret)}, key=len, reverse=True)
    for form in forms:
        text = _pattern(form).sub(MASK, text)
    text = _SETTING.sub(rf"\g<name>{MASK}", _USERINFO.sub(f"{MASK}@", text))
    told = [secret for secret in known if len(secret) >= _SHORT]
    if not any(secret in text for secret in told):
        return text
    withheld = say(WITHHELD)
    return "" if any(secret in withheld for secret in told) else withheld


def _written(secret: str) -> Iterator[str]:
    """Yield the ways in which a secret is written: in a URI, a connection string, Python, JSON, an HTTP header."""
    yield secret
    encoded = secret.encode("utf-8", "surrogatepass")
    for percent in (quote(encoded, safe=""), quote_plus(encoded), quote(encoded, safe="!$&'()*+,;=:@/?")):
        yield percent
        yield re.sub("%[0-9A-F]{2}", lambda found: found.group().lower(), percent)
    yield secret.replace("\\", "\\\\").replace("'", "\\'")
    yield from (repr(secret)[1:-1], ascii(secret)[1:-1])
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    yield from (base64.b64encode(encoded).decode().rstrip("="), base64.urlsafe_b64encode(encoded).decode().rstrip("="))


def _pattern(form: str) -> re.Pattern[str]:
    escaped = re.escape(form)
    return re.compile(escaped if len(form) >= _SHORT else rf"(?<!\w){escaped}(?!\w)")
