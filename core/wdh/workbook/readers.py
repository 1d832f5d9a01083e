"""The readers of sheets, in the order in which ``auto`` tries them. A new one is a class and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from wdh.errors import SetupError
from wdh.facts.cells import CellValue
from wdh.settings import Limits
from wdh.words.language import later, say
from wdh.workbook.package.archive import Archive
from wdh.workbook.package.contents import Contents, SheetPart
from wdh.workbook.package.original import Original
from wdh.workbook.rows import fast_rows
from wdh.workbook.rows.blocks import Reader
from wdh.workbook.survey.surveying import Survey

ReaderName: TypeAlias = str
"""A name in READERS, or AUTO."""


class Opened(Struct, frozen=True):
    """A sheet before its rows are read. ``original`` finds out whether the file has changed since.

    ``misnamed`` says what the file is, where its name says something else; None: it does not. ``added`` knows the
    header of a column that was added in front, which the survey is without; None: there is none.
    """

    original: Original
    package: Archive
    contents: Contents
    part: SheetPart
    survey: Survey
    limits: Limits
    misnamed: str | None = None
    added: Callable[[CellValue], bool] | None = None


class ReaderKind(Struct, frozen=True):
    """A way to read sheets.

    ``needs_proof``: it reads some sheets otherwise than Excel shows them, so that the survey must show that it reads
    this one exactly; REFERENCE reads it otherwise. ``is_installed`` says whether its library is there, ``missing``
    what to do where it is not.
    """

    name: ReaderName
    make: Callable[[Opened], Reader]
    needs_proof: bool = False
    is_installed: Callable[[], bool] = lambda: True
    missing: str = ""


def _make_fast(opened: Opened) -> Reader:
    return fast_rows.FastRows(opened.original.path, opened.contents, opened.part, styled=opened.survey.styled)


def _make_reference(opened: Opened) -> Reader:
    from wdh.workbook.rows.openpyxl_rows import OpenpyxlRows

    return OpenpyxlRows(opened.original.path, opened.package, opened.contents, opened.part, limits=opened.limits)


REFERENCE: Final = ReaderKind("openpyxl", _make_reference)
"""It reads any sheet, and the others are held to what it reads."""

READERS: Final[Mapping[ReaderName, ReaderKind]] = {
    kind.name: kind
    for kind in (
        ReaderKind(
            "fast",
            _make_fast,
            needs_proof=True,
            is_installed=fast_rows.is_installed,
            missing=later('Run pip install "wdh[fast]", or use --reader auto.'),
        ),
        REFERENCE,
    )
}
AUTO: Final = "auto"


def choose_reader(name: ReaderName) -> tuple[ReaderKind, str]:
    """Give the reader to use where the sheet lets it, and why. SetupError where it is not there."""
    if name == AUTO:
        kind = next(kind for kind in READERS.values() if kind.is_installed())
        why = f"the {next(iter(READERS))} reader is not installed"
    elif name in READERS:
        kind, why = READERS[name], "it was asked for"
    else:
        raise SetupError(
            say("there is no reader {name!r}; there are {known}", name=name, known=", ".join((AUTO, *READERS)))
        )
    if not kind.is_installed():
        raise SetupError(
            say("The {name} reader is not installed. {missing}", name=kind.name, missing=say(kind.missing))
        )
    return kind, "it reads the sheet exactly" if kind.needs_proof else why
