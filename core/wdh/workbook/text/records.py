"""The records of a text: lines, decoded strictly, cut into cells by the rules of RFC 4180. Nothing is passed over."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterator
from pathlib import Path

from wdh.errors import DataError
from wdh.workbook.text.encodings import SAYING, Encoding, find_undecodable

Record = list[str]


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
                        raise self._fault(self.line, "holds a NUL character", _NUL)
                    if len(line) >= self._longest:
                        raise self._fault(self.line, f"has over {self._longest - 1} characters", _ENDLESS)
                    if self.line > self._skipped:
                        yield line
            except UnicodeDecodeError as error:
                raise self._undecodable() from error

    def _undecodable(self) -> DataError:
        number, what = 0, ""
        if not self._encoding.codec.startswith("utf-16"):  # whose lines do not end with one byte
            number, what = find_undecodable(self._path, self._encoding, longest=self._longest)
        sentence = f"is not {self._encoding.name}{f' ({what})' if what else ''}"
        return self._fault(number or self.line + 1, sentence, f"{SAYING}, or get it in one encoding")

    def _fault(self, line: int, sentence: str, advice: str) -> DataError:
        return DataError(f"line {line} {sentence}. {advice}.", file=str(self._path), line=line)


_ENDLESS = "It is no table, or its ends of lines are lost"
_NUL = "It may be UTF-16 without a mark (text: {encoding: utf-16-le} in data_sources.yml), or no text at all"


def _explain(error: csv.Error) -> tuple[str, str]:
    text = str(error)
    if "unexpected end of data" in text:
        return (
            "begins a cell with a quotation mark that has no end",
            "Mend its quotation marks",
        )
    if "field larger" in text:
        return "begins a cell that is longer than any may be", "Perhaps a quotation mark has no end: mend it"
    if "expected after" in text:
        return "goes on behind the quotation mark that ends a cell", 'Inside a cell a quotation mark is written ""'
    return f"cannot be cut into cells ({text})", "Write the file again"
