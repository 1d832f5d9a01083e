"""The records of a text: lines, decoded strictly, cut into cells by the rules of RFC 4180. Nothing is passed over."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterator
from pathlib import Path

from wdh.errors import DataError
from wdh.words.language import later, say
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


_ENDLESS = later("It is no table, or its ends of lines are lost")
_NUL = later("It may be UTF-16 without a mark (text: {encoding: utf-16-le} in data_sources.yml), or no text at all")


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
