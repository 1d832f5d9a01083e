"""The changes of references and what the facts make of them, key by key, a table for each kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from wdh.apply.forecast import ChangeKind, ChangeList, Listed
from wdh.page.intake import LONGEST, SHOWN
from wdh.page.parts import Cell, Column, Lines, Part, Row, Section, Table
from wdh.page.words import Text, both
from wdh.words.language import later
from wdh.words.phrases import clip

Document = Mapping[str, Any]

_KINDS: Final[Mapping[ChangeKind, str]] = {
    "new": later("New rows"),
    "filled": later("Blanks that are filled"),
    "differing": later("Values that differ, and stay as they are"),
}


def show_changes(document: Document, changes: ChangeList | None) -> Iterator[Section]:
    """List what is new, filled or different, key by key, to be searched: the first rows of each kind.

    ``changes`` None: of references only the samples of the report are known.
    """
    references = (document["forecast"] or {}).get("references", ())
    counts = {kind: sum(_count(each, kind) for each in references) for kind in _KINDS}
    first = _take_first(_list_samples(references) if changes is None else changes.read(), counts)
    parts: list[Part] = [
        _list_kind(kind, rows, references, all_=counts[kind] if changes is not None else len(rows))
        for kind, rows in first.items()
        if rows
    ]
    sampled = sum(map(len, first.values()))
    if changes is None and sum(counts.values()) > sampled:
        told = both(
            "Of {all} changes of references, {shown} are listed: some of each reference. The counts under "
            "References are complete; the warehouse has the rest.",
            all=sum(counts.values()),
            shown=sampled,
        )
        parts.append(Lines([told]))
    parts += [*_disagreeing(document), *_incomplete(document)]
    if parts:
        yield Section("changes", both("Changes"), parts, on_paper=False)


def _count(reference: Document, kind: ChangeKind) -> int:
    match kind:
        case "new":
            return int(reference["inserted"])
        case "filled":
            return sum(reference["filled"].values())
        case "differing":
            return sum(reference["differing"].values())


def _list_samples(references: Sequence[Document]) -> Iterator[Listed]:
    for each in references:
        for key in each["new_keys"]:
            yield Listed("new", each["ref"], key)
        kinds: Sequence[tuple[ChangeKind, str]] = (("filled", "fills"), ("differing", "differences"))
        for kind, name in kinds:
            for change in each[name]:
                yield Listed(kind, each["ref"], change["key"], change["column"], change["old"], change["new"])


def _take_first(changes: Iterable[Listed], counts: Mapping[ChangeKind, int]) -> Mapping[ChangeKind, list[Listed]]:
    """Take the first changes of each kind, and look at no more than that needs."""
    first: dict[ChangeKind, list[Listed]] = {kind: [] for kind in _KINDS}
    missing = sum(min(count, SHOWN) for count in counts.values())
    for change in changes:
        if len(first[change.kind]) < SHOWN:
            first[change.kind].append(change)
            missing -= 1
        if not missing:
            break
    return first


def _list_kind(kind: ChangeKind, changes: Sequence[Listed], references: Sequence[Document], *, all_: int) -> Table:
    names = {each["ref"]: ", ".join(each["key"]) for each in references}
    columns = [Column(both("reference")), Column(both("key"), is_value=True), Column(both("column"))]
    rows: list[Row] = [(each.reference, _write_key(each.key), each.column or names[each.reference]) for each in changes]
    if kind != "new":
        columns += [Column(both("in the warehouse"), is_value=True), Column(both("in the workbooks"), is_value=True)]
        rows = [(*row, _write(each.old), _write(each.new)) for row, each in zip(rows, changes, strict=True)]
    return Table(both(_KINDS[kind]), columns, rows, rest=_say_rest(all_), finds=True, printed=0)


def _say_rest(count: int) -> Text:
    if count <= SHOWN:
        return ""
    return both(
        "The first {shown} of {all} are here. All of them are in changes.xlsx, beside this page.",
        shown=SHOWN,
        all=count,
    )


def _disagreeing(document: Document) -> Iterator[Table]:
    columns = (
        Column(both("reference")),
        Column(both("key"), is_value=True),
        Column(both("column")),
        Column(both("in the workbooks"), is_value=True),
    )
    found = document["disagreements"]
    rows = [
        (
            each["ref"],
            _write_key(each["key"]),
            each["column"],
            Cell(
                " ≠ ".join(clip(str(value), LONGEST) for value in each["values"]),
                more=" · ".join(f"{place['file']} {place['row']}" for place in each["rows"]),
            ),
        )
        for each in found[:SHOWN]
    ]
    if rows:
        caption = both("Facts that disagree: the first is taken")
        yield Table(caption, columns, rows, rest=_say_rest(len(found)), finds=True, printed=0)


def _incomplete(document: Document) -> Iterator[Table]:
    columns = (Column(both("reference")), Column(both("key"), is_value=True), Column(both("blank")))
    found = document["incomplete_references"]
    rows = [(each["ref"], _write_key(each["key"]), ", ".join(each["missing"])) for each in found[:SHOWN]]
    if rows:
        caption = both("Incomplete rows, which are not inserted")
        yield Table(caption, columns, rows, rest=_say_rest(len(found)), finds=True, printed=0)


def _write_key(key: Sequence[Any]) -> str:
    return clip(" / ".join("NULL" if part is None else str(part) for part in key), LONGEST)


def _write(value: str | None) -> Cell:
    return Cell("NULL", "quiet") if value is None else Cell(clip(value, LONGEST))
