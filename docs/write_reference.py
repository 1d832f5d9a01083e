"""Writes docs/reference.md, exit-codes.md, reject-codes.md, events.md and variables.md.

Usage: ``python docs/write_reference.py``. A test holds the pages to what this would write.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import click

from wdh.checking.reasons import SENTENCES as CHECK_SENTENCES
from wdh.columns.reasons import SENTENCES
from wdh.command.failures import INTERRUPTED
from wdh.command.run import CHANGES, REJECTS
from wdh.command.run import main as run_command
from wdh.command.schema import WHAT
from wdh.command.summary import SEVERITY
from wdh.errors import DatabaseError, DataError, OutcomeUnknown, SetupError, WdhError
from wdh.warehouse.address import HOME_VARIABLE, LIBPQ_PLACES, URI_VARIABLE, VARIABLES
from wdh_schemas import EVENT, NAMES, REPORT, read_contract

ROOT = Path(__file__).parents[1]
CORE = ROOT / "core" / "wdh"
DOCS = ROOT / "docs"
WRITTEN = "Written from the code by `python docs/write_reference.py`."
NEXT_STEPS = {
    0: "Go on.",
    1: "Run again with `--debug`, and report what it prints.",
    SetupError.exit_code: "Correct the command, the configuration or the package that is named, then run again.",
    DataError.exit_code: "Have the workbook mended, or say that it is meant (`--max-rejects`, `--accept`).",
    DatabaseError.exit_code: "Run again later; where it says so again, tell the people who run the database.",
    OutcomeUnknown.exit_code: "Run again: what is there already is replaced by the same.",
    CHANGES: "Look at the plan; `--execute` applies it.",
    REJECTS: "Send the workbooks to mend back to their senders, and run with what comes back.",
    INTERRUPTED: "Run again whenever you like.",
}
"""What to do after each exit code."""

OTHER_VARIABLES = {
    URI_VARIABLE: "The warehouse as a libpq URI. Used where --dsn is not given.",
    **{name: f"The warehouse's `{keyword}`. Used where no URI is given." for name, keyword in VARIABLES.items()},
    ", ".join(f"`{name}`" for name in LIBPQ_PLACES): "libpq's own. Used where none of the above names a server.",
    HOME_VARIABLE: "The folder of the embedded PostgreSQL. Used where no other server is named.",
    "WDH_TEST_DSN": "The server for tests with `wdh.testing`, whose role may create databases.",
    "WDH_LANG": "The language of all that people read, `en` or `zh`. Used where --lang is not given.",
    "`LC_ALL`, `LC_MESSAGES`, `LANG`": "The locale: the first that is set gives the language where WDH_LANG does not.",
    "COLUMNS": "The width of reports on a terminal.",
    "TMPDIR": "The folder for facts while a run goes on.",
}


def write_pages() -> Mapping[str, str]:
    """Give all pages by their names."""
    return {
        "reference.md": _page("Reference: what wdh tells programs", overview(), schemas(), *report_keys()),
        "exit-codes.md": _page("Exit codes", exit_codes()),
        "reject-codes.md": _page("Codes of rejects and notes", reject_codes(), note_codes()),
        "events.md": _page("Log events", log_events()),
        "variables.md": _page("Environment variables", variables()),
    }


def _page(title: str, *parts: str) -> str:
    return "\n".join(part.rstrip() + "\n" for part in (f"# {title}", *parts))


def overview() -> str:
    """Say what is stable, and where the rest is."""
    return f"""\
{WRITTEN} Codes, event names and keys are stable: one that is here does not change its meaning.

