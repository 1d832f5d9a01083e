"""Do the tests bite? Changes one place of the code after the other and sees whether the tests of its area fail.

Usage: ``python proof/mutants.py [--count 600] [--seed N] [--only AREA …] [--workers 2]``. Each area gives mutants by
the number of its places; 600 take an hour or two. The tests run in copies of the checkout, never in it: those that run
the changed line, in their own process or in one they start, or all of the area, where the line is run on import. A
mutant that no test kills is listed with its change, and the exit code is 1 where fewer than 95 in 100 are killed.
proof/mutants.md says of those that were looked at why no test could notice.

Which tests run which line, and how long each takes, is found out first and kept in the directory for temporary files,
as long as neither code nor tests change.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import hashlib
import json
import math
import os
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from trials import COPIED, ROOT, Copy, import_libraries, make_copy, run_server

ENOUGH: Final = 0.95


@dataclass(frozen=True, slots=True)
class Area:
    """Modules that are changed, and the tests that ought to notice."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()
    """Modules among them that another area has."""


GUARDS: Final = ("core/wdh/apply/guards", "core/wdh/run/checking.py", "core/wdh/facts/periods.py")
AREAS: Final = {
    "discovery": Area(("core/wdh/discovery",), ("tests/discovery", "tests/depots", "tests/mending/test_sending.py")),
    "picks": Area(
        ("core/wdh/references",),
        ("tests/references", "tests/declared/test_picks.py", "tests/configuration/test_faults.py"),
    ),
    "spool": Area(
        tuple(f"core/wdh/facts/{name}.py" for name in ("spool", "copytext", "profiles", "lineage", "floats")),
        ("tests/facts", "tests/columns/test_floats.py", "tests/run/test_lineage.py"),
    ),
    "guards": Area(GUARDS, ("tests/guards", "tests/facts/test_periods.py", "tests/mending/test_shapes.py")),
    "planning": Area(
        ("core/wdh/plan",),
        (
            "tests/plan",
            "tests/registry/test_calls.py",
            "tests/apply/test_preflight.py",
            "tests/apply/test_culprits.py",
            "tests/apply/test_upsert.py",
            "tests/apply/test_keys.py",
            "tests/declared/test_after.py",
            "tests/guards/test_stories.py",
            "tests/guards/test_provisional.py",
            "tests/shops/test_own_steps.py",
            "tests/shops/test_loading_otherwise.py",
        ),
    ),
    "columns": Area(("core/wdh/columns",), ("tests/columns", "tests/declared/test_kinds.py")),
    "sql": Area(
        ("core/wdh/sql",),
        (
            "tests/sql",
            "tests/apply",
            "tests/forecast",
            "tests/warehouse/test_clients.py",
            "tests/command/test_fit_output.py",
        ),
    ),
    "apply": Area(
        ("core/wdh/apply",),
        (
            "tests/apply",
            "tests/forecast",
            "tests/run/test_lineage.py",
            "tests/run/test_applying.py",
            "tests/mending/test_way_back.py",
            "tests/command/test_campaigns.py",
            "tests/command/test_history_show.py",
            "tests/shops/test_loading_otherwise.py",
            "tests/plugins/test_run_failed.py",
        ),
        GUARDS,
    ),
    "run": Area(
        ("core/wdh/run",),
        (
            "tests/run",
            "tests/shops",
            "tests/command/test_job.py",
            "tests/command/test_unchanged.py",
            "tests/mending",
            "tests/approval",
            "tests/depots/test_runs.py",
            "tests/sabotage/test_whose_fault.py",
            "tests/plugins/test_run_failed.py",
            "tests/plugins/test_run_finished.py",
            "tests/computing/test_lookups.py",
        ),
        GUARDS,
    ),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a mutant: ``outcome`` is killed, survived or incompetent."""

    area: str
    outcome: str
    place: str
    why: str
    """The test that fails and its error; of one that survived, its change."""
    seconds: float
    tests: int

    def __str__(self) -> str:
        """Give it as a line, and the change of one that survived below it."""
        told = f"{self.area} {self.outcome} {self.place} {self.seconds:.1f} s of {self.tests} tests"
        return f"{told}\n{self.why}" if self.outcome == "survived" else f"{told} {self.why}"


def find_mutants(area: Area) -> list[Any]:
    """Find one mutant for each place and kind of change; none in annotations and in what a class is declared with."""
    from cosmic_ray.commands import init
    from cosmic_ray.work_db import WorkDB, use_db

    paths = [path for path in _files(area.modules) if path not in _files(area.elsewhere)]
    with (
        tempfile.TemporaryDirectory() as folder,
        use_db(str(Path(folder) / "mutants.sqlite"), WorkDB.Mode.create) as db,
    ):
        init([path.relative_to(ROOT) for path in paths], db, {})
        specs = [item.mutations[0] for item in db.work_items]
    annotations = {path.relative_to(ROOT): frozenset(_annotations(path)) for path in paths}
    heads = {path.relative_to(ROOT): frozenset(_heads(path)) for path in paths}
    signatures = {path.relative_to(ROOT): frozenset(_signatures(path)) for path in paths}
    places: defaultdict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for spec in specs:
        if spec.start_pos[0] in heads[spec.module_path]:
            continue  # whether a class is frozen or has slots is nothing that a test could want
        if spec.start_pos[0] in signatures[spec.module_path] and "BinaryOperator_Mul" in spec.operator_name:
            continue  # the * before arguments by name alone is no product
        if spec.start_pos[0] not in annotations[spec.module_path] or "BitOr" not in spec.operator_name:
            places[spec.module_path, spec.start_pos, spec.operator_name.partition("_")[0]].append(spec)
    return [random.Random(str(place)).choice(found) for place, found in sorted(places.items(), key=str)]


def _files(modules: Sequence[str]) -> list[Path]:
    named = [ROOT / module for module in modules]
    return [path for each in named for path in ([each] if each.is_file() else sorted(each.rglob("*.py")))]


def _annotations(path: Path) -> Iterator[int]:
    """Give the lines that have an annotation with a | in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for name in ("annotation", "returns"):
            found = getattr(node, name, None)
            if found is not None:
                yield from range(found.lineno, found.end_lineno + 1)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.BitOr):
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _signatures(path: Path) -> Iterator[int]:
    """Give the lines of the signatures of functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from range(node.lineno, node.body[0].lineno)


def _heads(path: Path) -> Iterator[int]:
    """Give the lines of the decorators and keywords of classes."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            yield from (part.lineno for part in (*node.decorator_list, *node.keywords))


