"""The signature of an approval: HMAC-SHA256 over its canonical form, by a key that is not in it.

Who has the key can sign, and who has not can neither sign nor change what was signed. A digest without a key would
be no protection: an editor of the document makes the digest anew.

The key comes from a variable of the environment, or from a file of the operator's.
"""

from __future__ import annotations

import hmac
import json
import os
import stat
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum

from msgspec.structs import replace

from wdh.approval.document import Approval
from wdh.errors import SetupError
from wdh.words.language import later, say

SHORTEST = 32
"""Bytes of a key, as HMAC-SHA256 asks for: https://www.rfc-editor.org/rfc/rfc2104#section-3"""

_LONGEST = 4096
_VARIABLE = "env:"
_WAY = later("`openssl rand -hex 32` makes a key. Nothing was touched.")
_PURPOSE = b"wdh approval\n"
"""A key that signs something else, too, must not make a signature that means an approval."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key, which nothing shows."""

    secret: bytes = field(repr=False)


def read_key(source: str, environment: Mapping[str, str]) -> SigningKey:
    """Read the key that ``env:NAME`` or the path of a file names; a line break at its end is no part of it.

    Raises SetupError for one that is not there, too short, or in a file that others than its owner may read. No
    message repeats ``source`` as a path: it may be the key itself, given by mistake.
    """
    if source.startswith(_VARIABLE):
        name = source.removeprefix(_VARIABLE)
        secret = environment.get(name, "").encode("utf-8", "surrogateescape")
        what = (
            say("the variable {name} of --sign-key", name=name)
            if name.isidentifier()
            else say("the variable of --sign-key")
        )
        if not secret.strip():
            raise SetupError(say("{what} is empty or not set. {way}", what=what, way=say(_WAY)))
    else:
        secret, what = _read_file(source), say("the file of --sign-key")
    secret = secret.rstrip(b"\r\n")
    if len(secret) < SHORTEST:
        raise SetupError(
            say(
                "{what} has a key of {count} bytes; {shortest} are needed. {way}",
                what=what,
                count=len(secret),
                shortest=SHORTEST,
                way=say(_WAY),
            )
        )
    return SigningKey(secret)


def without_key(environment: Mapping[str, str], source: str | None) -> Mapping[str, str]:
    """Leave the variable that holds the key out of what a run hands on to packages."""
    held = "" if source is None or not source.startswith(_VARIABLE) else source.removeprefix(_VARIABLE)
    return {name: value for name, value in environment.items() if name != held}


def _read_file(path: str) -> bytes:
    if sys.platform == "win32":
        refused = say(
            "--sign-key takes no file on Windows, where nobody can tell from it whether others may read it. Name a "
            "variable as env:NAME."
        )
        raise SetupError(f"{refused} {_WAY}")
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe must not be waited for
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else say("it is no path")
        raise SetupError(
            say(
                "the file of --sign-key cannot be read: {why}. It names a file, or a variable as env:NAME. {way}",
                why=why,
                way=say(_WAY),
            )
        ) from None
    try:
        _refuse_unfit(os.fstat(opened), owners=(0, os.geteuid()))
        return os.read(opened, _LONGEST)
    finally:
        os.close(opened)


def _refuse_unfit(found: os.stat_result, *, owners: Collection[int]) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise SetupError(
            say("what --sign-key names is no file. Name one, or a variable as env:NAME. Nothing was touched.")
        )
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SetupError(
            say(
                "the file of --sign-key may be read or written by others than its owner: chmod 600 it, and "
                "make a new key if others had access. Nothing was touched."
            )
        )
    if found.st_uid not in owners:
        raise SetupError(
            say(
                "the file of --sign-key belongs to account {st_uid}. Use one of your own. Nothing was touched.",
                st_uid=found.st_uid,
            )
        )
    if found.st_size > _LONGEST:
        raise SetupError(
            say(
                "the file of --sign-key has more than {longest} bytes, and is no key. {way}",
                longest=_LONGEST,
                way=say(_WAY),
            )
        )


class Signature(Enum):
    """The verdict on the signature of an approval; the value is the sentence."""

    NONE = later("it is not signed: anybody who may write to the file could change it")
    UNCHECKED = later("it is signed, and nobody checked by what key")
    GOOD = later("it is signed with this key, and nobody has changed it since")
    BAD = later("its signature is not that of this key: it was changed since, or signed with another key")


def sign(approval: Approval, key: SigningKey) -> Approval:
    """Sign an approval, whatever signature it has."""
    return replace(approval, signature=_sign(approval, key))


def check_signature(approval: Approval, key: SigningKey | None) -> Signature:
    """Say whose the signature is, as far as ``key`` tells; None: there is no key to check it by."""
    if approval.signature is None:
        return Signature.NONE
    if key is None:
        return Signature.UNCHECKED
    return Signature.GOOD if hmac.compare_digest(approval.signature, _sign(approval, key)) else Signature.BAD


def _sign(approval: Approval, key: SigningKey) -> str:
    # The canonical form is what every writer of JSON would write: sorted, without blanks, in ASCII, no fractions.
    document = approval.unsigned.document
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")
    return hmac.digest(key.secret, _PURPOSE + canonical, "sha256").hex()
