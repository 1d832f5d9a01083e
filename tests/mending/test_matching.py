"""Rows are found again wherever they are, and whatever program has saved their workbook."""

from __future__ import annotations

from collections.abc import Sequence

from wdh.facts import Batch
from wdh.mending.mark import write_state
from wdh.mending.marking import mark_sheet
from wdh.mending.matching import Matched, match_rows, read_rows

ROWS = [(32 + 1 / 7, 0.5), (0.5, 33 + 1 / 7), (34 + 1 / 7, 35 + 1 / 7), (1.25, 2.5)]


def make_batch(rows: Sequence[tuple[float, ...]]) -> Batch:
    columns = {name: [row[place] for row in rows] for place, name in enumerate("ab")}
    return Batch(file="f", sheet="s", row_numbers=[*range(2, len(rows) + 2)], columns=columns, letters={})


def save(number: float) -> float:
    """Save a number as LibreOffice does: one that is not exact in 15 digits with the last of them one too great."""
    return number if float(f"{number:.15g}") == number else float(f"{number + 1e-13:.15g}")


def match(rows: Sequence[tuple[float, ...]], names: Sequence[str | None]) -> Matched:
    mark = mark_sheet("s", [make_batch(ROWS)], rejected={5}, left_out=())
    states = {number: write_state("ok", name) for number, name in enumerate(names, start=2) if name is not None}
    return match_rows(mark, read_rows([make_batch(rows)], states, mark))


def test_numbers_that_libreoffice_rounds_one_off_are_the_same_in_any_mix_of_columns() -> None:
    saved = [tuple(map(save, row)) for row in ROWS]
    assert saved != ROWS
    matched = match(saved, ["2", "3", "4", "5"])
    assert matched.changed == ()
    assert [found.before == found.print for found in matched.rows] == [True] * 4


def test_rows_are_known_where_the_first_column_was_not_moved_along() -> None:
    matched = match([ROWS[2], ROWS[0], ROWS[1]], ["2", "3", "4"])
    assert [found.row for found in matched.rows] == ["4", "2", "3"]
    assert (matched.changed, matched.gone) == ((), ("5",))


def test_a_copied_row_is_one_that_was_added_and_a_changed_one_keeps_its_name() -> None:
    matched = match([ROWS[0], ROWS[0], (7.0, 7.0)], ["2", "2", "3"])
    assert [found.row[:1] for found in matched.rows] == ["2", "+", "3"]
    assert [found.row for found in matched.changed] == ["3"]
    assert matched.gone == ("4", "5")