def share_out(sizes: dict[str, int], wanted: int) -> dict[str, int]:
    """Share the mutants out among the areas by the places that they have."""
    total = sum(sizes.values())
    return {name: min(size, round(wanted * size / total)) for name, size in sizes.items()}


_copy: Copy
"""This worker's own."""


def _start_worker(number: Any, folder: str, servers: Sequence[str]) -> None:
    """Give this worker a copy of its own, and a server, to work with."""
    global _copy
    with number.get_lock():
        own, number.value = number.value, number.value + 1
    _copy = Copy(Path(folder) / str(own), servers[own])
    make_copy(_copy.folder)


def _learn(name: str, known: Path) -> None:
    """Run the tests of an area as they are, and keep which test runs which line and how long each takes."""
    run = _copy.run(AREAS[name].tests, lines=known / f"{name}.lines")
    if run.out_of_time or not run.took:
        raise SystemExit(f"the tests of {name} come to no end: {run}")
    seconds = {test: took for test, took in run.took.items() if test not in run.failed}
    found = {"core": str(_copy.folder), "seconds": seconds, "failed": run.failed}
    (known / f"{name}.json").write_text(json.dumps(found), encoding="utf-8")


@cache
def _known(name: str, known: Path) -> tuple[dict[str, float], str, Any]:
    """Give the seconds of each test of an area, and coverage's data with the folder that its paths begin with."""
    from coverage import CoverageData

    kept = json.loads((known / f"{name}.json").read_text(encoding="utf-8"))
    lines = CoverageData(str(known / f"{name}.lines"))
    lines.read()
    return kept["seconds"], kept["core"], lines


