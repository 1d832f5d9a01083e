"""The errors of wdh, sorted by what the operator should do next.

Every error wdh raises on purpose is a :class:`WdhError`. Its class says what state the warehouse is in, its text
says what happened, where, and what to do; ``facts`` carries the same as fields for machines (file, sheet, cell,
table, key …).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, NoReturn, TypeVar

Own = TypeVar("Own", bound="WdhError")


class WdhError(Exception):
    """The root of all errors that wdh raises on purpose."""

    exit_code: ClassVar[int] = 1
    """The exit code of a command that ends with this error."""
    may_quote_values: bool = False
    """Message or facts may repeat what a cell, or a row of the warehouse, holds."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        """A sentence that says what happened, where, and what to do."""
        self.facts = {name: value for name, value in facts.items() if value is not None}
        """The same as fields: file, sheet, cell, table, key, hook, distribution … None is left out."""

    def quoting(self: Own) -> Own:
        """Say of this error that it may quote values; return it."""
        self.may_quote_values = True
        return self


class SetupError(WdhError):
    """Nothing was touched: the command, the configuration, a plugin or the place of the database is wrong."""

    exit_code = 2


class PluginError(SetupError):
    """A plugin is wrong or failed: names the distribution, the plugin and the hook. Nothing was touched."""

    may_quote_values = True


class DataError(WdhError):
    """Nothing was written: a workbook is not what it should be. Mend the workbook (or pass the right one)."""

    exit_code = 3


class NotApproved(DataError):
    """Nothing was written: what would be done is not what was approved, or nobody can tell that it is."""


class DatabaseError(WdhError):
    """Everything was rolled back: the warehouse is as it was before the run."""

    exit_code = 4


class OutcomeUnknown(WdhError):
    """The connection was lost while COMMIT was on its way: either all of the run is there, or none of it."""

    exit_code = 5


@contextmanager
def about_domain(name: str) -> Iterator[None]:
    """Say of every WdhError inside which domain it is about: several may be applied together."""
    try:
        yield
    except WdhError as error:
        error.facts.setdefault("domain", name)
        raise


def assert_never(value: NoReturn) -> NoReturn:
    """Close a ``match`` over a closed set of types: a type without a case fails the type check here."""
    raise AssertionError(f"no case for {value!r}")
