"""Collects every sentence of the code for its translators, and compiles what they wrote.

Usage: ``python docs/write_catalogues.py``, with Babel. For each folder of ``core/wdh`` it brings
``core/wdh/words/catalogues/<language>/<folder>.po`` up to date (a new sentence has no translation, one that is gone is
taken out), and writes ``<language>.mo`` beside, which wdh reads. It ends with 1 where a sentence has no translation.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
CORE = ROOT / "core" / "wdh"
CATALOGUES = CORE / "words" / "catalogues"
LANGUAGES = ("zh",)
_ANY_DAY = datetime(2026, 1, 1, tzinfo=timezone.utc)  # the same sentences make the same file
KEYWORDS = {"say": None, "later": None, "say_count": (1, 2)}


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
        CATALOGUES.mkdir(parents=True, exist_ok=True)
        (CATALOGUES / f"{language}.mo").write_bytes(as_mo(catalogues.values(), language))
    return 1 if missing else 0


def make_catalogues(language: str) -> dict[str, Catalog]:
    """Give the catalogue of each folder as it is with today's code: the modules beside the folders are ``wdh``."""
    made = {}
    for name, sources in sorted(_sources().items()):
        catalogue = Catalog(locale=language, fuzzy=False)
        for source in sources:
            for _, text, _, _ in extract_from_file("python", source, keywords=KEYWORDS):
                catalogue.add(text)
            for text in _command_helps(source):
                catalogue.add(text)
        written = CATALOGUES / language / f"{name}.po"
        if written.exists():
            with written.open("rb") as po:
                known = read_po(po, locale=language)
            for message in catalogue:
                if message.id and (before := known.get(message.id)) is not None:
                    message.string = before.string
        if len(catalogue):
            made[name] = catalogue
    return made


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


def _command_helps(source: Path) -> Iterator[str]:
    """Give the docstrings of click's commands, which are their help."""
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            made = [each.func for each in node.decorator_list if isinstance(each, ast.Call)]
            kinds = {maker.attr for maker in made if isinstance(maker, ast.Attribute)}
            if kinds & {"command", "group"} and (text := ast.get_docstring(node)):
                yield text


def _is_blank(message: Message) -> bool:
    said = message.string
    return not all(said) if isinstance(said, (tuple, list)) else not said


def _sources() -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in sorted(CORE.rglob("*.py")):
        inside = path.relative_to(CORE).parts
        found.setdefault(inside[0] if len(inside) > 1 else "wdh", []).append(path)
    return found


if __name__ == "__main__":
    sys.exit(main())
