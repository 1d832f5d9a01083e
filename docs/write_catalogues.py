"""Collects every sentence of the code for its translators, and compiles what they wrote.

Usage: ``python docs/write_catalogues.py``, with Babel. For each folder of ``core/wdh`` it brings
``core/wdh/words/catalogues/<language>/<folder>.po`` up to date (a new sentence has no translation, one that is gone is
taken out), and writes ``LC_MESSAGES/wdh.mo`` beside, which wdh reads. It ends with 1 where a sentence has no
translation.

The help of the commands and their options is collected from the commands themselves, the reasons beside the rules of a
contract from the contracts, and what click says from click:
its versions differ, so that none of its sentences is taken out.
"""

from __future__ import annotations

import inspect
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import redirect_stderr
from datetime import datetime, timezone
from pathlib import Path

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from wdh_schemas import CONTRACTS, read_contract

ROOT = Path(__file__).parents[1]
CORE = ROOT / "core" / "wdh"
CATALOGUES = CORE / "words" / "catalogues"
LANGUAGES = ("zh",)
_ANY_DAY = datetime(2026, 1, 1, tzinfo=timezone.utc)  # the same sentences make the same file
KEYWORDS: Mapping[str, tuple[int, ...] | None] = {
    "say": None,
    "later": None,
    "say_count": (1, 2),
    "both": None,
    "both_count": (1, 2),
}
CLICKS: Mapping[str, tuple[int, ...] | None] = {"_": None, "ngettext": (1, 2)}
CLICK, HELP, REASONS = "click", "help", "contracts"


def main() -> int:
    """Write all catalogues; say what has no translation yet."""
    missing = 0
    for language in LANGUAGES:
        catalogues = make_catalogues(language)
        for name, catalogue in catalogues.items():
            path = CATALOGUES / language / f"{name}.po"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(as_po(catalogue))
            for message in untranslated(catalogue):
                missing += 1
                sys.stdout.write(f"{path.relative_to(ROOT)}: {message}\n")
        compiled = CATALOGUES / language / "LC_MESSAGES" / "wdh.mo"
        compiled.parent.mkdir(parents=True, exist_ok=True)
        compiled.write_bytes(as_mo(catalogues.values(), language))
    return 1 if missing else 0


def make_catalogues(language: str) -> dict[str, Catalog]:
    """Give the catalogue of each folder as it is with today's code: the modules beside the folders are ``wdh``."""
    made = {}
    for name, sources in sorted(_sources().items()):
        catalogue = Catalog(locale=language, fuzzy=False)
        for source in sources:
            keywords = dict(CLICKS if name == CLICK else KEYWORDS)
            with redirect_stderr(io.StringIO()):  # which hears of each f-string among the values of a sentence
                found = extract_from_file("python", source, keywords=keywords)
            for _, text, _, _ in found:
                catalogue.add(text)
        for text in _BESIDES[name]() if name in _BESIDES else ():
            catalogue.add(text)
        known = read_catalogue(language, name)
        for message in known if name == CLICK else ():
            catalogue.add(message.id)
        for message in catalogue:
            if message.id and (before := known.get(message.id)) is not None:
                message.string = before.string
        if len(catalogue):
            made[name] = catalogue
    return made


def read_catalogue(language: str, name: str) -> Catalog:
    """Read the catalogue of a folder as its translators wrote it; an empty one where there is none."""
    written = CATALOGUES / language / f"{name}.po"
    if not written.exists():
        return Catalog(locale=language)
    with written.open("rb") as po:
        return read_po(po, locale=language)


def as_po(catalogue: Catalog) -> bytes:
    """Write a catalogue as its translators edit it: nothing in it changes but sentences."""
    written = io.BytesIO()
    write_po(written, catalogue, width=0, omit_header=True, sort_output=True, no_location=True)
    return b'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n' + written.getvalue()


def as_mo(catalogues: Iterable[Catalog], language: str) -> bytes:
    """Compile the catalogues of all folders into one."""
    whole = Catalog(
        locale=language, fuzzy=False, project="wdh", version="", creation_date=_ANY_DAY, revision_date=_ANY_DAY
    )
    for catalogue in catalogues:
        for message in catalogue:
            if message.id and not _is_blank(message):
                whole.add(message.id, message.string)
    written = io.BytesIO()
    write_mo(written, whole)
    return written.getvalue()


def untranslated(catalogue: Catalog) -> Iterator[str]:
    """Give the sentences that have no translation."""
    for message in catalogue:
        if message.id and _is_blank(message):
            yield message.id if isinstance(message.id, str) else message.id[0]


def _is_blank(message: Message) -> bool:
    said = message.string
    return not all(said) if isinstance(said, (tuple, list)) else not said


def _sources() -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in sorted(CORE.rglob("*.py")):
        inside = path.relative_to(CORE).parts
        found.setdefault(inside[0] if len(inside) > 1 else "wdh", []).append(path)
    found[CLICK] = sorted(Path(click.__file__).parent.rglob("*.py"))
    found |= {name: [] for name in _BESIDES}
    return found


def _helps() -> Iterator[str]:
    """Give the help of every command, and of each of its options."""
    from wdh.command.main import main as tool
    from wdh.command.run import main as job

    waiting: list[click.Command] = [tool, job]
    while waiting:
        command = waiting.pop()
        waiting += command.commands.values() if isinstance(command, click.Group) else ()
        helps = [command.help, *(each.help for each in command.params if isinstance(each, click.Option))]
        yield from (inspect.cleandoc(text) for text in helps if text)


def _reasons() -> Iterator[str]:
    """Give the reasons beside the rules of the contracts, for what a rule alone cannot say."""
    waiting: list[object] = [read_contract(name) for name in CONTRACTS]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            yield from [value["$comment"]] if "$comment" in value else []
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


_BESIDES: Mapping[str, Callable[[], Iterator[str]]] = {HELP: _helps, REASONS: _reasons}
"""The catalogues of sentences that stand in no calls of the code."""

if __name__ == "__main__":
    sys.exit(main())
