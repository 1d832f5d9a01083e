"""Do the tests bite? Changes one place of the code after the other and sees whether the tests of its area fail.

Usage: ``python proof/mutants.py [--count 600] [--seed N] [--only AREA …] [--workers 2]``. Each area gives mutants by
the number of its places; the whole takes hours. The tests run in copies of the checkout, never in it: first those
that run the changed line in their own process, then, where these notice nothing, all of the area. A mutant that no test
kills is listed with its change, and the exit code is 1 where fewer than 95 in 100 are killed.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import count
from multiprocessing import Value
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
COPIED: Final = (
    "core",
    "plugins",
    "schemas",
    "tests",
    "docs",
    "setup.cfg",
    "pyproject.toml",
    "README.md",
    "MANIFEST.in",
)
SOURCES: Final = ("core", "plugins", "schemas")
ENOUGH: Final = 0.95
BUSY_SECONDS: Final = 300
"""How much of the processor a process of the tests may use under a mutant before it counts as killed."""
WAITED_SECONDS: Final = 3600.0
"""How long the tests of an area may take under a mutant before it counts as one that was not judged."""
PYTEST: Final = f"{sys.executable} -m pytest -q -p no:xdist -m 'not whole' --assert=plain"


@dataclass(frozen=True, slots=True)
class Area:
    """Modules that are changed, and the tests that ought to notice."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


AREAS: Final = {
    "discovery": Area(("core/wdh/discovery",), ("tests/discovery",)),
    "picks": Area(("core/wdh/references",), ("tests/references",)),
    "spool": Area(
        tuple(
            f"core/wdh/facts/{name}.py" for name in ("spool", "copytext", "profiles", "periods", "lineage", "floats")
        ),
        ("tests/facts", "tests/columns/test_floats.py", "tests/run/test_lineage.py"),
    ),
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
        ),
    ),
    "columns": Area(("core/wdh/columns",), ("tests/columns",)),
    "sql": Area(("core/wdh/sql",), ("tests/sql", "tests/apply")),
    "apply": Area(("core/wdh/apply",), ("tests/apply",)),
    "run": Area(("core/wdh/run",), ("tests/run", "tests/shops", "tests/command/test_job.py")),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a mutant: ``outcome`` is killed, survived, waiting or incompetent."""

    area: str
    outcome: str
    change: str


def find_mutants(area: Area) -> list[Any]:
    """Find one mutant for each place and kind of change; none in annotations and in what a class is declared with."""
    from cosmic_ray.commands import init
    from cosmic_ray.work_db import WorkDB, use_db

    named = [ROOT / module for module in area.modules]
    paths = [path for each in named for path in ([each] if each.is_file() else sorted(each.rglob("*.py")))]
    with (
        tempfile.TemporaryDirectory() as folder,
        use_db(str(Path(folder) / "mutants.sqlite"), WorkDB.Mode.create) as db,
    ):
        init([path.relative_to(ROOT) for path in paths], db, {})
        specs = [item.mutations[0] for item in db.work_items]
    annotations = {path.relative_to(ROOT): frozenset(_annotations(path)) for path in paths}
    heads = {path.relative_to(ROOT): frozenset(_heads(path)) for path in paths}
    places: defaultdict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for spec in specs:
        if spec.start_pos[0] in heads[spec.module_path]:
            continue  # whether a class is frozen or has slots is nothing that a test could want
        if spec.start_pos[0] not in annotations[spec.module_path] or "BitOr" not in spec.operator_name:
            places[spec.module_path, spec.start_pos, spec.operator_name.partition("_")[0]].append(spec)
    return [random.Random(str(place)).choice(found) for place, found in sorted(places.items(), key=str)]


def _annotations(path: Path) -> Iterator[int]:
    """Give the lines that have an annotation with a | in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for name in ("annotation", "returns"):
            found = getattr(node, name, None)
            if found is not None:
                yield from range(found.lineno, found.end_lineno + 1)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.BitOr):
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _heads(path: Path) -> Iterator[int]:
    """Give the lines of the decorators and keywords of classes."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            yield from (part.lineno for part in (*node.decorator_list, *node.keywords))


def share_out(sizes: dict[str, int], wanted: int) -> dict[str, int]:
    """Share the mutants out among the areas by the places that they have."""
    total = sum(sizes.values())
    return {name: min(size, round(wanted * size / total)) for name, size in sizes.items()}


_copy: Path | None = None


def _make_copy(number: Any, folder: str) -> None:
    """Give this worker a copy of its own to work in."""
    with number.get_lock():
        own, number.value = number.value, number.value + 1
    copy = Path(folder) / str(own)
    copy.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, copy / name)
    # By the hash: neither a change nor its end is missed, and no process of a test compiles what did not change.
    compileall.compile_dir(copy, quiet=1, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
    os.chdir(copy)
    os.environ["PYTHONPATH"] = os.pathsep.join(str(copy / part) for part in SOURCES)
    os.environ["CI"] = "1"


def _try(name: str, spec: Any, nearest: tuple[str, ...]) -> Verdict:
    outcome, change = "survived", str(spec)
    for tests, depth in ((nearest, "quick"), (AREAS[name].tests, "usual")):
        if not tests:
            continue
        Path("tests.txt").write_text("\n".join(tests), encoding="utf-8")
        os.environ["WDH_TEST_DEPTH"] = depth
        outcome, change = _run_tests(spec)
        if outcome == "killed":
            outcome, change = _run_tests(spec, "--failed-first")
        if outcome != "survived":
            break
    return Verdict(name, outcome, change)


def _run_tests(spec: Any, *further: str) -> tuple[str, str]:
    """Run the tests that tests.txt names under a mutant; give the outcome and the change."""
    from cosmic_ray.mutating import mutate_and_test

    if not further:
        shutil.rmtree(".pytest_cache", ignore_errors=True)
    tests = shlex.quote(f"ulimit -t {BUSY_SECONDS}; exec {PYTEST} -x {shlex.join(further)} @tests.txt")
    result = mutate_and_test([spec], f"sh -c {tests}", WAITED_SECONDS)
    outcome = "incompetent" if result.test_outcome is None else str(result.test_outcome.value)
    return "waiting" if result.output == "timeout" else outcome, result.diff or str(spec)


@cache
def _lines_run(name: str) -> Any:
    """Run the tests of an area once, and give coverage's data of the lines that each of them ran."""
    from coverage import CoverageData

    area = AREAS[name]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "lines"
        settings = Path(folder) / "settings"
        settings.write_text("[run]\nsource =\n" + "".join(f"    {ROOT / each}\n" for each in _folders(area)))
        environment = os.environ | {"COVERAGE_FILE": str(data), "WDH_TEST_DEPTH": "quick", "CI": "1"}
        environment["PYTHONPATH"] = os.pathsep.join(
            str(ROOT / part) for part in ("core", "plugins", "schemas", "proof")
        )
        runner = PYTEST.replace(" -m pytest", f" -m coverage run --rcfile={settings} -m pytest")
        command = [*shlex.split(runner), "-p", "contexts", *area.tests]
        print(f"{name}: which tests run which lines", flush=True)
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)  # noqa: S603 - a command of our own
        if done.returncode:
            raise SystemExit(f"the tests of {name} fail without any change:\n{done.stdout}")
        found = CoverageData(str(data))
        found.read()
        return {path: found.contexts_by_lineno(path) for path in found.measured_files()}


