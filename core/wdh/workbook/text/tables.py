"""The form of a table in text: its encoding, its delimiter and its width, said or found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec import Struct

from wdh.errors import DataError
from wdh.settings import Limits, TextFormat
from wdh.words.language import join, later, say
from wdh.workbook.text.encodings import CODECS, Encoding, find_encoding, find_mark
from wdh.workbook.text.records import Record, Records

DELIMITERS: Final[Mapping[str, str]] = {
    ",": later("comma"),
    ";": later("semicolon"),
    "\t": later("tab"),
    "|": later("bar"),
}
TEXT_ENDINGS: Final = frozenset((".csv", ".tsv", ".tab", ".txt"))
_SAMPLE: Final = 200
_START: Final = 1 << 12


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
