"""Reads every workbook in a folder by both readers, and tells what they refuse and every cell in which they differ.

Usage: ``python proof/readers.py FOLDER [--out docs/workbooks.md] [--log findings.jsonl]``. Each workbook is read by a
process of its own, with so much memory and time and no more. The table has a line for each folder in FOLDER; one
called ``owner+name`` holds files of that repository. Exit code 1: the readers differ, or one of them failed.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import multiprocessing
import resource
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from agreement import Findings, compare_workbook

MEMORY = 2 << 30
SECONDS = 120
_KINDS = frozenset((".xlsx", ".xlsm", ".xltx", ".xltm"))
_HEAD = (
    "source",
    "files",
    "sheets",
    "cells",
    "read by openpyxl after all",
    "refusals",
    "cells that differ",
    "refused by one reader",
    "tracebacks",
    "slowest, s",
    "most memory, MiB",
)


_ABOUT = """# Workbooks of others

By `python proof/readers.py FOLDER --out docs/workbooks.md`, over the workbooks that other libraries are tested with:
each sheet of each file was read by both readers, in a process of its own with 2 GiB of memory and 120 seconds at most,
and compared cell by cell, types, number formats and merged ranges included. None of the files is part of wdh.

"""


def main() -> None:
    """Read the workbooks, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, help="also write the tables there, as a page")
    parser.add_argument("--log", type=Path, help="write what was found there, a line of JSON for each workbook")
    options = parser.parse_args()
    found: defaultdict[str, list[Findings]] = defaultdict(list)
    for path in find_workbooks(options.folder):
        findings = read_apart(path)
        found[path.relative_to(options.folder).parts[0]].append(findings)
        if faults := list(tell_faults(findings)):
            print(path, *faults, sep="\n  ", file=sys.stderr, flush=True)
        if options.log is not None:
            with options.log.open("a", encoding="utf-8") as log:
                log.write(json.dumps({"file": str(path), **dataclasses.asdict(findings)}, ensure_ascii=False) + "\n")
    text = "\n".join([*draw_table(found), "", *draw_reasons(found)])
    print(text)
    if options.out is not None:
        options.out.write_text(f"{_ABOUT}{text}\n", encoding="utf-8")
    sys.exit(any(any(tell_faults(findings)) for several in found.values() for findings in several))


def find_workbooks(folder: Path) -> Sequence[Path]:
    """Give the workbooks in a folder and in those below it."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in _KINDS and path.is_file())


def read_apart(path: Path) -> Findings:
    """Compare one workbook in a process of its own; what ends that is told as a traceback would be."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_read_within_limits, args=(path, there))
    child.start()
    there.close()
    try:
        if not here.poll(SECONDS):
            return Findings(tracebacks=[f"took over {SECONDS} s"])
        answer = here.recv()
    except EOFError:
        return Findings(tracebacks=["its process ended without a word"])
    finally:
        child.kill()
        child.join()
    return answer if isinstance(answer, Findings) else Findings(tracebacks=[repr(answer)])


def _read_within_limits(path: Path, answer: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    answer.send(compare_workbook(path))


def tell_faults(findings: Findings) -> Iterator[str]:
    """Give a line for each thing that must not be."""
    for one in findings.differences:
        yield f"sheet {one.sheet}, {one.cell}: openpyxl {one.openpyxl}, fast {one.fast}"
    if findings.differing > len(findings.differences):
        yield f"{findings.differing} cells differ in all"
    yield from findings.one_sided
    yield from findings.tracebacks


def draw_table(found: Mapping[str, Sequence[Findings]]) -> Iterator[str]:
    """Draw a line for each source, and one for all."""
    yield f"| {' | '.join(_HEAD)} |"
    yield "|---" * len(_HEAD) + "|"
    for source, several in found.items():
        yield _draw_line(source, several)
    yield _draw_line("all", [findings for several in found.values() for findings in several])


def _draw_line(source: str, several: Sequence[Findings]) -> str:
    numbers = (
        len(several),
        sum(one.sheets for one in several),
        sum(one.cells for one in several),
        sum(len(one.fallbacks) for one in several),
        sum(len(one.refusals) for one in several),
        sum(one.differing for one in several),
        sum(1 for one in several if one.one_sided),
        sum(len(one.tracebacks) for one in several),
        round(max((one.seconds for one in several), default=0)),
        max((one.peak for one in several), default=0) >> 10,
    )
    return f"| {name_source(source)} | {' | '.join(f'{number:,}' for number in numbers)} |"


def name_source(folder: str) -> str:
    """Name a source by its folder: ``owner+name`` is a repository."""
    owner, plus, name = folder.partition("+")
    return f"[{owner}/{name}](https://github.com/{owner}/{name})" if plus else folder


def draw_reasons(found: Mapping[str, Sequence[Findings]]) -> Iterator[str]:
    """Draw how often each reason was given, by source."""
    for title, name in (("Sheets that openpyxl read after all", "fallbacks"), ("Refusals", "refusals")):
        counts = {source: Counter(_all(getattr(one, name) for one in several)) for source, several in found.items()}
        yield from (f"| {title.lower()} because | how many | in |", "|---|---|---|")
        for reason, number in Counter(_all(counts[source].elements() for source in counts)).most_common():
            places = ", ".join(
                f"{source.replace('+', '/')} {count[reason]}" for source, count in counts.items() if count[reason]
            )
            yield f"| {reason} | {number} | {places} |"
        yield ""


def _all(several: Iterable[Iterable[str]]) -> Iterator[str]:
    for some in several:
        yield from some


if __name__ == "__main__":
    main()
