"""Connection strings taken apart without ever repeating a part of them in an error.

The driver's own errors do repeat: a badly escaped URI is quoted with its password, and what follows an ``@`` inside
a password becomes the name of the host. So the parts are checked here, and the driver's words are not passed on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from wdh.errors import SetupError
from wdh.words.language import later, say

SECRETS = ("password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")
"""The libpq keywords whose values are secret."""

_FORMS = later(
    "Give postgresql://user@host:5432/database or 'host=… port=… dbname=… user=…', the password rather in ~/.pgpass "
    "or PGPASSWORD. In a URI, write the characters @ : / ? # % and blanks of a name or password as %40 %3A %2F %3F "
    "%23 %25 %20; in a key=value string put values with blanks into single quotes."
)
_URI = re.compile(r"postgres(?:ql)?://", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"(?P<base>[a-zA-Z][a-zA-Z0-9.]*)(?:\+[a-zA-Z0-9]+)?://")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PORTS = range(1, 65536)
_NAMES = ("host", "hostaddr", "dbname", "user")


def parse_dsn(text: str, *, source: str) -> dict[str, str]:
    """Take a PostgreSQL URI or a ``key=value`` string apart into libpq keywords.

    ``source`` is what the errors call it (``--dsn``). Raises SetupError, which repeats nothing of ``text``, where it
    is empty, cannot be parsed, or has the marks of a password that was not escaped.
    """
    import psycopg2
    from psycopg2.extensions import parse_dsn as parse

    _require(text.strip(), say("{source} is empty.", source=source), source)
    _check_characters({source: text}, source)
    if fault := _form_fault(text.strip()):
        raise _wrong(source, fault)
    try:
        parameters: dict[str, str] | None = parse(text.strip())
    except psycopg2.Error:
        parameters = None  # its text repeats the password, so it may not even stay as the error's context
    if parameters is None:
        raise _wrong(source, say("cannot be understood as a connection string"))
    return check_parameters(parameters, source=source)


def check_parameters(parameters: Mapping[str, str], *, source: str) -> dict[str, str]:
    """Return ``parameters`` (libpq keywords) if they can be what they should be; SetupError repeats no value."""
    _check_characters(parameters, source)
    for name in _NAMES:
        value = parameters.get(name, "")
        if "://" in value or ("@" in value and name in ("host", "hostaddr")):
            raise _wrong(
                source, say("gives a {name} with '{mark}' in it", name=name, mark="://" if "://" in value else "@")
            )
    for port in filter(None, parameters.get("port", "").split(",")):
        if not (port.isascii() and port.isdigit() and int(port) in _PORTS):
            raise _wrong(source, say("gives a port that is not a number from 1 to 65535"))
    return dict(parameters)


def _form_fault(text: str) -> str | None:
    uri = _URI.match(text)
    if uri is None:
        other = _OTHER_SCHEME.match(text)
        return (
            None
            if other is None
            else say("begins with {scheme}, which is not PostgreSQL's postgresql://", scheme=other.group())
        )
    before_query = text[uri.end() :].partition("?")[0]
    authority, _, path = before_query.partition("/")
    if authority.count("@") > 1 or "@" in path:
        return say("has an '@' too many: in a user name or password it is written %40, and '/' is written %2F")
    if _BAD_ESCAPE.search(text):
        return say("has a '%' that is not followed by two hexadecimal digits: write it as %25")
    return None


def _check_characters(values: Mapping[str, str], source: str) -> None:
    for name, value in values.items():
        where = source if name == source else say("the {name} of {source}", name=name, source=source)
        _require("\0" not in value, say("{where} contains a NUL character.", where=where), source)
        is_text = not any("\ud800" <= character <= "\udfff" for character in value)
        _require(is_text, say("{where} contains bytes that are not UTF-8.", where=where), source)


def _require(condition: object, sentence: str, source: str) -> None:
    if not condition:
        raise SetupError(say("{sentence} {forms}", sentence=sentence, forms=say(_FORMS)), source=source)


def _wrong(source: str, fault: str) -> SetupError:
    return SetupError(
        say(
            "{source} {fault}; it is not repeated here, as it may hold a password. {forms}",
            source=source,
            fault=fault,
            forms=say(_FORMS),
        ),
        source=source,
    )
