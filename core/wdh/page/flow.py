"""The flow of rows as boxes and bands: how tall each box is, and where each band begins and ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from wdh.page.parts import Band, Flow, Node
from wdh.page.words import Text

_LEAST: Final = 4.25
"""Rem of the lowest box: three lines."""

_SHARED: Final = 9.0
"""Rem that the boxes of a column share by their weight, beside the least of each."""

_GAP: Final = 0.5


class Box(Struct, frozen=True):
    """A box before it is drawn; ``weight`` is what its height goes by."""

    kind: str
    name: Text
    figure: Text
    weight: float
    more: Text = ""


Links = Mapping[tuple[int, int], float]
"""The weight of each band, by its box at the left and its box at the right."""


def draw_flow(caption: Text, columns: Sequence[Sequence[Box]], links: Sequence[Links]) -> Flow:
    """Draw columns of boxes; ``links`` are the bands from each column to the next, in the right one's colour."""
    heights = [_measure(column) for column in columns]
    height = max(sum(column) + _GAP * (len(column) - 1) for column in heights)
    heights = [_stretch(column, height) for column in heights]
    drawn = [
        [Node(box.kind, box.name, box.figure, box.more, tall) for box, tall in zip(column, talls, strict=True)]
        for column, talls in zip(columns, heights, strict=True)
    ]
    bands = [
        _draw_bands(between, heights[place], heights[place + 1], columns[place + 1])
        for place, between in enumerate(links)
    ]
    return Flow(caption, drawn, bands, round(height, 2))


def _measure(column: Sequence[Box]) -> list[float]:
    whole = sum(box.weight for box in column) or 1
    return [_LEAST + _SHARED * box.weight / whole for box in column]


def _stretch(column: Sequence[float], height: float) -> list[float]:
    """Give all columns the same height, so that their bands do not run off."""
    by = (height - _GAP * (len(column) - 1)) / sum(column)
    return [round(tall * by, 2) for tall in column]


def _draw_bands(links: Links, lefts: Sequence[float], rights: Sequence[float], boxes: Sequence[Box]) -> Sequence[Band]:
    left, right = _Side(lefts, links, 0), _Side(rights, links, 1)
    bands = []
    for (start, end), weight in sorted(links.items()):
        a, b = left.take(start, weight)
        c, d = right.take(end, weight)
        path = f"M0 {a:.2f}C50 {a:.2f} 50 {c:.2f} 100 {c:.2f}V{d:.2f}C50 {d:.2f} 50 {b:.2f} 0 {b:.2f}Z"
        bands.append(Band(boxes[end].kind, path))
    return bands


class _Side:
    """The edge of a column, from which each band takes its share from the top down."""

    def __init__(self, heights: Sequence[float], links: Links, which: int) -> None:
        self._tops = [sum(heights[:place]) + _GAP * place for place in range(len(heights))]
        self._scales = []
        for place, tall in enumerate(heights):
            whole = sum(weight for pair, weight in links.items() if pair[which] == place)
            self._scales.append(tall / whole if whole else 0.0)

    def take(self, place: int, weight: float) -> tuple[float, float]:
        top = self._tops[place]
        self._tops[place] = bottom = top + weight * self._scales[place]
        return top, bottom


def fold(boxes: Sequence[Box], most: int, rest: Box) -> tuple[Sequence[Box], Sequence[int]]:
    """Keep ``most`` boxes at most, the last of which stands for all that are left over, with their weight together.

    Gives with them the place that each of the boxes has then.
    """
    if len(boxes) <= most:
        return boxes, range(len(boxes))
    kept = boxes[: most - 1]
    weight = sum(box.weight for box in boxes[most - 1 :])
    return [*kept, replace(rest, weight=weight)], [min(place, most - 1) for place in range(len(boxes))]
