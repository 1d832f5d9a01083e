"""The language of a command: of its messages, its help, and what click says about its words."""

from __future__ import annotations

import copy
import gettext
import inspect
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import click

from wdh.words.language import CATALOGUES, DOMAIN, ENGLISH, LANGUAGES, choose_language, say, speaking, spoken
from wdh.words.phrases import clip

_FLAG: Final = "--lang"
_FILLER: Final = "\x7f"
_WIDE: Final = "[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60]"
"""Characters as wide as two, compiled where help is shown. click breaks lines by their number, so that each gets a
filler, which nobody sees."""

_GETTEXT: Final = "LANGUAGE"
"""The variable by which gettext, and so click, chooses a language."""


class _Formatter(click.HelpFormatter):
    """Breaks lines by their width on a terminal."""

    def write_text(self, text: str) -> None:
        """Write a text in lines."""
        super().write_text(_fill(text))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Write names, each with a text beside it."""
        super().write_dl([(name, _fill(text)) for name, text in rows], col_max, col_spacing)

    def getvalue(self) -> str:
        """Give all that was written."""
        return super().getvalue().replace(_FILLER, "")


def _fill(text: str) -> str:
    return re.sub(_WIDE, rf"\g<0>{_FILLER}", text)


class Speaking(click.Command):
    """A command that speaks the language of ``--lang``, or of the environment, from its first word on."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.params.append(
            click.Option(
                [_FLAG],
                type=click.Choice(LANGUAGES),
                expose_value=False,
                is_eager=True,
                help="The language of all that people read. Else WDH_LANG, LC_ALL, LC_MESSAGES or LANG.",
            )
        )

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Give the option that shows the help; click keeps it as it was made for the first time."""
        found = super().get_help_option(ctx)
        if found is not None:
            found.help = say("Show this message and exit.")
        return found

    def get_help(self, ctx: click.Context) -> str:
        """Give the help in the language that is spoken."""
        said = copy.copy(self)
        said.help = _say_help(self.help)
        said.params = [_say_parameter(parameter) for parameter in self.params]
        ctx.formatter_class = _Formatter
        return super(Speaking, said).get_help(ctx)

    def get_short_help_str(self, limit: int = 45) -> str:
        """Give the first sentence of the help in the language that is spoken."""
        if spoken() == ENGLISH:
            return super().get_short_help_str(limit)
        whole = (_say_help(self.help) or "").partition("\n")[0].partition("。")[0]
        return clip(_fill(whole), limit).replace(_FILLER, "")


def version_option() -> Callable[[Any], Any]:
    """Make the option that shows the version of wdh."""

    def show(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        if value and not ctx.resilient_parsing:
            from importlib.metadata import version

            told = say("{command}, version {version}", command=ctx.find_root().info_name, version=version("wdh"))
            click.echo(told)
            ctx.exit()

    return click.option(
        "--version",
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=show,
        help="Show the version and exit.",
    )


@contextmanager
def speaking_as_asked(words: Sequence[str] | None, environment: Mapping[str, str]) -> Iterator[None]:
    """Speak for the time of the block the language that the words of a command line name, or else the environment.

    The words are looked through before click reads them, as its complaints about them are in that language, too.
    """
    named = _find_language(sys.argv[1:] if words is None else words)
    language = named if named in LANGUAGES else choose_language(environment)
    with speaking(language), _speaking_by_gettext(language):
        yield


def _find_language(words: Sequence[str]) -> str | None:
    """Find the value of the last ``--lang`` before ``--``."""
    named = None
    for place, word in enumerate(words):
        if word == "--":
            break
        if word.startswith(f"{_FLAG}="):
            named = word.partition("=")[2]
        elif word == _FLAG:
            named = next(iter(words[place + 1 :]), None)
    return named


@contextmanager
def _speaking_by_gettext(language: str) -> Iterator[None]:
    """Have gettext's own functions, by which click says all, know the catalogue of wdh for the time of the block."""
    if language == ENGLISH:
        yield
        return
    before, domain = os.environ.get(_GETTEXT), gettext.textdomain()
    os.environ[_GETTEXT] = language
    gettext.bindtextdomain(DOMAIN, str(CATALOGUES))
    gettext.textdomain(DOMAIN)
    try:
        yield
    finally:
        gettext.textdomain(domain)
        if before is None:
            os.environ.pop(_GETTEXT, None)
        else:
            os.environ[_GETTEXT] = before


def _say_help(text: str | None) -> str | None:
    return None if text is None else say(inspect.cleandoc(text))


def _say_parameter(parameter: click.Parameter) -> click.Parameter:
    if not isinstance(parameter, click.Option) or parameter.help is None:
        return parameter
    said = copy.copy(parameter)
    said.help = _say_help(parameter.help)
    return said
