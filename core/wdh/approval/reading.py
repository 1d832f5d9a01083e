"""An approval from its file: JSON that its contract passes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from wdh.approval.document import Approval
from wdh.errors import NotApproved, SetupError
from wdh.words.language import say
from wdh.words.printable import sentence

_LARGEST = 16 << 20
_HEAD = ("wdh_approval", "id", "made_at", "signature")


def read_approval(path: Path) -> Approval:
    """Read an approval. Raises SetupError where the file cannot be read, NotApproved where it is no approval."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise SetupError(
            say(
                "the approval {path} cannot be read: {strerror}. Nothing was touched.",
                path=path,
                strerror=error.strerror,
            )
        ) from error
    try:
        if len(content) > _LARGEST:
            raise ValueError(say("it has more than {largest:,} bytes", largest=_LARGEST))
        return take_approval(parse(content))
    except (ValueError, RecursionError) as error:
        raise NotApproved(
            say(
                "{path} is no approval that this wdh can read: {error} `wdh-run --plan-out FILE` writes one. "
                "Nothing was written.",
                path=path,
                error=sentence(str(error)),
            ),
            path=str(path),
        ) from error


def parse(content: bytes) -> Any:
    """Parse JSON strictly. Raises ValueError for what is none, for a key that is there twice, and for a fraction."""
    return json.loads(
        content.decode("utf-8"),
        object_pairs_hook=_take_pairs,
        parse_float=_refuse_number,
        parse_constant=_refuse_number,
    )


def take_approval(document: Any) -> Approval:
    """Check a document against its contract. Raises ValueError with the first fault."""
    for fault in find_faults(document):
        raise ValueError(fault)
    content = {name: value for name, value in document.items() if name not in _HEAD}
    return Approval(document["id"], document["made_at"], content, document.get("signature"))


def find_faults(document: Any) -> Iterator[str]:
    """Say where a document is not as its contract has it; first, if it is of another version."""
    from jsonschema import Draft202012Validator

    from wdh_schemas import APPROVAL, read_contract

    errors = Draft202012Validator(read_contract(APPROVAL)).iter_errors(document)
    for error in sorted(errors, key=lambda error: list(error.absolute_path) != ["wdh_approval"]):
        place = ".".join(map(str, error.absolute_path)) or say("the document")
        yield say("{place}: {fault}", place=place, fault=error.message.splitlines()[0][:200])


def _take_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    taken = dict(pairs)
    if len(taken) < len(pairs):
        raise ValueError(say("a key is there twice"))
    return taken


def _refuse_number(text: str) -> NoReturn:
    raise ValueError(say("the number {text} is not a whole one", text=text[:20]))
