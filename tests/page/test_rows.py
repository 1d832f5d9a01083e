"""The drawing of rows has each row once: the bands of a box cover it, and end in the box of what the rows became."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.pages import run_document, sheet

from wdh.page.parts import Flow
from wdh.page.rows import Sheet, draw_sheets, show_rows

COUNTS = st.fixed_dictionaries({kind: st.integers(0, 10**6) for kind in ("facts", "rejects", "totals", "left")})


def edges(flow: Flow, place: int, *, end: bool) -> list[tuple[float, float]]:
    found = []
    for band in flow.bands[place]:
        path = re.fullmatch(r"M0 (.*?)C50 .*? 100 (.*?)V(.*?)C50 .*? 0 (.*?)Z", band.path)
        assert path is not None
        top, bottom = (path[2], path[3]) if end else (path[1], path[4])
        found.append((float(top), float(bottom)))
    return sorted(found)


@given(st.lists(COUNTS, min_size=1, max_size=12))
def test_bands_neither_overlap_nor_leave_their_boxes(counts: list[dict[str, int]]) -> None:
    flow = draw_sheets([Sheet("f", "s", each) for each in counts])
    if flow is None:
        assert sum(sum(each.values()) for each in counts) == 0
        return
    for end in (False, True):
        for (_, bottom), (top, _) in pairwise(edges(flow, 0, end=end)):
            assert top >= bottom - 0.02
        assert edges(flow, 0, end=end)[-1][1] <= flow.height + 0.05
    assert len(flow.columns[0]) <= 6


@pytest.mark.parametrize("sheets", [1, 6, 7, 40])
def test_many_sheets_are_drawn_as_six_boxes_with_all_their_rows(sheets: int) -> None:
    flow = show_rows(run_document(sheets=sheets))
    assert flow is not None
    assert len(flow.columns[0]) == min(sheets, 6)
    rows = [int(getattr(box.figure, "en", "").split()[0].replace(",", "")) for box in flow.columns[0]]
    assert sum(rows) == 1_000 * sheets


def test_a_wide_row_that_is_several_facts_is_still_one_row() -> None:
    wide = sheet(1, rows=100) | {"facts": 1_200, "totals": 0, "rejected": 0}
    flow = show_rows(run_document() | {"workbooks": [wide]})
    assert flow is not None
    (facts,) = flow.columns[1]
    assert (getattr(facts.figure, "en", ""), getattr(facts.more, "en", "")) == ("100 rows", "1,200 facts")
