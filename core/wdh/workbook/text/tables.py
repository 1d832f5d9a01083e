"""Tables in text: their encoding, delimiter and width, said or found, and the reader of their rows.

Lines are decoded strictly and cut into cells by the rules of RFC 4180; nothing is passed over. Every cell is text, and
a row of more cells than the header is not trusted.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path, PurePath
from typing import Any, Final

from msgspec import Struct

from wdh.errors import DataError
from wdh.facts import Note
from wdh.facts.cells import ShiftedValue
from wdh.settings import Limits, TextFormat
from wdh.words.language import join, later, say
from wdh.words.printable import show_name
from wdh.workbook.others import OtherBook
from wdh.workbook.package.contents import Contents, SheetPart
from wdh.workbook.package.styles import Styles
from wdh.workbook.rows.blocks import Block
from wdh.workbook.survey.surveying import no_survey
from wdh.workbook.text.encodings import CODECS, SAYING, Encoding, find_encoding, find_mark, find_undecodable

Record = list[str]

_ENDLESS = later("It is no table, or its ends of lines are lost")
_NUL = later("It may be UTF-16 without a mark (text: {encoding: utf-16-le} in data_sources.yml), or no text at all")
DELIMITERS: Final[Mapping[str, str]] = {
    ",": later("comma"),
    ";": later("semicolon"),
    "\t": later("tab"),
    "|": later("bar"),
}
TEXT_ENDINGS: Final = frozenset((".csv", ".tsv", ".tab", ".txt"))
_SAMPLE: Final = 200
_START: Final = 1 << 12
_FOUND = later("The form of these files in text was found: neither they nor text in data_sources.yml say it.")
_SHORT = later("These rows of files in text have fewer cells than the header: the last ones are read as blank.")
_KEPT = re.compile('="([^"]*)"')
"""A text that Excel is kept from reading as a number, and shows without its frame: ="0012"."""


class Records:
    """Reads the records of a text from its start. ``longest`` is how many characters a line may have at most.

    ``line`` is the number of the last line that was read: a record may have several.
    """

    def __init__(self, path: Path, encoding: Encoding, *, delimiter: str, longest: int, skipped: int = 0) -> None:
        self._path, self._encoding, self._delimiter = path, encoding, delimiter
        self._longest, self._skipped = longest, skipped
        self.line = 0

    def read(self) -> Generator[Record, None, None]:
        """Give all records, empty lines too. DataError that names the line, not the file, where one cannot be read."""
        records = csv.reader(self._lines(), delimiter=self._delimiter, strict=True)
        began = 1
        try:
            for record in records:
                yield record
                began = self.line + 1
        except csv.Error as error:
            raise self._fault(began, *_explain(error)) from error

    def _lines(self) -> Iterator[str]:
        with self._path.open("rb") as file:
            file.seek(self._encoding.mark)
            text = io.TextIOWrapper(file, self._encoding.codec, newline="")
            try:
                for line in iter(lambda: text.readline(self._longest), ""):
                    self.line += 1
                    if "\0" in line:
                        raise self._fault(self.line, say("holds a NUL character"), say(_NUL))
                    if len(line) >= self._longest:
                        raise self._fault(
                            self.line, say("has over {longest} characters", longest=self._longest - 1), say(_ENDLESS)
                        )
                    if self.line > self._skipped:
                        yield line
            except UnicodeDecodeError as error:
                raise self._undecodable() from error

    def _undecodable(self) -> DataError:
        number, what = 0, ""
        if not self._encoding.codec.startswith("utf-16"):  # whose lines do not end with one byte
            number, what = find_undecodable(self._path, self._encoding, longest=self._longest)
        name = self._encoding.name
        sentence = say("is not {name} ({what})", name=name, what=what) if what else say("is not {name}", name=name)
        return self._fault(
            number or self.line + 1, sentence, say("{saying}, or get it in one encoding", saying=say(SAYING))
        )

    def _fault(self, line: int, sentence: str, advice: str) -> DataError:
        return DataError(
            say("line {line} {sentence}. {advice}.", line=line, sentence=sentence, advice=advice),
            file=str(self._path),
            line=line,
        )


def _explain(error: csv.Error) -> tuple[str, str]:
    text = str(error)
    if "unexpected end of data" in text:
        return (
            say("begins a cell with a quotation mark that has no end"),
            say("Mend its quotation marks"),
        )
    if "field larger" in text:
        return say("begins a cell that is longer than any may be"), say("Perhaps a quotation mark has no end: mend it")
    if "expected after" in text:
        return say("goes on behind the quotation mark that ends a cell"), say(
            'Inside a cell a quotation mark is written ""'
        )
    return say("cannot be cut into cells ({text})", text=text), say("Write the file again")


class TextTable(Struct, frozen=True):
    """A table in text. ``width`` is how many cells its header has; ``skipped`` lines above it are no records.

    ``found`` tells what was found in the file and not said; empty: all was.
    """

    path: Path
    encoding: Encoding
    delimiter: str
    width: int
    longest: int
    skipped: int = 0
    found: str = ""

    @property
    def form(self) -> TextFormat:
        """The form as data_sources.yml would say it."""
        encoding = self.encoding.name if self.encoding.name in CODECS else None
        return TextFormat(encoding, "tab" if self.delimiter == "\t" else self.delimiter)

    def records(self) -> Records:
        """Make a reader of all its records."""
        return _records(self.path, self.encoding, self.delimiter, longest=self.longest, skipped=self.skipped)


def open_table(path: Path, said: TextFormat, limits: Limits) -> TextTable:
    """Find the form of a table in text. DataError where it cannot be told, or is none."""
    _check_size(path, limits)
    if said.encoding is None and _is_binary(path):
        raise _no_table(path)
    encoding = find_encoding(path, said.encoding, longest=limits.row_bytes)
    told = _read_sep(path, encoding)
    delimiter = "\t" if said.delimiter == "tab" else said.delimiter or told
    samples = {
        each: _sample(path, encoding, each, longest=limits.row_bytes, skipped=int(told is not None))
        for each in ((delimiter,) if delimiter else DELIMITERS)
    }
    chosen = delimiter or _choose(path, samples)
    found = [] if encoding.is_sure else [say("encoding {name}", name=encoding.name)]
    found += [] if delimiter else [say("delimiter {delimiter}", delimiter=say(DELIMITERS[chosen]))]
    width = _find_width(samples[chosen])
    return TextTable(path, encoding, chosen, width, limits.row_bytes, int(told is not None), join(", ", found))


def _records(path: Path, encoding: Encoding, delimiter: str, *, longest: int, skipped: int) -> Records:
    return Records(path, encoding, delimiter=delimiter, longest=longest, skipped=skipped)


def _is_binary(path: Path) -> bool:
    """Say whether a file that is not called a text begins with what no text has, and without the mark of one."""
    with path.open("rb") as file:
        start = file.read(_START)
    return path.suffix.lower() not in TEXT_ENDINGS and b"\0" in start and find_mark(start) is None


def _no_table(path: Path) -> DataError:
    message = say(
        "{name}: is not a workbook, whatever its name says. Open it in Excel and save it as .xlsx.", name=path.name
    )
    return DataError(message, file=str(path))


def _check_size(path: Path, limits: Limits) -> None:
    if path.stat().st_size > limits.sheet_bytes:
        message = say(
            "{name}: has over {most} MiB. Do not trust it; where it is what it should be, raise "
            "limits.sheet_mib in data_sources.yml.",
            name=path.name,
            most=limits.sheet_bytes >> 20,
        )
        raise DataError(message, file=str(path), limit="sheet_mib")


def _read_sep(path: Path, encoding: Encoding) -> str | None:
    """Read the delimiter from a first line such as ``sep=;``, which Excel shows no row for."""
    with path.open("rb") as file:
        file.seek(encoding.mark)
        start = file.read(32).decode(encoding.codec, "ignore")
    line = start.splitlines()[0] if start else ""
    return line[4:] if line[:4].lower() == "sep=" and len(line) == 5 else None


def _sample(path: Path, encoding: Encoding, delimiter: str, *, longest: int, skipped: int) -> Sequence[Record]:
    """Read the first records; those up to one that cannot be cut by this delimiter."""
    records = _records(path, encoding, delimiter, longest=longest, skipped=skipped)
    sample: list[Record] = []
    with closing(records.read()) as reading:
        try:
            sample.extend(islice(reading, _SAMPLE))
        except DataError as error:
            if not sample and delimiter == ",":  # it is the same with any other
                sentence = say("{name}: {sentence}", name=path.name, sentence=error.message)
                raise DataError(sentence, **error.facts) from error
    return [record for record in sample if any(record)]


def _choose(path: Path, samples: Mapping[str, Sequence[Record]]) -> str:
    """Take the delimiter that cuts the most records into as many cells, two or more."""
    scores = {each: _score(sample) for each, sample in samples.items()}
    most = max(scores.values())
    best = [each for each, score in scores.items() if score == most]
    ending = path.suffix.lower()
    if most == 0:
        if ending in TEXT_ENDINGS:
            return "\t" if ending in (".tsv", ".tab") else ","
        raise _no_table(path)
    if len(best) > 1:
        names = join(say(" and "), [say(DELIMITERS[each]) for each in best])
        message = say(
            "{name}: its delimiter cannot be told: {names} both cut its lines into equal rows. Say it in "
            "data_sources.yml, e.g. text: {{delimiter: {delimiter}}}, or to wdh inspect by --delimiter.",
            name=path.name,
            names=names,
            delimiter=DELIMITERS[best[0]],
        )
        raise DataError(message, file=str(path))
    return best[0]


def _score(sample: Sequence[Record]) -> int:
    widths = Counter(len(record) for record in sample if len(record) > 1)
    return max(widths.values(), default=0)


def _find_width(sample: Sequence[Record]) -> int:
    """Give the width of the first record that is as wide as most: the header, as titles above it are narrower."""
    counts = Counter(len(record) for record in sample if len(record) > 1)
    most = max(counts, key=lambda width: (counts[width], -width), default=1)
    return next((len(record) for record in sample if len(record) >= most), 0)


def open_text(path: Path, said: TextFormat, limits: Limits) -> OtherBook:
    """Open a file in text as a workbook of one sheet, which is called like the file. DataError as open_table()."""
    table = open_table(path, said, limits)
    sheet = SheetPart(PurePath(show_name(path)).stem, "", has_cells=True, is_hidden=False, has_usual_name=True)
    contents = Contents((sheet,), None, Styles(), False, False, True, False, None)
    return OtherBook("text", contents, lambda _: (no_survey(), TextRows(table, limits=limits)), table)


class TextRows:
    """Reads a table in text. A row is a record, blank ones too, and its number is the one that Excel gives it."""

    faults: tuple[type[Exception], ...] = ()

    def __init__(self, table: TextTable, *, limits: Limits) -> None:
        self._table, self._limits = table, limits
        self._short = 0

    def blocks(self, size: int) -> Generator[Block, None, None]:
        """Give the rows in blocks of at most ``size``. DataError that names the line where one cannot be read."""
        first = 1
        with closing(self._table.records().read()) as records:
            while rows := list(islice(records, size)):
                numbers = range(first, first + len(rows))
                first += len(rows)
                yield Block.of_rows(numbers, [self._read(*row) for row in zip(numbers, rows, strict=True)])

    def notes(self, place: str, rows: int) -> Iterator[Note]:
        """Give the notes on what was found, and on rows that are too short."""
        if self._table.found:
            yield Note("text_form", say(_FOUND), {say("{place}: {found}", place=place, found=self._table.found): rows})
        if self._short:
            yield Note("short_rows", say(_SHORT), {place: self._short})

    def _read(self, number: int, record: Record) -> list[Any]:
        if len(record) > self._limits.row_cells:
            raise DataError(
                say("row {number} has over {row_cells} cells.", number=number, row_cells=self._limits.row_cells),
                row=number,
                limit="columns",
            )
        cells: list[Any] = record
        if any(cell[:2] == '="' for cell in record):
            cells = [_KEPT.sub(r"\1", cell) if _KEPT.fullmatch(cell) else cell for cell in record]
        width = self._table.width
        if len(record) > width and any(cell.strip() for cell in record[width:]):
            cells = [ShiftedValue(cell) if cell.strip() else None for cell in cells]
        elif 1 < len(record) < width:
            self._short += 1
        return cells
