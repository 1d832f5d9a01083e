"""Number formats: which cell styles can change what a code or a text shows, and which make a number a date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from xml.etree import ElementTree

from msgspec import Struct

from wdh.facts.number_formats import LOOK, is_common, sort_of, text_section
from wdh.words.language import say

WESTERN: Final[Mapping[int, str]] = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    5: '"$"#,##0_);("$"#,##0)',
    6: '"$"#,##0_);[Red]("$"#,##0)',
    7: '"$"#,##0.00_);("$"#,##0.00)',
    8: '"$"#,##0.00_);[Red]("$"#,##0.00)',
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "mm-dd-yy",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "m/d/yy h:mm",
    37: "#,##0_);(#,##0)",
    38: "#,##0_);[Red](#,##0)",
    39: "#,##0.00_);(#,##0.00)",
    40: "#,##0.00_);[Red](#,##0.00)",
    41: r'_(* #,##0_);_(* \(#,##0\);_(* "-"_);_(@_)',
    42: r'_("$"* #,##0_);_("$"* \(#,##0\);_("$"* "-"_);_(@_)',
    43: r'_(* #,##0.00_);_(* \(#,##0.00\);_(* "-"??_);_(@_)',
    44: r'_("$"* #,##0.00_)_("$"* \(#,##0.00\)_("$"* "-"??_)_(@_)',
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mmss.0",
    48: "##0.0E+0",
    49: "@",
}
"""ECMA-376 part 1, 18.8.30, as openpyxl has them, which need not be imported for them."""

EASTERN_DATES: Final[Mapping[int, str]] = {
    **dict.fromkeys((27, 36, 50, 52, 57), 'yyyy"年"m"月"'),
    **dict.fromkeys((28, 29, 51, 53, 54, 58), 'm"月"d"日"'),
    30: "m-d-yy",
    31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"',
    33: 'h"时"mm"分"ss"秒"',
    **dict.fromkeys((34, 55), '上午/下午h"时"mm"分"'),
    **dict.fromkeys((35, 56), '上午/下午h"时"mm"分"ss"秒"'),
}
"""Those of a Chinese Excel (the same place, zh-cn): a reader that knows only the Western ones takes their dates for
numbers."""


_PLAIN: Final = frozenset(("general", "@", ""))
_SYSTEM_CURRENCY: Final = frozenset((5, 6, 7, 8, 42, 44))
"""Built-in formats with the currency of whichever machine shows them: ``¤`` here, as it is not known."""
_GENERAL: Final = "General"
_LONGEST: Final = 500
"""Characters of a number format (Excel takes 255): the searches below take the square of them in time."""


class Styles(Struct, frozen=True):
    """The cell styles of a workbook, by their number in a cell's ``s``.

    ``formats`` holds each style's number format; ``telling`` are the styles whose format could change what a number
    shows as a code or text; ``eastern`` those whose date format only a Chinese Excel knows; ``dates`` all others
    that make a number a date, ``durations`` those of them that make it a span of time. ``texting`` are the styles
    whose format shows something of its own for a text; ``disputed`` those that libraries may take for a date or not.
    """

    formats: tuple[str, ...] = (_GENERAL,)
    telling: frozenset[int] = frozenset()
    eastern: frozenset[int] = frozenset()
    dates: frozenset[int] = frozenset()
    durations: frozenset[int] = frozenset()
    texting: frozenset[int] = frozenset()
    disputed: frozenset[int] = frozenset()

    @property
    def needed(self) -> frozenset[int]:
        """The styles that a reader must know cell by cell."""
        return self.telling | self.texting | self.eastern


def parse_styles(xml: bytes) -> Styles:
    """Read the cell styles from styles.xml, whatever its namespace. ParseError when it is not well-formed."""
    root = ElementTree.fromstring(xml)  # noqa: S314 (the guard refused document types)
    own = {int(node.get("numFmtId", "0")): node.get("formatCode", "") for node in root.iterfind("{*}numFmts/{*}numFmt")}
    if max(map(len, own.values()), default=0) > _LONGEST:
        raise ValueError(say("a number format of over {longest} characters", longest=_LONGEST))
    return make_styles(own, [int(node.get("numFmtId", "0")) for node in root.iterfind("{*}cellXfs/{*}xf")])


def make_styles(own: Mapping[int, str], numbers: Sequence[int]) -> Styles:
    """Make the styles of cells whose number formats have these ``numbers``; ``own`` are the formats of the file."""
    eastern = frozenset(i for i, n in enumerate(numbers) if n in EASTERN_DATES and n not in own)
    builtin = {**WESTERN, **EASTERN_DATES}
    known = {**builtin, **{n: builtin[n].replace('"$"', "¤") for n in _SYSTEM_CURRENCY}, **own}
    formats = tuple(known.get(number, _GENERAL) for number in numbers) or (_GENERAL,)
    sorts = {text: sort_of(text) for text in {*formats}}
    dates = frozenset(i for i, text in enumerate(formats) if sorts[text] != "number")
    telling = frozenset(i for i, text in enumerate(formats) if i not in dates and _is_telling(text))
    disputed = frozenset(i for i, n in enumerate(numbers) if n in own and _is_disputed(own[n], builtin=builtin.get(n)))
    return Styles(
        formats,
        telling=telling - eastern,
        eastern=eastern,
        dates=dates - eastern,
        durations=frozenset(i for i in dates - eastern if sorts[formats[i]] == "duration"),
        texting=frozenset(i for i, text in enumerate(formats) if text_section(text) is not None),
        disputed=disputed,
    )


def _is_telling(text: str) -> bool:
    """Say whether a format (no date format) could show a number otherwise than General does."""
    return LOOK.sub("", text).removesuffix(";@").strip().lower() not in _PLAIN


def _is_disputed(text: str, *, builtin: str | None) -> bool:
    """Say whether a format of the file's own is unusual, or stands under a number that is built in for another sort."""
    return not is_common(text) or (builtin is not None and sort_of(builtin) != sort_of(text))
