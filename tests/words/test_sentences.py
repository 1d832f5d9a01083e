"""Every sentence of the core goes through the door of its language; what does not stands in a list, with a reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from support.chinese import DONE

CORE: Final = Path(__file__).parents[2] / "core" / "wdh"
DOORS: Final = ("say", "say_count", "later", "both", "both_count")
SENTENCE: Final = re.compile(r"(?<![\w%])[A-Za-z]?[a-z']+[,;:]? (?:\{\} )?[a-z']{2,}(?!\w)")
"""Two English words beside each other, of which the second is no name."""

EXCEPTIONS: Final = (
    # module, texts, reason
    ("scaffold/(invention|package).py", "(?s).*", "what generated code and its README say"),
    ("sql/.*", r"(?s).*(pg_catalog|SELECT|ARRAY|DECLARE|wdh\.statement).*", "SQL"),
    ("sql/forecast.py", "the values of .* cannot be compared", "an error that is caught, and counted"),
    ("sql/(operators|patterns).py", ".* is no operator|a pattern has a NUL", "a fault of wdh, which nobody can cause"),
    ("apply/overtaking.py", ".*", "what only the log tells"),
    ("apply/steps.py", "the (role|session's role|transaction)", "keys, whose words are said"),
    ("apply/fit/meanings.py", ".*", "errors that are caught: the text then counts as another value"),
    ("apply/refusals/holders.py", "client backend|.to prevent wraparound.", "PostgreSQL's own words"),
    ("apply/refusals/limits.py", "database user", "PostgreSQL's own words"),
    ("apply/session.py", "read committed", "PostgreSQL's own words"),
    ("command/completion.py", ".*CompletionResult.*", "PowerShell"),
    ("command/domains.py", ", switched off|package and file", "keys, whose words are said"),
    ("command/summary.py", "committed, facts vetoed|not (known|written|begun)", "keys, whose words are said"),
    ("command/new.py", r"(  )?(python -m pip|wdh|wdh-run) .*", "commands"),
    ("discovery/depot/spool.py", "cat .*", "a script"),
    ("facts/cells.py", "formula without a stored result", "a mark that nobody sees"),
    ("facts/exact_yaml.py", "# What .*", "the head of a file that a package keeps, whoever writes it"),
    ("facts/sheets.py", "<FactSheets .*", "for programmers"),
    ("inspection/(hints|scope).py", "row number|part of a month", "keys of the words that headers hint by"),
    ("mending/.*", r"[^<]{0,12}<[?\w].*|yyyy-mm-dd hh:mm:ss", "XML, and a format of Excel"),
    ("migration/references.py", r"\{from: .*", "a rule, as it would be written"),
    ("page/chart.py", "plot [a-z-]+", "classes of SVG"),
    ("page/rendering.py", "[a-z]+-[a-z]+ ('none'|data:)|<span .*", "a policy, and HTML"),
    ("process/helper.py", "import sys; .*|(was )?ended .*|gave an answer .*", "Python; and what only the log tells"),
    ("process/observation.py", "started a process|opened a .*|<frozen importlib", "what the ledger keeps, and Python"),
    ("references/picking.py", "moment with a time zone", "a key, whose words are said"),
    ("registry/conduct.py", "[a-z]+ [a-z]+", "keys, whose sentences are said"),
    ("registry/listing.py", "from wdh.*", "Python"),
    ("report/inspection.py", "wdh .*", "commands"),
    ("run/(readings|record).py", "(asked|read) .*", "what the ledger keeps"),
    ("run/(unchanged|upcoming).py", ".*", "what only the log tells"),
    ("warehouse/embedded/account.py", "for folder do .*", "a script"),
    ("warehouse/embedded/server.py", "wdh (presence|leaving)", "names of connections"),
    ("warehouse/embedded/server.py", "shared memory block|socket file", "PostgreSQL's own words"),
    (
        "warehouse/connection.py",
        "[a-zN][^.]*|SSL [a-z]+|Connection refused|Network is unreachable",
        "the words of libpq",
    ),
    ("workbook/(book|readers).py", "the .*|it .*", "what only the log tells"),
    ("workbook/sheet.py", "the rows of a sheet can be read once.*", "for programmers"),
    ("workbook/text/tables.py", "unexpected end of data|field larger|expected after", "the words of Python's csv"),
    ("words/language.py", ".* is not one of .*", "for programmers"),
    ("words/redaction.py", "a and are .*", "words that are looked for"),
)


def find_sentences(module: Path) -> Iterator[tuple[int, str]]:
    """Find the texts of a module that hold a sentence and are not said: neither docstrings nor what a log gets."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    passed: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(ast.Constant()) | ast.keyword("help", ast.Constant()):  # help is said when click shows it
                passed.add(id(node.value))
            case ast.JoinedStr():
                passed.update(id(part) for part in ast.walk(node) if isinstance(part, ast.Constant))
            case ast.Call(ast.Name(name), arguments) if name in DOORS:
                passed.update(map(id, arguments))
            case ast.Call(ast.Attribute(ast.Name("log"))):
                passed.update(id(part) for part in ast.walk(node))
            case ast.Raise(ast.Call(ast.Name("AssertionError" | "HelperEnded" | "NotDone"))):
                passed.update(id(part) for part in ast.walk(node))
    for node in ast.walk(tree):
        if isinstance(node, (ast.JoinedStr, ast.Constant)) and id(node) not in passed:
            text = _read(node)
            if text is not None and SENTENCE.search(text):
                yield node.lineno, text


def _read(node: ast.JoinedStr | ast.Constant) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)


@pytest.mark.parametrize("folder", DONE)
def test_every_sentence_is_said(folder: str) -> None:
    modules = (CORE / folder).rglob("*.py") if folder else CORE.glob("*.py")
    unsaid = [
        f"{module.relative_to(CORE)}:{line}: {text}"
        for module in sorted(modules)
        for line, text in find_sentences(module)
        if not is_excepted(str(module.relative_to(CORE)), text)
    ]
    assert unsaid == []


def is_excepted(module: str, text: str) -> bool:
    """Say whether the list above lets a text pass."""
    return any(re.fullmatch(place, module) and re.fullmatch(texts, text, re.DOTALL) for place, texts, _ in EXCEPTIONS)
