"""The parts of a page as frozen values, whatever it is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from wdh.page.words import Text

Tone: TypeAlias = Literal["", "good", "warn", "bad", "quiet"]


class Cell(Struct, frozen=True):
    """A cell of a table. ``more`` stands below the text in small letters; ``href`` makes a link of it."""

    text: Text | int
    tone: Tone = ""
    more: Text = ""
    href: str = ""


class Column(Struct, frozen=True):
    """A column of a table; ``is_value``: its cells are codes or values, and set as such."""

    header: Text
    is_number: bool = False
    is_value: bool = False


Row: TypeAlias = "Sequence[Cell | Text | int | None]"


class Table(Struct, frozen=True):
    """Rows below their columns; ``printed`` of them go on paper, 0: not even the head.

    ``rest`` says where rows are that the page does not have. ``finds``: its rows can be searched.
    """

    caption: Text
    columns: Sequence[Column]
    rows: Sequence[Row]
    rest: Text = ""
    finds: bool = False
    printed: int = 4


class Lines(Struct, frozen=True):
    """Sentences below each other."""

    texts: Sequence[Text]
    tone: Tone = ""


class Code(Struct, frozen=True):
    """A text to be copied as it is."""

    caption: Text
    text: str


class Chart(Struct, frozen=True):
    """A drawing: ``svg`` is markup that is safe to be put into a page."""

    caption: Text
    svg: str


class Charts(Struct, frozen=True):
    """Drawings beside each other. ``is_marked``: some of their bars are those of the run that the page is about."""

    charts: Sequence[Chart]
    is_marked: bool


class Node(Struct, frozen=True):
    """A box of a flow: its height and that of the gap above it are in rem. ``kind`` gives it its colour."""

    kind: str
    name: Text
    figure: Text
    more: Text
    height: float


class Band(Struct, frozen=True):
    """The way of rows from one box to another: a closed path in percent of the width and rem of the height."""

    kind: str
    path: str


class Flow(Struct, frozen=True):
    """Boxes in columns, with bands between each column and the next. ``height`` is in rem."""

    caption: Text
    columns: Sequence[Sequence[Node]]
    bands: Sequence[Sequence[Band]]
    height: float


Part: TypeAlias = "Table | Lines | Code | Charts | Flow"


class Section(Struct, frozen=True):
    """A heading with what stands below it. ``on_paper``: it is printed, too."""

    name: str
    heading: Text
    parts: Sequence[Part]
    on_paper: bool = True


class Figure(Struct, frozen=True):
    """A number that is seen first, with what it counts."""

    number: int | str
    name: Text
    tone: Tone = ""
    href: str = ""


class Page(Struct, frozen=True):
    """A whole page. ``lead`` says in sentences what happened; ``about`` are names with their values.

    ``home`` leads to the page above, None: there is none.
    """

    title: str
    state: Text
    tone: Tone
    lead: Sequence[Text]
    figures: Sequence[Figure]
    about: Sequence[tuple[Text, Text]]
    sections: Sequence[Section]
    home: str | None = None
