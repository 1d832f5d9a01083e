"""Regular expressions that a configuration or a plugin gives: in Python's syntax, and never at work for long.

They mean what they mean to :mod:`re`. The engine is that of the package regex, as it can be stopped: an expression
such as ``(a|aa)+$`` asks a backtracking engine for more steps than anybody can wait for.
"""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Mapping
from typing import Any, Final

from wdh.words.language import say

SECONDS: Final = 1.0
"""How long one search may take, in processor time; a usual one takes some millionths."""

SECONDS_IN_ALL: Final = 10.0
"""How long all searches of one expression may take together."""

MOST_CHARACTERS: Final = 1000
"""How long an expression of a configuration may be."""

_MOST_STEPS: Final = 10_000
"""How long an expression may be with its repeats written out; the engine does write them out."""

_TOKEN: Final = re.compile(
    r"(?P<escape>\\N\{[^}]*\}|\\.)|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<repeat>\{(?P<least>\d+)(?:,\d*)?\}|\{,\d*\})|(?P<brace>\{)|(?P<open>\()|(?P<close>\))|.",
    re.DOTALL,
)
_VERBOSE_TOKEN: Final = re.compile(rf"#[^\n]*|{_TOKEN.pattern}", re.DOTALL)
_ASCII_WORDS: Final = re.compile(r"\(\?[iLmsux]*a")
"""The flag with which \\w is of ASCII alone."""

_VERBOSE: Final = re.compile(r"\(\?[aiLmsu]*x")
"""The flag with which a # begins a comment."""

_WORD: Final = r"\p{L}\p{N}_"
"""The characters that re takes for \\w: a combining mark is none of them, and ② is one."""
_WORDS: Final = {
    r"\w": f"[{_WORD}]",
    r"\W": f"[^{_WORD}]",
    r"\b": f"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))",
    r"\B": f"(?:(?<=[{_WORD}])(?=[{_WORD}])|(?<![{_WORD}])(?![{_WORD}]))",
}


class TooSlow(Exception):
    """A search was stopped, as it would not have ended in time."""


class Expression:
    """An expression that :func:`compile_expression` found fit. ``text`` is how it was written.

    Counts the time that its searches take.
    """

    def __init__(self, text: str, compiled: Any) -> None:
        self.text = text
        self.groups: frozenset[str] = frozenset(compiled.groupindex)
        self._compiled = compiled
        self._left = SECONDS_IN_ALL

    def search(self, text: str) -> Mapping[str, str | None] | None:
        """Search in ``text`` and give the named groups; None where there is no match. Raises TooSlow."""
        return self._find(self._compiled.search, text)

    def fullmatch(self, text: str) -> Mapping[str, str | None] | None:
        """Match the whole of ``text`` and give the named groups; None where it does not match. Raises TooSlow."""
        return self._find(self._compiled.fullmatch, text)

    def _find(self, ask: Any, text: str) -> Mapping[str, str | None] | None:
        began = time.process_time()
        try:
            found = ask(text, timeout=max(min(SECONDS, self._left), 0.001))
        except (TimeoutError, MemoryError) as error:
            raise TooSlow(
                say("takes too long to compare with {text!r}, as it can match it in too many ways", text=text[:100])
            ) from error
        finally:
            self._left -= time.process_time() - began
        return None if found is None else found.groupdict()


def compile_expression(text: str, *, ignores_case: bool = False, longest: int = MOST_CHARACTERS) -> Expression:
    """Compile an expression of at most ``longest`` characters. Raises ValueError, with what is wrong, for no such."""
    import regex

    if len(text) > longest:
        raise ValueError(
            say(
                "is {count} characters long, and a regular expression has at most {longest}",
                count=len(text),
                longest=longest,
            )
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what Python only warns of, its next version reads otherwise or refuses
            re.compile(text, re.IGNORECASE if ignores_case else 0)
            written = _translate(text)
            compiled = regex.compile(written, regex.IGNORECASE if ignores_case else 0)
    except (re.error, regex.error, OverflowError, Warning) as error:
        raise ValueError(say("is not a regular expression: {error}", error=error)) from error
    except RecursionError as error:
        raise ValueError(say("is not a regular expression that can be read: its groups are nested too deep")) from error
    return Expression(text, compiled)


def _translate(text: str) -> str:
    """Write for regex what ``text`` means to re. Raises ValueError where its repeats multiply beyond all bounds."""
    written = []
    steps = _Steps()
    keeps_words = _ASCII_WORDS.search(text) is not None
    for token in (_VERBOSE_TOKEN if _VERBOSE.search(text) else _TOKEN).finditer(text):
        steps.count(token)
        written.append(token[0] if keeps_words and not token["brace"] else _translate_token(token))
    return "".join(written)


def _translate_token(token: re.Match[str]) -> str:
    if token["brace"]:
        return r"\{"  # to regex, {d} is a fuzzy match
    if token["set"]:
        return re.sub(r"\\.", lambda found: _WORD if found[0] == r"\w" else found[0], token[0], flags=re.DOTALL)
    return _WORDS.get(token[0], token[0])


class _Steps:
    """Counts the steps of an expression with its repeats written out: each open group, and the last thing in it."""

    def __init__(self) -> None:
        self._open = [0]
        self._last = 0

    def count(self, token: re.Match[str]) -> None:
        """Count one more token. Raises ValueError where there are too many steps."""
        if token["open"]:
            self._open.append(0)
            self._last = 0
        elif token["close"]:
            self._last = self._open.pop() if len(self._open) > 1 else 0
            self._open[-1] += self._last
        elif token["repeat"]:
            more = self._last * (max(int((token["least"] or "0")[:9]), 1) - 1)
            self._open[-1] += more
            self._last += more
        else:
            self._open[-1] += 1
            self._last = 1
        if sum(self._open) > _MOST_STEPS:
            raise ValueError(
                say(
                    "repeats so much that it would be {most_steps} steps long or longer; repeat less often",
                    most_steps=_MOST_STEPS,
                )
            )
