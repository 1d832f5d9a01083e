"""Whatever a sender and an operator do one after the other, the warehouse is what plain Python says it must be."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from mending.conftest import HEADER, SHEET, Desk
from support.red_books import change, mark_of, send_again, send_back
from support.thoroughness import examples
from support.workbooks import write_rows

from wdh.apply.guards import GUARDS

CITIES = ["上海", "北京", "广州"]
Cells = tuple[Any, ...]


def is_valid(cells: Cells) -> bool:
    return cells[3] in CITIES and isinstance(cells[4], int)


def fact(cells: Cells) -> Cells:
    return (*cells[:4], f"{cells[4]}.00")


@dataclass
class Row:
    """A row as the sender has it. ``name`` is its number in the first delivery, or what it was when it was added; None:
    it was added since the workbook was sent back. ``label`` is its name in the first column.
    """

    name: Any
    cells: Cells
    label: str | None = None


@dataclass
class Book:
    """A file of the delivery: as it was delivered first, and as the sender has it now."""

    original: Path
    rows: list[Row]
    now: list[Row] = field(default_factory=list)
    back: Path | None = None
    sent: list[tuple[Path, list[Row]]] = field(default_factory=list)


def copy(rows: list[Row]) -> list[Row]:
    return [replace(row) for row in rows]


class Model:
    """Plain Python's warehouse, and what it knows to be loaded of each delivered file."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.scopes: dict[Cells, list[Cells]] = {}
        self.appended: list[Cells] = []
        self.known: set[tuple[Cells, ...]] = set()
        self.loaded: dict[Path, dict[Any, Cells]] = {}
        self.latest: dict[Path, list[Row]] = {}

    @property
    def facts(self) -> Counter[Cells]:
        if self.mode == "append":
            return Counter(self.appended)
        return Counter(fact for facts in self.scopes.values() for fact in facts)

    def replace(self, files: dict[Path, list[Row]], *, missing: dict[Path, list[Row]]) -> None:
        """Load files in delete_insert, and with them those of the delivery that are missing in the run."""
        read = {**files, **{path: self.latest.get(path, rows) for path, rows in missing.items()}}
        fresh: dict[Cells, list[Cells]] = {}
        for rows in read.values():
            for row in rows:
                if is_valid(row.cells):
                    fresh.setdefault(row.cells[:2], []).append(fact(row.cells))
        if fresh:
            self.scopes.update(fresh)
            self.latest.update(read)

    def append(self, files: dict[Path, list[Row]], *, missing: dict[Path, list[Row]], marked: bool) -> bool:
        """Append files; False: it must be refused."""
        read = {**files, **{path: rows for path, rows in missing.items() if path not in self.loaded}}
        facts: list[Cells] = []
        states: dict[Path, dict[Any, Cells]] = {}
        for path, rows in read.items():
            loaded = self.loaded.get(path, {}) if marked else {}
            states[path] = dict(loaded)
            seen: Counter[Cells] = Counter()
            for row in rows:
                name: Any = row.name
                if name is None:
                    name = (row.cells, seen[row.cells])
                    seen[row.cells] += 1
                if is_valid(row.cells) and name not in loaded:
                    facts.append(fact(row.cells))
                    states[path][name] = row.cells
        if facts and tuple(facts) in self.known:
            return True
        if not marked and any(self.latest.get(path) for path in files):
            return False
        if facts:
            self.known.add(tuple(facts))
            self.appended += facts
            self.loaded.update(states)
            if marked:
                self.latest.update(files)
        return True