| what | where |
|---|---|
| exit codes, and what to do after each | [exit-codes.md](exit-codes.md) |
| codes of rejects and notes | [reject-codes.md](reject-codes.md) |
| log events and their fields | [events.md](events.md) |
| environment variables | [variables.md](variables.md) |
| keys of data_sources.yml | [configuration.md](configuration.md) |
| functions and classes | [api.md](api.md) |
| flags | `wdh-run --help`, `wdh COMMAND --help` |
"""


def schemas() -> str:
    """List the JSON Schemas."""
    intro = (
        "All that wdh writes for programs has a JSON Schema (draft 2020-12). `wdh schema` lists them, and `wdh schema "
        "NAME` prints one with all that it refers to, so that a validator or an editor needs no other file."
    )
    rows = ((f"`{name}`", WHAT[name]) for name in NAMES)
    return _section("JSON Schemas", f"{intro}\n\n{_table(('name', 'what it describes'), rows)}")


def exit_codes() -> str:
    """Write the exit codes, which are those of the classes of errors."""
    classes: tuple[type[WdhError], ...] = (SetupError, DataError, DatabaseError, OutcomeUnknown)
    rows = [
        (0, "", "The command did what it was asked to do."),
        (1, "", "A fault of wdh. Whatever was begun in the database was rolled back."),
        *((kind.exit_code, f"`{kind.__name__}`", _first_line(kind.__doc__)) for kind in classes),
        (CHANGES, "", "With `--detailed-exitcode`: `--execute` would change something. Nothing was touched."),
        (REJECTS, "", "With `--rejects-exitcode`: the command did what it was asked to do, without some rows."),
        (INTERRUPTED, "", "Interrupted by Ctrl-C. Everything was rolled back."),
    ]
    order = ", ".join(str(code) for code in reversed(SEVERITY))
    intro = (
        f"{WRITTEN} `wdh-run` and all commands of `wdh` end with one of these. The errors are those that a program "
        f"which calls wdh catches. Of several runs by one command the gravest code counts, in this order: {order}."
    )
    head = ("code", "error", "what it means", "what to do")
    return f"{intro}\n\n{_table(head, ((str(code), *said, NEXT_STEPS[code]) for code, *said in rows))}"


def reject_codes() -> str:
    """Write the codes of rejects: those of the columns, and those that other modules give."""
    meanings = {
        **_documented_members(CORE / "columns" / "reasons.py", "Reason"),
        **_documented_members(CORE / "checking" / "reasons.py", "CheckReason"),
        **other_reasons(),
    }
    sentences = {reason.value: sentence for reason, sentence in (*SENTENCES.items(), *CHECK_SENTENCES.items())}
    rows = [(f"`{code}`", meaning, sentences.get(code, "")) for code, meaning in meanings.items()]
    intro = (
        f"{WRITTEN} `reason` of a reject, in reports and in rejects.xlsx. `{{…}}` stands for a fact about the cell. "
        "Domain packages have codes of their own beside these."
    )
    return _section("Reject codes", f"{intro}\n\n{_table(('code', 'when', 'what it says'), rows)}")


def other_reasons() -> dict[str, str]:
    """Find the codes that modules give to ``Reject(reason=NAME)`` or ``row.reject(column, NAME, …)``, with the sentence
    below the constant NAME.
    """
    found = {}
    for path, tree in _modules():
        constants = _constants(tree)
        for call in _calls(tree, "Reject"):
            reason = next((keyword.value for keyword in call.keywords if keyword.arg == "reason"), None)
            if isinstance(reason, ast.Name) and reason.id.isupper():
                code, meaning = constants[reason.id]
                found[code] = meaning
            elif isinstance(reason, ast.Constant):
                raise LookupError(f"{path}:{call.lineno}: make the reason a constant with a sentence below it")
        for call in _calls(tree, "reject", of="row"):
            reason = call.args[1] if len(call.args) > 1 else None
            if isinstance(reason, ast.Name) and reason.id in constants:
                code, meaning = constants[reason.id]
                found[code] = meaning
    return found


def note_codes() -> str:
    """Write the codes of notes, found by the calls ``Note("code", SENTENCE, …)`` and ``RowNote(…)`` of the core."""
    rows = []
    for _, tree in _modules():
        constants = _constants(tree)
        for call in (*_calls(tree, "Note"), *_calls(tree, "RowNote")):
            code, sentence = call.args[0], _unsaid(call.args[1])
            if isinstance(code, ast.Constant):
                rows.append((f"`{code.value}`", constants[ast.unparse(_unsaid(sentence))][0]))
    intro = "`code` of a note, in reports. Domain packages and plugins have codes of their own beside these."
    return _section("Note codes", f"{intro}\n\n{_table(('code', 'what it says'), sorted(rows))}")


def log_events() -> str:
    """Write the events of the log, as their contract describes them."""
    contract = read_contract(EVENT)
    intro = (
        f"{WRITTEN} Logs go to stderr; `--log-level` chooses the least level and `--log-format json` writes one "
        "object a line, with `event`, `level`, `timestamp` (ISO 8601 in UTC) and the fields below. `wdh schema event` "
        "prints its JSON Schema. A program that calls wdh gets the events from the logger `wdh`."
    )
    rows = ((f"[`{name}`](#{name})", _level(entry), entry["description"]) for name, entry in contract["$defs"].items())
    parts = [f"{intro}\n\n{_table(('event', 'level', 'when'), rows)}"]
    for name, entry in contract["$defs"].items():
        fields = [(f"`{field}`", entry["properties"][field]["description"]) for field in entry["required"]]
        parts.append(f"## {name}\n\n{entry['description']}\n\n{_table(('field', 'what it says'), fields)}")
    return "\n\n".join(parts)


def _level(event: Mapping[str, Any]) -> str:
    return str(event["properties"]["level"]["const"])


def variables() -> str:
    """Write the environment variables: one for each flag of a run, then those without a flag."""
    options = [parameter for parameter in run_command.params if isinstance(parameter, click.Option)]
    flags = [(f"`{option.envvar}`", f"`{option.opts[0]}`", option.help or "") for option in options if option.envvar]
    others = [(name if name.startswith("`") else f"`{name}`", "", what) for name, what in OTHER_VARIABLES.items()]
    rows = flags + others
    intro = (
        f"{WRITTEN} A flag wins over its variable. A domain package sees those that begin with `WDH_`, but for "
        "passwords. Further variables of libpq (PGPASSWORD, PGSSLMODE …) work as everywhere."
    )
    return f"{intro}\n\n{_table(('variable', 'flag', 'what it says'), rows)}"


def report_keys() -> Iterator[str]:
    """Write the keys of the report, which its contract describes."""
    contract = read_contract(REPORT)
    intro = f"{contract['description']} `wdh schema {REPORT}` prints its JSON Schema."
    yield _section("Keys of the JSON report", f"{intro}\n\n{_keys(contract)}")
    for entry in contract["$defs"].values():
        parts = filter(None, (entry.get("description"), _keys(entry)))
        yield f"### {entry['title']}\n\n" + "\n\n".join(parts)


def _keys(contract: Mapping[str, Any]) -> str:
    rows = [(f"`{key}`", entry["description"]) for key, entry in contract["properties"].items()]
    return _table(("key", "what it says"), rows)


def _section(title: str, text: str) -> str:
    return f"## {title}\n\n{text}\n"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, *rows]
    head_line, *body = ("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    return "\n".join([head_line, "|---" * len(head) + "|", *body])


def _first_line(docstring: str | None) -> str:
    return (docstring or "").strip().splitlines()[0]


@cache
def _modules() -> tuple[tuple[Path, ast.Module], ...]:
    return tuple((path, ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(CORE.rglob("*.py")))


def _calls(tree: ast.Module, name: str, *, of: str | None = None) -> Sequence[ast.Call]:
    """Find the calls ``name(…)``, or ``of.name(…)``."""
    return _calls_by_name(tree).get(name if of is None else f"{of}.{name}", ())


@cache
def _calls_by_name(tree: ast.Module) -> Mapping[str, Sequence[ast.Call]]:
    found: dict[str, list[ast.Call]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found.setdefault(ast.unparse(node.func), []).append(node)
    return found


def _constants(tree: ast.Module | ast.ClassDef) -> dict[str, tuple[str, str]]:
    """Give the constants that are texts, each with the sentence below it (empty: there is none)."""
    found = {}
    for node, below in zip(tree.body, [*tree.body[1:], ast.Pass()], strict=False):
        value = _unsaid(node.value) if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(value, ast.Constant):
            name = ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
            has_sentence = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            sentence = str(below.value.value) if has_sentence else ""
            found[name] = str(value.value), " ".join(sentence.replace("``", "`").split())
    return found


def _unsaid(node: ast.expr | None) -> ast.expr | None:
    """Give the text that is said now or later, ``say(TEXT)``, as it is said in English."""
    match node:
        case ast.Call(ast.Name("say" | "later"), [text, *_]):
            return text
    return node


def _documented_members(path: Path, name: str) -> dict[str, str]:
    """Give the values of an enumeration, each with the sentence below it."""
    tree = next(tree for known, tree in _modules() if known == path)
    enumeration = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    return dict(_constants(enumeration).values())


if __name__ == "__main__":
    for name, text in write_pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")
