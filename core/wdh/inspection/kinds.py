"""The kind of a column, judged by which kinds read its cells and by what the cells look like."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence, Set
from typing import Any, Final

from msgspec import Struct

from wdh.inspection.hints import hinted_word, hints_at
from wdh.inspection.profile import FEW_VALUES, KINDS, MOST_REFUSED, Profile
from wdh.words.language import join, say, say_count

_FEWEST_FOR_A_MONTH: Final = 5
_FEWEST_FOR_A_CHOICE: Final = 20
_LONGEST_CHOICE: Final = 20
_MOST_SCALE: Final = 6
_DROPPED: Final = "-_ "
_ALLOWED_PART: Final = 50
_YES_AND_NO: Final[Sequence[Set[str]]] = ({"是", "否"}, {"Y", "N"}, {"YES", "NO"}, {"TRUE", "FALSE"})
"""Pairs of words that say yes and no; of the first, one alone will do."""
_FROM: Final = 20


class Judgement(Struct, frozen=True):
    """The kind proposed for a column, its options, and why."""

    kind: str
    options: dict[str, Any]
    evidence: tuple[str, ...]


def judge_kind(profile: Profile) -> Judgement:
    """Propose the kind of a column. A kind comes into question if it reads all cells but a few (one in fifty)."""
    if not profile.filled:
        return Judgement("text", {}, (say("every cell is blank: nothing tells its kind"),))
    for kind, reason in _QUESTIONS:
        why = reason(profile) if _fits(profile, kind) else None
        if why is not None:
            return Judgement(kind, _options(profile, kind), (_counted(profile, kind), *why, *_spellings(profile, kind)))
    if _fits(profile, "text"):
        return _judge_text(profile)
    best = min(KINDS, key=lambda kind: (profile.trials[kind].is_over, profile.trials[kind].refused, kind != "text"))
    return Judgement(best, _options(profile, best), (_counted(profile, best), say("no kind reads all of them")))


def allowed_refusals(filled: int) -> int:
    """Say how many bad cells a kind may have among so many that are filled: 2 %, and 1 from 20 on."""
    return min(max(filled // _ALLOWED_PART, int(filled >= _FROM)), MOST_REFUSED)


def _fits(profile: Profile, kind: str) -> bool:
    trial = profile.trials[kind]
    return trial.read > 0 and trial.refused <= allowed_refusals(profile.filled)


def _counted(profile: Profile, kind: str) -> str:
    trial, filled = profile.trials[kind], profile.filled
    if not trial.refused:
        return (
            say("the cell reads as {kind}", kind=kind)
            if filled == 1
            else say("all {filled:,} cells read as {kind}", filled=filled, kind=kind)
        )
    return say(
        "all but {refused:,} of {filled:,} cells read as {kind}", refused=trial.refused, filled=filled, kind=kind
    )


def _hint(profile: Profile, kind: str) -> str:
    return say("the header says {word}", word=hinted_word(profile.header, kind))


def _is_boolean(profile: Profile) -> tuple[str, ...] | None:
    looks = profile.looks
    if looks.booleans and not looks.texts and not looks.numbers:
        return (say("TRUE and FALSE"),)
    if hints_at(profile.header, "boolean"):
        return (_hint(profile, "boolean"),)
    words = set() if profile.values is None else {word.upper() for word in profile.values}
    is_pair = words in _YES_AND_NO or (bool(words) and words <= _YES_AND_NO[0])
    return (say("only {words}", words=join(say(" and "), sorted(words))),) if is_pair else None


def _is_hinted_code(profile: Profile) -> tuple[str, ...] | None:
    if not hints_at(profile.header, "code") or profile.looks.dates:
        return None
    return (_hint(profile, "code"), *_code_looks(profile))


def _code_looks(profile: Profile) -> Iterator[str]:
    looks = profile.looks
    if looks.leading_zeros:
        yield say("leading zeros in {count:,}", count=looks.leading_zeros)
    if looks.padded_formats:
        yield say("a number format that pads with zeros in {count:,}", count=looks.padded_formats)


def _is_datetime(profile: Profile) -> tuple[str, ...] | None:
    if not profile.has_times or (hints_at(profile.header, "month") and _fits(profile, "month")):
        return None
    return (say("times of day, which no other kind keeps"),)


def _is_date(profile: Profile) -> tuple[str, ...] | None:
    if profile.has_later_days:
        return (say("days other than the first of a month"),)
    if hints_at(profile.header, "date") and not hints_at(profile.header, "month"):
        return (_hint(profile, "date"),)
    return None if _fits(profile, "month") else (say("each is a day of the calendar"),)


def _is_month(profile: Profile) -> tuple[str, ...] | None:
    if hints_at(profile.header, "month"):
        return (_hint(profile, "month"),)
    if profile.looks.later_days:
        return (
            say("{later_days:,} cells say a day, which a month does not keep", later_days=profile.looks.later_days),
        )
    if profile.looks.dates:
        return (say("each date is the first of a month"),)
    return (say("no other kind says a year and a month"),) if profile.filled >= _FEWEST_FOR_A_MONTH else None


def _is_percent(profile: Profile) -> tuple[str, ...] | None:
    looks = profile.looks
    if looks.percent_formats * 2 > looks.numbers:
        return (say("% format in {count:,}", count=looks.percent_formats),)
    if looks.percent_signs:
        return (say("a % sign in {count:,}", count=looks.percent_signs),)
    return (_hint(profile, "percent"),) if hints_at(profile.header, "percent") else None


def _is_code(profile: Profile) -> tuple[str, ...] | None:
    looks, filled = profile.looks, profile.filled
    if looks.dates or looks.percent_formats or looks.decimal_formats:
        return None
    why = tuple(_code_looks(profile))
    if why:
        return why if looks.digits_as_text + looks.numbers + looks.code_like >= filled * 0.9 else None
    if looks.code_like >= filled * 0.9:
        return (say("letters and digits without blanks"),)
    is_fixed = looks.digits_as_text == filled > 1 and len(looks.text_lengths) == 1 and max(looks.text_lengths) > 1
    return (say("{count} digits, typed as text, in each", count=max(looks.text_lengths)),) if is_fixed else None


def _is_integer(profile: Profile) -> tuple[str, ...] | None:
    if profile.looks.decimal_formats or hints_at(profile.header, "amount"):
        return None
    return (say("no decimals, and no format that shows any"),)


def _is_amount(profile: Profile) -> tuple[str, ...] | None:
    looks = profile.looks
    if not looks.most_decimals:
        return (_hint(profile, "amount"),) if hints_at(profile.header, "amount") else (say("a format with decimals"),)
    most = looks.most_decimals
    if most > _MOST_SCALE:
        return (
            say_count(
                "up to {count} decimal: no scale is proposed, so none is cut",
                "up to {count} decimals: no scale is proposed, so none is cut",
                most,
            ),
        )
    return (say_count("up to {count} decimal", "up to {count} decimals", most),)


_QUESTIONS: Final[tuple[tuple[str, Callable[[Profile], tuple[str, ...] | None]], ...]] = (
    ("boolean", _is_boolean),
    ("code", _is_hinted_code),
    ("datetime", _is_datetime),
    ("date", _is_date),
    ("month", _is_month),
    ("percent", _is_percent),
    ("code", _is_code),
    ("integer", _is_integer),
    ("amount", _is_amount),
)


def _judge_text(profile: Profile) -> Judgement:
    read = profile.trials["text"].read
    values = profile.values
    longest = say("at most {longest} characters long", longest=profile.longest)
    is_hinted = hints_at(profile.header, "choice") and not hints_at(profile.header, "name")
    if is_hinted and values is not None and _are_few(values, read):
        why = (say("{count} values in {read:,} cells", count=len(values), read=read), _hint(profile, "choice"))
        options = {"values": sorted(values), **_options(profile, "choice")}
        return Judgement("choice", options, (*why, *_spellings(profile, "choice")))
    return Judgement(
        "text", _options(profile, "text"), (_counted(profile, "text"), longest, *_spellings(profile, "text"))
    )


def _are_few(values: Collection[str], cells: int) -> bool:
    is_few = 1 < len(values) <= min(FEW_VALUES, cells / 5) and cells >= _FEWEST_FOR_A_CHOICE
    return is_few and max(map(len, values)) <= _LONGEST_CHOICE


def _options(profile: Profile, kind: str) -> dict[str, Any]:
    blank = {"blank": sorted(profile.looks.pivot_blanks)} if profile.looks.pivot_blanks else {}
    return {**_own_options(profile, kind), **blank}


def _own_options(profile: Profile, kind: str) -> dict[str, Any]:
    if kind == "text":
        return _length(profile.longest, (255, 1000))
    if kind == "code":
        return {**_code_options(profile), **_length(max(map(len, profile.codes or ("",))), (50, 255))}
    if kind == "amount" and profile.looks.most_decimals <= _MOST_SCALE:
        return {"scale": 2 if profile.looks.most_decimals <= 2 else 4 if profile.looks.most_decimals <= 4 else 6}
    if kind == "percent" and profile.looks.most_decimals > _MOST_SCALE:
        return {"scale": profile.looks.most_decimals}
    return {}


def _length(longest: int, steps: tuple[int, ...]) -> dict[str, int]:
    """Propose the first of ``steps`` that leaves room for twice the longest; none where none does."""
    return next(({"max_length": step} for step in steps if longest * 2 <= step), {})


def _code_options(profile: Profile) -> dict[str, Any]:
    looks = profile.looks
    options: dict[str, Any] = {}
    has_zeros = looks.leading_zeros or looks.padded_formats
    if has_zeros and len(looks.text_lengths) == 1 and max(looks.number_lengths, default=0) <= max(looks.text_lengths):
        options["width"] = max(looks.text_lengths)
    if _loose_codes(profile):
        options |= {"upper": True, "drop": _DROPPED}
    return options


def _loose_codes(profile: Profile) -> tuple[str, str] | None:
    """Find two codes that differ only in case, dashes and blanks."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for code in sorted(profile.codes or ()):
        folded = "".join(char for char in code.upper() if char not in _DROPPED)
        groups[folded].append(code)
        if len(groups[folded]) > 1:
            return groups[folded][0], groups[folded][1]
    return None


def _spellings(profile: Profile, kind: str) -> Iterator[str]:
    for word in sorted(profile.looks.pivot_blanks):
        yield say("{word} is taken for blank", word=word)
    if kind != "code":
        return
    options = _code_options(profile)
    if "width" in options:
        lost = [length for length in profile.looks.number_lengths if length < options["width"]]
        width = options["width"]
        all_there = say("{width} digits", width=width)
        yield say("{width} digits: numbers that lost their zeros are filled up", width=width) if lost else all_there
    pair = _loose_codes(profile)
    if pair is not None:
        yield say("{one} and {other} are one code but for case, dashes and blanks", one=pair[0], other=pair[1])
