"""A plan that is written down to be approved: its document, what it is compared by, and its signature."""

from wdh.approval.document import Approval, Subject, find_differences, make_content, read_approval, write_down
from wdh.approval.signing import Signature, SigningKey, check_signature, read_key, sign, without_key

__all__ = [
    "Approval",
    "Signature",
    "SigningKey",
    "Subject",
    "check_signature",
    "find_differences",
    "make_content",
    "read_approval",
    "read_key",
    "sign",
    "without_key",
    "write_down",
]
