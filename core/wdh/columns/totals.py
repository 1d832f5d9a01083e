"""The words by which rows are known that sum up others, and what a cell with such a word says."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from wdh.columns.memo import Memo
from wdh.words.blanks import is_blank
from wdh.words.characters import narrow
from wdh.words.language import say
from wdh.words.total_words import GRAND_TOTALS, SUBTOTALS

_MARKS: Final = ":;.,!、。·…-–—_=*()[]{}<>《》【】〔〕「」\"'"
"""The marks that are ignored around a total word, in compatibility form: ``合计：``, ``(小计)``."""


_OUTER: Final = _MARKS + "：；．，！（）［］｛｝＜＞ \u3000"
"""The same as they are typed, and blanks."""

_OF_GROUP: Final = 1
OF_ALL: Final = 2
"""The level of a word that alone sums up all rows or a part of them: see :class:`TotalWord`."""


class TotalWord(Struct, frozen=True):
    """A total word as a cell has it: the ``group`` named before it (empty: none), and its ``level``.

    A total of a higher level covers the rows of lower ones: 0 is a subtotal, 1 a total of a group, 2 a total, 3 a
    grand total.
    """

    group: str
    level: int


class TotalWords:
    """Words such as 合计, compared without case, width and blanks, with or without marks around.

    A text is a total where it is a word, or ends with one behind a group's name: ``甲 汇总``, ``华东小计``. A word
    of an alphabet must stand apart there (no ``Ipsum``), and one of a single character must be all of the text (no
    ``会计``). ``may_end`` tells by a text's last character that it is no total, as nearly every text is none.
    """

    def __init__(self, words: Iterable[str] = ()) -> None:
        """Bring ``words`` to the form they are compared in. Raises ValueError for one of which nothing remains."""
        folded = {_join(_fold(word)): None for word in words}
        if any(map(is_blank, folded)):
            raise ValueError(say("a total word must not be blank: every row would be a total"))
        self._words = tuple(sorted(folded, key=len, reverse=True))
        self._lasts = frozenset(word[-1] for word in self._words)
        self.may_end: Memo[str, bool] = Memo(self._may_end_with)

    def __bool__(self) -> bool:
        return bool(self._words)

    def find(self, text: str) -> TotalWord | None:
        """Find the total word that a text is, or ends with; None: there is none."""
        if not (self.may_end[text[-1:]] and self.may_end[text.rstrip(_OUTER)[-1:]]):
            return None
        folded = _fold(text)
        bare = _join(folded)
        for word in self._words:
            if bare == word:
                return TotalWord("", _LEVELS.get(word, OF_ALL))
            if len(word) > 1 and bare.endswith(word):
                before = _part_before(folded, word)
                if before is not None:
                    return TotalWord(before, _LEVELS.get(word, _OF_GROUP))
        return None

    def _may_end_with(self, last: str) -> bool:
        """Say whether a text with this last character could end with a word; where in doubt, yes."""
        if not self._words or not last:
            return False
        plain = _fold(last)
        return not plain or plain[-1] in self._lasts or _may_join(last)


def fold_group(text: str) -> str:
    """Bring a group's name, or a cell that may hold it, to the form in which they are compared."""
    return _join(_fold(text))


def _fold(text: str) -> str:
    return " ".join(narrow(text).casefold().split()).strip(_MARKS + " ")


def _join(folded: str) -> str:
    return folded.replace(" ", "")


_LEVELS: Final = {
    **{_join(_fold(word)): 0 for word in SUBTOTALS},
    **{_join(_fold(word)): 3 for word in GRAND_TOTALS},
}


def _part_before(folded: str, word: str) -> str | None:
    """Give what stands before a word at the end of a text; None: the word is only the end of a longer one."""
    place, left = len(folded), len(word)
    while left:
        place -= 1
        left -= folded[place] != " "
    before = folded[:place]
    if _is_of_alphabet(word[0]) and before and (_is_of_alphabet(before[-1]) or before[-1].isdigit()):
        return None
    return before.strip(_MARKS + " ")


def _is_of_alphabet(character: str) -> bool:
    return character.upper() != character.lower()


def _may_join(character: str) -> bool:
    # Marks and the parts of Hangul syllables join with the character before them when they are normalised.
    return unicodedata.category(character).startswith("M") or unicodedata.name(character, "").startswith("HANGUL ")