def _folders(area: Area) -> tuple[Path, ...]:
    paths = (Path(module) for module in area.modules)
    return tuple(dict.fromkeys(path if (ROOT / path).is_dir() else path.parent for path in paths))


def find_nearest(name: str, spec: Any) -> tuple[str, ...]:
    """Give the tests that run a line of the change in their own process; none: nobody does, or each one does."""
    by_line = _lines_run(name).get(str(ROOT / spec.module_path), {})
    lines = range(spec.start_pos[0], spec.end_pos[0] + 1)
    contexts = {context for line in lines for context in by_line.get(line, ())}
    return () if "" in contexts else tuple(sorted(contexts))


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
    work = [
        (name, spec, find_nearest(name, spec))
        for name, specs in found.items()
        for spec in draw.sample(specs, shares[name])
    ]
    draw.shuffle(work)  # so that the first of them are a fair sample
    verdicts: list[Verdict] = []
    with tempfile.TemporaryDirectory(prefix="wdh-mutants-") as folder:
        number = Value("i", 0)
        with ProcessPoolExecutor(chosen.workers, initializer=_make_copy, initargs=(number, folder)) as pool:
            for done, verdict in zip(count(1), pool.map(_try, *zip(*work, strict=True)), strict=False):
                verdicts.append(verdict)
                print(f"{done}/{len(work)} {verdict.area} {verdict.outcome}", flush=True)
                if verdict.outcome == "survived":
                    print(verdict.change, flush=True)
    return _tell(verdicts, found)


def _tell(verdicts: Sequence[Verdict], found: dict[str, list[Any]]) -> int:
    print(f"{'area':12}{'places':>8}{'tried':>7}{'killed':>8}{'survived':>10}{'waiting':>9}{'incompetent':>13}")
    outcomes = {name: Counter(v.outcome for v in verdicts if v.area == name) for name in found}
    for name, counts in outcomes.items():
        print(
            f"{name:12}{len(found[name]):>8}{counts.total():>7}{counts['killed']:>8}{counts['survived']:>10}"
            f"{counts['waiting']:>9}{counts['incompetent']:>13}"
        )
    killed = sum(counts["killed"] for counts in outcomes.values())
    judged = killed + sum(counts["survived"] for counts in outcomes.values())
    print(f"killed: {killed} of {judged} ({killed / max(judged, 1):.1%})")
    return 0 if killed >= ENOUGH * judged else 1


if __name__ == "__main__":
    sys.exit(main())
