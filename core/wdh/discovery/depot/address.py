"""Addresses of depots, such as ``s3://bucket/folder``: how they are read, and shown without passwords."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace

from wdh.errors import SetupError
from wdh.words.language import say

OBJECT_STORES: Final = frozenset(("s3", "s3a"))
"""Protocols whose addresses name a bucket, and in which a user name would be an access key."""
_LOCAL: Final = frozenset(("file", "local"))
_ADDRESS: Final = re.compile(r"(?P<protocol>[A-Za-z][A-Za-z0-9+.-]+)://(?P<place>[^/]*)/*(?P<path>.*)", re.DOTALL)
_CHAINED: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+::")
_PORT: Final = re.compile(r"[^:]*(:\d*)?|\[[0-9A-Fa-f:.]+\](:\d*)?")
_PLACE: Final = re.compile(r"[^/\\\x00-\x20\x7f]+")


class DepotAddress(Struct, frozen=True):
    """The address of a file or folder: ``place`` is a bucket, a container or a server with its user, ``path`` is in it.

    ``path`` has no ``/`` at its ends; empty: all of the place. ``user`` and ``password`` are those that stood in the
    address with a password, None without one. As a text it is without them; of a server, the user is in ``place``.
    """

    protocol: str
    place: str
    path: str
    user: str | None = None
    password: str | None = None

    def __str__(self) -> str:
        root = f"{self.protocol}://{self.place}"
        return f"{root}/{self.path}" if self.path else root

    def __repr__(self) -> str:
        return f"DepotAddress({str(self)!r})"

    def at(self, path: str) -> DepotAddress:
        """Give the address of another path in the same place."""
        return replace(self, path=path)


def read_address(text: str) -> Path | DepotAddress:
    """Read the name of a file or folder: an address has ``://``, and anything else, ``file://`` too, is a path here.

    Raises SetupError for an address that cannot be one, without repeating it: a part of it may be a password.
    """
    if _CHAINED.match(text):
        _refuse(
            say(
                "it names one filesystem on top of another (::), whose caches could give back what an object was "
                "earlier; name the one where the files lie"
            )
        )
    found = _ADDRESS.fullmatch(text)
    if found is None:
        return Path(text)
    protocol, place, path = found["protocol"].lower(), found["place"], found["path"]
    if protocol in _LOCAL:
        if place not in ("", "localhost"):
            _refuse(say("a file:// address has three slashes, as it names no server"))
        from urllib.request import url2pathname  # here, as it brings all of HTTP along

        return Path(url2pathname(f"/{path}"))
    userinfo, _, host = place.rpartition("@")
    name, colon, secret = userinfo.partition(":")
    if (colon and "@" in path) or (_PORT.fullmatch(host) is None) or (protocol in OBJECT_STORES and ":" in host):
        _refuse(
            say(
                "a password in it must be percent-encoded: %2F stands for /, %40 for @, %3A for :. Better, give it by "
                "a variable (docs/depots.md)"
            )
        )
    if not host or _PLACE.fullmatch(place) is None or place in (".", ".."):
        _refuse(say("between // and the next / it must name a bucket, a container or a server"))
    parts = [part for part in path.split("/") if part]
    if not {".", ".."}.isdisjoint(parts) or "\0" in path:
        _refuse(say("its path has a part that is . or .."))
    address = DepotAddress(protocol, place, "/".join(parts))
    if not colon:
        return address
    shown = host if protocol in OBJECT_STORES else f"{name}@{host}"
    return replace(address, place=shown, user=unquote(name), password=unquote(secret))


def _refuse(why: str) -> NoReturn:
    raise SetupError(
        say(
            "an address of --data-dir or --file (or their variables) cannot be used, and is not repeated here: {why}. "
            "Nothing was touched.",
            why=why,
        )
    )
