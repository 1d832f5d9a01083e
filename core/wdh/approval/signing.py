"""The signature of an approval: HMAC-SHA256 over its canonical form, by a key that is not in it.

Who has the key can sign, and who has not can neither sign nor change what was signed. A digest without a key would
be no protection: an editor of the document makes the digest anew.
"""

from __future__ import annotations

import hmac
import json
from enum import Enum

from msgspec.structs import replace

from wdh.approval.document import Approval
from wdh.approval.keys import SigningKey
from wdh.words.language import later

_PURPOSE = b"wdh approval\n"
"""A key that signs something else, too, must not make a signature that means an approval."""


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
    return hmac.digest(key.secret, _PURPOSE + _canonical(approval), "sha256").hex()


def _canonical(approval: Approval) -> bytes:
    """Write the document as every writer of JSON would write it: sorted, without blanks, in ASCII, no fractions."""
    document = approval.unsigned.document
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")
