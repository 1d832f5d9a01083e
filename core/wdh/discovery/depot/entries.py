"""The files and folders that a depot lists, and the version of each file, which tells its contents apart."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Final, Literal

from msgspec import Struct

Kind = Literal["file", "folder", "link", "other"]

_TAGS: Final = ("ETag", "etag", "eTag", "e_tag", "generation", "md5Hash", "content_md5")
_TIMES: Final = ("LastModified", "last_modified", "lastModifiedDateTime", "mtime", "modified", "updated")
_SECOND: Final = 1_000_000_000
_PLAIN: Final = datetime.timezone.utc


class Version(Struct, frozen=True):
    """One content of a file: its size in bytes, its tag, and when it was changed, in nanoseconds since 1970.

    The tag is what a depot keeps for each content, such as an ETag. None: the depot does not tell.
    """

    size: int | None = None
    tag: str | None = None
    modified_ns: int | None = None

    def is_same(self, other: Version) -> bool:
        """Say whether nothing that both tell is another. Times are compared by the second, as some depots cut them."""
        if self.size is not None and other.size is not None and self.size != other.size:
            return False
        if self.tag is not None and other.tag is not None and self.tag != other.tag:
            return False
        times = (self.modified_ns, other.modified_ns)
        seconds = {each // _SECOND for each in times if each is not None}
        return None in times or len(seconds) == 1


class Entry(Struct, frozen=True):
    """A file or folder in a listed folder. ``version`` is that of a file, if the depot tells it with the listing."""

    name: str
    kind: Kind
    version: Version | None = None


def version_of(info: Mapping[str, Any]) -> Version:
    """Read the version out of what a filesystem tells of a file, each by names of its own."""
    size, tag = info.get("size"), next((info[name] for name in _TAGS if info.get(name)), None)
    time = next((info[name] for name in _TIMES if info.get(name) not in (None, "")), None)
    return Version(None if size is None else int(size), None if tag is None else _plain(tag), _nanoseconds(time))


def _plain(tag: object) -> str:
    text = tag.hex() if isinstance(tag, (bytes, bytearray)) else str(tag)
    return text.removeprefix("W/").strip('"')


def _nanoseconds(time: object) -> int | None:
    if isinstance(time, str):
        try:
            time = datetime.datetime.fromisoformat(time.replace("Z", "+00:00"))
        except ValueError:
            return None
    if isinstance(time, datetime.datetime):
        aware = time if time.tzinfo is not None else time.replace(tzinfo=_PLAIN)
        return round(aware.timestamp() * 1_000_000) * 1_000
    return round(time * _SECOND) if isinstance(time, (int, float)) else None