@cache
def _tests_by_line(name: str, known: Path, module: Path) -> dict[int, frozenset[str]]:
    """Give the tests that run each line of a module; a line that is run on import has the test ""."""
    _, folder, lines = _known(name, known)
    by_line = lines.contexts_by_lineno(str(Path(folder) / module))
    # a process that a test starts names it as pytest does in its environment: "tests/x.py::test_y (call)"
    return {line: frozenset(each.rpartition(" (")[0] or each for each in found) for line, found in by_line.items()}


@cache
def _find_statement(path: Path, line: int) -> range | None:
    """Give the lines of the smallest statement of a function that has this one; None: it is run on import.

    Of a statement that holds others they are those before the first of these.
    """
    found: range | None = None
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for node in ast.walk(ast.Module(function.body, [])):
                if isinstance(node, (ast.stmt, ast.excepthandler, ast.match_case)):
                    first = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
                    body = getattr(node, "body", None)
                    end = body[0].lineno if body else (getattr(node, "end_lineno", None) or first) + 1
                    lines = range(first, max(end, first + 1))
                    if line in lines and (found is None or len(lines) < len(found)):
                        found = lines
    return found


@cache
def _is_private(path: Path, line: int) -> bool:
    """Say whether a line of a module gives a value to a name with an underscore, which no other module uses."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.lineno <= line <= (node.end_lineno or line):
            names = node.targets if isinstance(node, ast.Assign) else [node.target]
            return all(isinstance(name, ast.Name) and name.id.startswith("_") for name in names)
    return False


def choose_tests(name: str, spec: Any, known: Path) -> dict[str, float]:
    """Give the tests that could notice a mutant, in the order to run them, with the seconds that each takes.

    They are those that run a line of the changed statement. Where it is run on import, they are those that run any line
    of the module, and then, unless it makes a name for the module alone, all others of the area. There are none where
    no test of the area runs the statement.
    """
    seconds, _, _ = _known(name, known)
    by_line = _tests_by_line(name, known, spec.module_path)
    statement = _find_statement(ROOT / spec.module_path, spec.start_pos[0])
    in_module = frozenset().union(*by_line.values())
    if statement is not None:
        near = frozenset().union(*(by_line.get(line, frozenset()) for line in statement))
    else:
        near = in_module if _is_private(ROOT / spec.module_path, spec.start_pos[0]) else frozenset(seconds)
    firsts: set[str] = set()
    ranks: dict[str, tuple[bool, bool, int]] = {}
    for test in seconds:
        function = test.partition("[")[0]
        # the first case of each test before all others; the quick ones first, and tests of a file together
        ranks[test] = test not in in_module, function in firsts, round(math.log2(max(seconds[test], 0.03)))
        firsts.add(function)
    return {test: seconds[test] for test in sorted(ranks, key=ranks.__getitem__) if test in near}


def _try(name: str, spec: Any, known: Path) -> Verdict:
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    begun = time.monotonic()
    path = _copy.folder / spec.module_path
    code = path.read_text(encoding="utf-8")
    changed = mutate_code(code, get_operator(spec.operator_name)(**spec.operator_args), spec.occurrence)
    place = f"{spec.module_path}:{spec.start_pos[0]} {spec.operator_name}"
    if changed is None:
        return Verdict(name, "incompetent", place, "", 0.0, 0)
    chosen = choose_tests(name, spec, known)
    files = sorted({test.partition("::")[0] for test in chosen})
    change = "\n".join(difflib.unified_diff(code.splitlines(), changed.splitlines(), n=1, lineterm=""))
    if not chosen:
        return Verdict(name, "survived", place, f"no test of the area runs this line\n{change}", 0.0, 0)
    path.write_text(changed, encoding="utf-8")
    try:
        for patience in (1, 2):
            run = _copy.run(files, order=chosen, patience=patience)
            if run.failed or not run.out_of_time:
                break
    finally:
        path.write_text(code, encoding="utf-8")
    by = "; ".join(f"{test}: {why}" for test, why in run.failed.items())
    outcome = "killed" if by or run.out_of_time else "survived"
    by = by or (f"{run.out_of_time} comes to no end" if run.out_of_time else change)
    return Verdict(name, outcome, place, by, time.monotonic() - begun, len(chosen))


def _size(name: str) -> int:
    """Give how much the tests of an area are, by which the longest begin first."""
    return sum(path.stat().st_size for path in _files(AREAS[name].tests))


def find_known() -> Path:
    """Give the folder in which what is known of the tests is kept: another one for other code and other tests."""
    state = hashlib.sha256(repr(AREAS).encode())
    for path in sorted(path for name in COPIED for path in [ROOT / name, *(ROOT / name).rglob("*")]):
        if path.is_file() and path.suffix != ".pyc":
            state.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    known = Path(tempfile.gettempdir()) / f"wdh-known-{state.hexdigest()[:12]}"
    known.mkdir(exist_ok=True)
    return known


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the mutants and tell what came of them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--only", nargs="*", default=list(AREAS), choices=list(AREAS))
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args(arguments)
    os.chdir(ROOT)
    found = {name: find_mutants(AREAS[name]) for name in chosen.only}
    shares = share_out({name: len(specs) for name, specs in found.items()}, chosen.count)
    draw = random.Random(chosen.seed)
    work = [(name, spec) for name, specs in found.items() for spec in draw.sample(specs, shares[name])]
    draw.shuffle(work)  # so that the first of them are a fair sample
    verdicts: list[Verdict] = []
    known = find_known()
    import_libraries()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="wdh-mutants-"))
        servers = [stack.enter_context(run_server()) for _ in range(chosen.workers)]
        context = get_context("fork")
        started = (context.Value("i", 0), folder, servers)
        pool = stack.enter_context(ProcessPoolExecutor(chosen.workers, context, _start_worker, started))
        unknown = [name for name in found if not (known / f"{name}.json").exists()]
        for learned in [pool.submit(_learn, name, known) for name in sorted(unknown, key=_size, reverse=True)]:
            learned.result()
        trials = [pool.submit(_try, name, spec, known) for name, spec in work]
        for done, trial in zip(count(1), as_completed(trials), strict=False):
            verdicts.append(trial.result())
            print(f"{done}/{len(work)} {verdicts[-1]}", flush=True)
    return _tell(verdicts, found)


def _tell(verdicts: Sequence[Verdict], found: dict[str, list[Any]]) -> int:
    print(f"{'area':12}{'places':>8}{'tried':>7}{'killed':>8}{'survived':>10}{'incompetent':>13}")
    outcomes = {name: Counter(v.outcome for v in verdicts if v.area == name) for name in found}
    for name, counts in outcomes.items():
        print(
            f"{name:12}{len(found[name]):>8}{counts.total():>7}{counts['killed']:>8}{counts['survived']:>10}"
            f"{counts['incompetent']:>13}"
        )
    killed = sum(counts["killed"] for counts in outcomes.values())
    judged = killed + sum(counts["survived"] for counts in outcomes.values())
    print(f"killed: {killed} of {judged} ({killed / max(judged, 1):.1%})")
    return 0 if killed >= ENOUGH * judged else 1


if __name__ == "__main__":
    sys.exit(main())
