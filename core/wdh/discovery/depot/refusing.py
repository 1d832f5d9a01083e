"""The refusals of depots, in sentences that say what to do."""

from __future__ import annotations

from typing import Final

from wdh.discovery.depot.address import DepotAddress
from wdh.errors import DataError, SetupError
from wdh.words.language import say

_LASTING: Final = frozenset(
    (
        *("PermissionError", "PermissionDenied", "ValueError", "TypeError", "ImportError"),
        *("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound", "ParamValidationError"),
        *("HostKeyNotVerifiable", "KeyImportError", "ConfigParseError", "KeyExchangeFailed"),
        *("ClientAuthenticationError", "DefaultCredentialsError"),
    )
)
"""Classes of exceptions after which another try would end in the same way, by their names: no library is imported."""
_CREDENTIALS: Final = frozenset(
    (
        *("PermissionError", "PermissionDenied", "NoCredentialsError", "PartialCredentialsError", "ProfileNotFound"),
        *("ClientAuthenticationError", "DefaultCredentialsError", "KeyImportError"),
    )
)


class Unanswered(Exception):
    """A call brought nothing within its time limit."""


def is_lasting(error: BaseException) -> bool:
    """Say whether another try would end in the same way."""
    return not _LASTING.isdisjoint(_names(error))


def refuse(error: BaseException, said: str, address: DepotAddress, *, attempts: int, seconds: float) -> SetupError:
    """Say why a depot cannot be read, by the exception of a library; ``said`` is its text without secrets."""
    names, told = _names(error), said or type(error).__name__
    if isinstance(error, Unanswered):
        sentence = say(
            "{address} does not answer: {attempts} times nothing came within {seconds:g} seconds. See that the server "
            "is up and can be reached from here, and run again. Nothing was touched.",
            address=address,
            attempts=attempts,
            seconds=seconds,
        )
    elif "HostKeyNotVerifiable" in names:
        sentence = say(
            "{address}: the server shows a key that is not among the known ones ({why}), so that nobody can tell "
            "whether it is the right one. Ask its administrators for the key, and add it to ~/.ssh/known_hosts. "
            "Nothing was touched.",
            address=address,
            why=told,
        )
    elif not _CREDENTIALS.isdisjoint(names):
        sentence = say(
            "{address}: the credentials are missing or refused, or do not allow to list and read ({why}). See that "
            "they are given to this process, and are of the right account (docs/depots.md). Nothing was touched.",
            address=address,
            why=told,
        )
    else:
        sentence = say(
            "{address} cannot be read ({kind}: {why}); tried {attempts} times. See that the address is right and the "
            "server can be reached from here, and run again. Nothing was touched.",
            address=address,
            kind=type(error).__name__,
            why=told,
            attempts=attempts,
        )
    return SetupError(sentence, address=str(address))


def refuse_gone(address: DepotAddress) -> DataError:
    """Say that a file is gone that was listed."""
    return DataError(
        say(
            "{address}: was deleted or moved after it was listed. Nothing was written. Run again when the delivery is "
            "complete.",
            address=address,
        ),
        file=str(address),
    )


def refuse_changed(address: DepotAddress) -> DataError:
    """Say that a file is another one than was listed."""
    return DataError(
        say(
            "{address}: was overwritten after it was listed, so that nobody can tell which version is meant. Nothing "
            "was written. Run again when the delivery is complete.",
            address=address,
        ),
        file=str(address),
    )


def refuse_cut(address: DepotAddress, *, came: int, size: int) -> DataError:
    """Say that not all of a file came, or more than all."""
    return DataError(
        say(
            "{address}: {came:,} bytes came, and it has {size:,}. Nothing was written. Run again; if it stays so, "
            "upload the workbook again.",
            address=address,
            came=came,
            size=size,
        ),
        file=str(address),
    )


def refuse_full(address: DepotAddress, *, why: str, folder: str) -> SetupError:
    """Say that a file cannot be kept here."""
    return SetupError(
        say(
            "{address} cannot be kept here for the time of the run: {why}. Make room in {folder}, or name another "
            "folder with TMPDIR. Nothing was touched.",
            address=address,
            why=why,
            folder=folder,
        ),
        file=str(address),
    )


def _names(error: BaseException) -> frozenset[str]:
    return frozenset(kind.__name__ for kind in type(error).__mro__)