class History:
    """One history: what happens is chosen by chance, at the desk and in the model alike."""

    def __init__(self, desk: Desk, chance: random.Random, *, mode: str, files: int) -> None:
        self.desk, self.chance, self.mode = desk, chance, mode
        self.model = Model(mode)
        self.number = 0
        self.books = [self.deliver(f"2024{11 + place}", place) for place in range(files)]
        self.told: list[str] = []

    def deliver(self, month: str, place: int) -> Book:
        shown = f"{month[:4]}-{month[4:]}"
        rows = [
            Row(3 + number, self.make_cells(shown, number), str(3 + number))
            for number in range(self.chance.randint(3, 7))
        ]
        rows[0].cells = (shown, f"{place:02d}99", "好店", "上海", 7, None)
        path = self.desk.deliver(f"{month}销售.xlsx", [row.cells for row in rows])
        return Book(path, rows, copy(rows))

    def make_cells(self, month: str, number: int) -> Cells:
        code = f"{int(month[-2:]):02d}{number:02d}"
        city = self.chance.choice([*CITIES, "火星"])
        amount = self.chance.choice([self.chance.randint(1, 99), self.chance.randint(1, 99), "abc"])
        return month, code, self.chance.choice(["甲店", "乙店"]), city, amount, None

    def path(self, book: Book) -> Path:
        self.number += 1
        folder = self.desk.folder / f"v{self.number}"
        folder.mkdir()
        return folder / book.original.name

    def run(self, files: list[Path]) -> Any:
        named = [word for file in files for word in ("--file", str(file))]
        accepted = [word for guard in GUARDS for word in ("--accept", guard)]
        return self.desk.run("--execute", "--mode", self.mode, "--max-rejects", "100%", *accepted, *named)

    def others(self, books: list[Book]) -> dict[Path, list[Row]]:
        return {book.original: book.rows for book in self.books if book not in books}

    def send_original(self) -> None:
        """The operator loads the delivery as it came."""
        files = {book.original: book.rows for book in self.books}
        ended = self.run([*files])
        self.told.append(f"original {ended.code}")
        if self.mode == "append":
            marked = any(self.model.latest.get(path) for path in files)
            assert (ended.code == 0) == self.model.append(files, missing={}, marked=False), (marked, ended)
        else:
            self.model.replace(files, missing={})
            assert ended.code == 0
        run_id = ended.report["run_id"] if ended.code == 0 else None
        for book in self.books:
            if book.back is None:
                self.send_back(book, run_id)

    def refuse(self) -> None:
        """The operator tries the delivery as it came, which is refused."""
        for book in self.books:
            if book.back is None:
                self.send_back(book, None)

    def send_back(self, book: Book, run_id: str | None) -> None:
        bad = [row.name for row in book.rows if not is_valid(row.cells) and row.name]
        others = [each.original for each in self.books if each is not book]
        place = self.path(book)
        book.back = send_back(
            book.original, place, domain="sales", sheet=SHEET, rejected=bad, run_id=run_id, others=others
        )

    def change(self, book: Book) -> None:
        """The sender changes his workbook in some way."""
        chance, rows = self.chance, book.now
        assert book.back is not None
        kind = chance.choice(["mend", "mend", "mend", "alter", "delete", "add", "sort"])
        self.told.append(kind)
        if kind == "mend":
            for row in rows:
                if not is_valid(row.cells) and chance.random() < 0.6:
                    row.cells = (*row.cells[:3], chance.choice(CITIES), chance.randint(1, 99), None)
        elif kind == "alter":
            row = chance.choice(rows)
            row.cells = (*row.cells[:2], chance.choice(["丙店", "丁店"]), *row.cells[3:])
        elif kind == "delete" and len(rows) > 2:
            rows.pop(chance.randrange(1, len(rows)))
        elif kind == "add":
            month = rows[0].cells[0]
            added = month, f"9{len(rows):03d}", "新店", chance.choice(CITIES), chance.randint(1, 99), None
            rows.append(Row(None, added))
        elif kind == "sort":
            chance.shuffle(rows)
        self.write(book)

    def write(self, book: Book) -> None:
        """Write the sender's workbook as it is now: the first column goes with its row."""
        assert book.back is not None
        cells = openpyxl.load_workbook(book.back)[SHEET].iter_rows(min_row=3, max_col=1, values_only=True)
        named = {str(text).rpartition("#")[2]: text for (text,) in cells}

        def put(page: Any) -> None:
            page.delete_rows(3, page.max_row)
            for place, row in enumerate(book.now, start=3):
                for column, value in enumerate((named.get(row.label or ""), *row.cells), start=1):
                    page.cell(place, column, value)

        book.back = change(book.back, SHEET, put, target=self.path(book))

    def send(self, books: list[Book], given: list[tuple[Path, list[Row]]]) -> None:
        files = {book.original: rows for book, (_, rows) in zip(books, given, strict=True)}
        ended = self.run([path for path, _ in given])
        self.told.append(f"send {[book.original.name for book in books]} {ended.code}")
        assert ended.code == 0, (ended.out, ended.err)
        if self.mode == "append":
            assert self.model.append(files, missing=self.others(books), marked=True)
        else:
            self.model.replace(files, missing=self.others(books))

    def send_mended(self) -> None:
        """The operator loads what came back, of one file or of all."""
        books = self.books if self.chance.random() < 0.5 else [self.chance.choice(self.books)]
        given = []
        for book in books:
            assert book.back is not None
            rows = copy(book.now)
            book.sent.append((book.back, rows))
            given.append(book.sent[-1])
        self.send(books, given)

    def send_twice(self) -> None:
        """The operator loads a workbook again that he has loaded before."""
        books = [book for book in self.books if book.sent]
        if books:
            book = self.chance.choice(books)
            self.send([book], [self.chance.choice(book.sent)])

    def send_back_again(self) -> None:
        """A workbook that came back goes back again."""
        books = [book for book in self.books if book.sent]
        if not books:
            return
        book = self.chance.choice(books)
        path, rows = book.sent[-1]
        bad = [number for number, row in enumerate(rows, start=3) if not is_valid(row.cells)]
        book.back = send_again(path, self.path(book), sheet=SHEET, rejected=bad, run_id=None)
        (own,) = mark_of(book.back).sheets
        seen: Counter[Cells] = Counter()
        book.now = []
        for row, label in zip(rows, own.rows, strict=False):
            name = row.name
            if name is None:
                name = (row.cells, seen[row.cells])
                seen[row.cells] += 1
            book.now.append(Row(name, row.cells, label))
        self.told.append("back again")

    def send_corrected(self) -> None:
        """The sender corrects the file that he delivered first, and sends it as a new one."""
        book = self.chance.choice(self.books)
        rows = [Row(row.name, (*row.cells[:3], "上海", self.chance.randint(1, 99), None)) for row in book.rows]
        path = self.path(book)
        write_rows(path, [["门店销售明细"], HEADER, *(row.cells for row in rows)], sheet=SHEET)
        ended = self.run([path])
        assert ended.code == 0
        if self.mode == "append":
            self.model.append({path: rows}, missing={}, marked=False)
        else:
            self.model.replace({path: rows}, missing={})

    def live(self, steps: int) -> None:
        (self.send_original if self.chance.random() < 0.5 else self.refuse)()
        self.check()
        for _ in range(steps):
            step = self.chance.choice(["change"] * 3 + ["send"] * 3 + ["twice", "again", "original", "corrected"])
            if step == "change":
                self.change(self.chance.choice(self.books))
                continue
            {
                "send": self.send_mended,
                "twice": self.send_twice,
                "again": self.send_back_again,
                "original": self.send_original,
                "corrected": self.send_corrected,
            }[step]()
            self.check()

    def check(self) -> None:
        assert Counter(self.desk.facts()) == self.model.facts, self.told


@pytest.mark.once
@pytest.mark.many
@pytest.mark.parametrize("seed", range(examples(50)))
def test_the_warehouse_is_what_plain_python_says(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    History(desk, chance, mode=("append", "delete_insert")[seed % 2], files=1 + seed // 2 % 2).live(8)
