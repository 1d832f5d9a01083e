"""The comments of a sheet: the part that holds their texts, and the drawing without which Excel shows none of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from xml.etree import ElementTree

from msgspec import Struct

from wdh.facts.cells import column_index
from wdh.mending.elements import DECLARATION, MAIN, child, children, escape_text, name_of, quote

AUTHOR: Final = "wdh"
_OWN_LINE: Final = " [wdh]"
"""The end of the first line of a comment of wdh: programs that save a workbook again may lose its author."""
MOST_COMMENTS: Final = 10_000
"""Of one sheet: Excel takes a long time to open a workbook with more of them."""

_CLUSTER: Final = 1_024
"""Shapes of a drawing come in clusters of so many, by which their ids are told apart in a workbook."""
_LONGEST: Final = 2_000
_LINE: Final = 38
"""Characters of a line in the box of a comment, about; one of Chinese takes the room of two."""
_VML: Final = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel">'
    '<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{clusters}"/></o:shapelayout>'
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)


class Comment(Struct, frozen=True):
    """A comment on a cell, by its name. ``title`` is the first line of one of wdh, in bold; empty: it is another's."""

    cell: str
    text: str
    title: str = ""
    author: str = AUTHOR

    @property
    def place(self) -> tuple[int, int]:
        """The row and the column of the cell, both counted from 0."""
        letters = self.cell.rstrip("0123456789")
        return int(self.cell[len(letters) :]) - 1, column_index(letters)


def read_comments(root: ElementTree.Element) -> Iterator[Comment]:
    """Read the comments of a part, as plain texts."""
    authors = [node.text or "" for node in children(child(root, "authors"), "author")]
    for node in children(child(root, "commentList"), "comment"):
        text = "".join(each.text or "" for each in node.iter() if name_of(each) == "t")
        number = node.get("authorId", "")
        author = authors[int(number)] if number.isdecimal() and int(number) < len(authors) else ""
        yield Comment(node.get("ref", ""), text, author=author)


def drop_own(comment: Comment) -> Comment | None:
    """Give what others wrote in a comment that came back; None: nothing."""
    lines = comment.text.split("\n")
    own = next((place for place, line in enumerate(lines) if line.rstrip().endswith(_OWN_LINE)), None)
    text = "\n".join(lines[:own]).strip()
    return None if own is not None and not text else Comment(comment.cell, text, author=comment.author)


def join_comments(comments: Iterable[Comment]) -> Sequence[Comment]:
    """Put comments in the order of their cells; those on one cell become one."""
    joined: dict[str, Comment] = {}
    for comment in comments:
        above = joined.get(comment.cell)
        if above is None:
            joined[comment.cell] = comment
        else:
            first = f"{comment.title}{_OWN_LINE}\n" if comment.title else ""
            text = f"{above.text}\n\n{first}{comment.text}"
            joined[comment.cell] = Comment(comment.cell, text, above.title, above.author)
    return sorted(joined.values(), key=lambda comment: comment.place)


def write_comments(comments: Sequence[Comment]) -> Iterator[str]:
    """Write the part with the texts."""
    authors = {author: place for place, author in enumerate(dict.fromkeys(each.author for each in comments))}
    listed = "".join(f"<author>{escape_text(author)}</author>" for author in authors)
    yield f'{DECLARATION}<comments xmlns="{MAIN}"><authors>{listed}</authors><commentList>'
    for comment in comments:
        title = _run(f"{comment.title}{_OWN_LINE}\n", "<b/>") if comment.title else ""
        text = title + _run(_cut(comment.text), "")
        yield f'<comment ref="{quote(comment.cell)}" authorId="{authors[comment.author]}"><text>{text}</text></comment>'
    yield "</commentList></comments>"


def _run(text: str, marks: str) -> str:
    font = f'<rPr>{marks}<sz val="9"/><rFont val="Tahoma"/></rPr>'
    return f'<r>{font}<t xml:space="preserve">{escape_text(text)}</t></r>' if text else ""


def count_clusters(comments: Sequence[Comment]) -> int:
    """Count the clusters of shapes that a drawing of comments takes."""
    return len(comments) // _CLUSTER + 1


def write_drawing(comments: Sequence[Comment], cluster: int) -> Iterator[str]:
    """Write the drawing of the boxes, which are hidden until the pointer is over their cells.

    ``cluster`` is the first cluster of shapes that no other drawing of the workbook has.
    """
    clusters = ",".join(str(cluster + more) for more in range(count_clusters(comments)))
    yield _VML.format(clusters=clusters)
    for number, comment in enumerate(comments, start=cluster * _CLUSTER + 1):
        row, column = comment.place
        lines = _count_lines(f"{comment.title}\n{_cut(comment.text)}")
        anchor = f"{column + 1}, 15, {max(row - 1, 0)}, 4, {column + 5}, 0, {max(row - 1, 0) + lines}, 8"
        yield (
            f'<v:shape id="_x0000_s{number}" type="#_x0000_t202" '
            'style="position:absolute;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
            '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
            '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
            f'<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>'
            f"<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
        )
    yield "</xml>"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _count_lines(text: str) -> int:
    widths = (sum(2 if ord(character) > 0x2E80 else 1 for character in line) for line in text.split("\n"))
    return min(2 + sum(1 + width // _LINE for width in widths), 24)
