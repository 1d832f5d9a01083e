"""Random histories of loads, in which runs are undone as ``wdh history show`` says, and compared with what was."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from support.ways_back.shop import COLUMNS, SHOPS, Fact, Shop, Table
from support.workspaces import Workspace
from wdh.testing.database import Database

_MONTHS = ("2024-10", "2024-11", "2024-12")
_REFUSED = re.compile(r"No delivery brings the facts back as they were: (?:run \S+ )?(.+)\.$", re.MULTILINE)
_KEPT = re.compile(r"(\d+) scopes? had no facts of an earlier run")
_UNSURE = "may give other facts than it did"


@dataclass(slots=True)
class Tally:
    """What came of the ways back that were asked for. Of all ``runs`` some had a guard ``accepted`` that said no.

    ``exact`` gave the facts as they were, ``kept`` those of the scopes that had some, as was said; ``unsure`` was said
    to be uncertain, ``impossible`` counts the reasons that were given. ``losses`` are ways that did not do as was said.
    """

    runs: int = 0
    accepted: int = 0
    exact: int = 0
    kept: int = 0
    unsure: int = 0
    impossible: Counter[str] = field(default_factory=Counter)
    losses: list[str] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """How many ways back were taken to their end."""
        return self.exact + self.kept


@dataclass(frozen=True, slots=True)
class Load:
    """One run: the facts before and after it, and the scopes that it brought, by the columns that tell them apart."""

    run_id: str
    before: Table
    after: Table
    scope: tuple[str, ...]
    scopes: frozenset[Fact]

    def key(self, fact: Fact) -> Fact:
        return tuple(fact[COLUMNS.index(name)] for name in self.scope)


def play_history(database: Database, folder: Path, *, seed: int, loads: int, tally: Tally) -> None:
    """Load at random, in an empty folder and database, and go back from most of it."""
    random = Random(seed)  # noqa: S311 - histories, not secrets
    shop = Shop(Workspace(folder, database), list(SHOPS)[seed % len(SHOPS)])
    shop.open()
    _History(shop, random, tally, f"history {seed}, {shop.kind}").play(loads)
    ((runs, accepted),) = database.rows("SELECT count(*), count(*) FILTER (WHERE accepted <> '[]') FROM wdh_runs")
    tally.runs += runs
    tally.accepted += accepted


@dataclass(slots=True)
class _History:
    shop: Shop
    random: Random
    tally: Tally
    name: str
    done: list[Load] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    def play(self, loads: int) -> None:
        for number in range(loads):
            self._load(number)
            if self.random.random() < 0.25:
                self._let_happen()
            if number and self.random.random() < 0.85:
                load = self.done[-1] if self.random.random() < 0.8 else self.random.choice(self.done)
                self._go_back(load)

    def _load(self, number: int) -> None:
        """Load one delivery, or two at once."""
        random, shop = self.random, self.shop
        domain = random.choice(shop.domains)
        months = _MONTHS[:] if not number else tuple(random.sample(_MONTHS, random.choice([1, 1, 2])))
        if shop.month_is_outside:
            months = months[:1]
        parts = [[month] for month in months] if random.random() < 0.2 else [list(months)]
        paths = [self._deliver(number, part) for part in parts]
        arguments = ["--max-rejects", "9"]
        arguments += ["--file", str(paths[0])] if len(paths) == 1 else ["--max-files", "9"]
        arguments += ["--data-dir", str(paths[0].parents[1])]
        is_append = number > 0 and random.random() < 0.06
        scope = ("月度",) if "pk: [月度]" in SHOPS[shop.kind][shop.domains.index(domain)] else ("月度", "店铺")
        if is_append:
            arguments += ["--mode", "append"]
        elif random.random() < 0.08:
            scope = random.choice([("月度",), ("月度", "店铺")])
            arguments += ["--pk", ",".join(scope)]
        if shop.kind == "whole periods":
            scope = ("月度",)
        before = shop.facts()
        run_id = shop.load(domain, *arguments)
        after = shop.facts()
        load = Load(run_id, before, after, scope, frozenset())
        brought = shop.facts_of(run_id)
        scopes = frozenset() if is_append else frozenset(map(load.key, brought))
        self.done.append(Load(run_id, before, after, scope, scopes))

    def _deliver(self, number: int, months: Sequence[str]) -> Path:
        """Write a workbook of some months, or copy an earlier one to another month's folder or name."""
        random, shop = self.random, self.shop
        path = shop.workspace.folder / str(number) / months[0] / f"{months[0]} {number}.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.files.append(path)
        if shop.month_is_outside and len(self.files) > 1 and random.random() < 0.4:
            there = [file for file in self.files[:-1] if file.exists()]
            if there:
                shutil.copy(random.choice(there), path)
                return path
        names = ["仓库A", "仓库B"] if shop.kind == "several sheets" else ["明细"]
        without = "品" if number and random.random() < 0.06 else None
        shop.write(path, {name: list(self._rows(months)) for name in names}, without=without)
        return path

    def _rows(self, months: Sequence[str]) -> Iterator[Sequence[object]]:
        random = self.random
        letter = random.choice("ST") if self.shop.kind == "provisional shops" else "S"
        for month in months:
            for place in sorted(random.sample(range(1, 5), random.choice([1, 3, 4, 4]))):
                for _ in range(random.choice([1, 1, 2])):
                    yield month, f"{letter}{place}", random.choice("甲乙"), random.randint(1, 999) / 4
        if random.random() < 0.1:
            yield months[0], "S1", "甲", "不知道"

    def _let_happen(self) -> None:
        """Move a file, change it, remove it, or let the configuration say something else."""
        there = [file for file in self.files if file.exists()]
        file = self.random.choice(there)
        match self.random.randrange(12):
            case 0:
                file.unlink()
            case 1:
                self.shop.write(file, {"明细": [["2024-10", "S1", "甲", 1]]})
            case 2 | 3 | 4 | 5:
                file.rename(file.with_name(f"旧 {file.name}"))
            case 6 | 7 | 8 | 9 | 10:
                archive = self.shop.workspace.folder / "archive"
                archive.mkdir(exist_ok=True)
                file.rename(archive / f"{file.parent.parent.name} 号 {self.random.choice('甲乙')}{file.suffix}")
            case _:
                self.shop.read_otherwise()

    def _go_back(self, load: Load) -> None:
        """Ask for the way back from a load, take it, and compare."""
        shown = self.shop.show(load.run_id)
        now = self.shop.facts()
        commands = [line for line in shown.splitlines() if line.startswith("wdh-run ")]
        if (refused := _REFUSED.search(shown)) is not None:
            self.tally.impossible[re.sub(r"run \S{36}|\d+", "…", refused[1])] += 1
            if commands:
                self._lose(load, "it says that there is no way back, and prints a command")
            return
        if not commands or "No file of this hash" in shown:
            self.tally.impossible["a file is not there any more"] += 1
            return
        faults = [fault for fault in map(self.shop.obey, commands) if fault is not None]
        is_unsure = _UNSURE in shown
        self.tally.unsure += is_unsure
        if is_unsure:
            return
        had = load.scopes & set(map(load.key, load.before))
        gone = load.before - load.after
        beyond = Counter({fact: count for fact, count in gone.items() if load.key(fact) not in load.scopes})
        wanted = (
            Counter({fact: count for fact, count in now.items() if load.key(fact) not in had})
            + Counter({fact: count for fact, count in load.before.items() if load.key(fact) in had})
            + beyond
        )
        kept = len(load.scopes - had)
        told = _KEPT.search(shown)
        if faults:
            self._lose(load, "; ".join(faults))
        elif (found := self.shop.facts()) != wanted:
            self._lose(load, f"missing {sorted(wanted - found)}, too many {sorted(found - wanted)}\n{shown}")
        elif kept != (0 if told is None else int(told[1])):
            self._lose(load, f"{kept} scopes had no facts, and it says {told and told[0]!r}")
        elif kept:
            self.tally.kept += 1
        else:
            self.tally.exact += 1

    def _lose(self, load: Load, why: str) -> None:
        self.tally.losses.append(f"{self.name}, run {load.run_id}: {why}")
