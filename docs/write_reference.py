"""Writes docs/reference.md: exit codes, codes of rejects and notes, log events, variables, report keys.

Usage: ``python docs/write_reference.py``. A test holds the page to what this would write.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import click

from wdh.checking.reasons import SENTENCES as CHECK_SENTENCES
from wdh.columns.reasons import SENTENCES
from wdh.command.failures import INTERRUPTED
from wdh.command.run import CHANGES, REJECTS
from wdh.command.run import main as run_command
from wdh.errors import DatabaseError, DataError, OutcomeUnknown, SetupError, WdhError
from wdh.warehouse.address import HOME_VARIABLE, LIBPQ_PLACES, URI_VARIABLE, VARIABLES
from wdh_schemas import REPORT, read_contract

ROOT = Path(__file__).parents[1]
CORE = ROOT / "core" / "wdh"
PAGE = ROOT / "docs" / "reference.md"
HEAD = """\
# Reference: what wdh tells programs

Written from the code by `python docs/write_reference.py`. Codes, event names and keys are stable: one that is here does
not change its meaning. [configuration.md](configuration.md) has the keys of data_sources.yml, [api.md](api.md) the
functions, and `wdh-run --help` the flags.
"""
EVENTS = {
    "apply_tried_again": "The transaction was rolled back for a passing reason and begins again.",
    "cause_not_found": "The server refused a step, and asking it for the cause failed as well.",
    "facts_checked": "The checks over whole sheets were tried on all facts.",
    "file_passed_over": "A file or folder below the data directory is not part of the run.",
    "goodbye_failed": "Closing the connection failed after the commit. The run is committed.",
    "helper_ended": "The second process ended early. This process reads its rows.",
    "helper_gave_up": "The second process could not go on. This process reads its rows.",
    "holders_not_found": "A lock was not granted in time, and the sessions that hold it could not be read.",
    "hook_deprecated": "A package answers a hook, or takes an argument of one, that a later version will not have.",
    "key_columns_not_filled": "`fill_null_only` was asked to fill a key column and left it out.",
    "mended_workbook_recognised": "A workbook of the run is one that was sent back, by its hidden mark.",
    "plan_changed": "The catalogue of the warehouse changed something of the plan.",
    "plugin_failed": "A plugin raised an error in `run_finished` or `run_failed`. The run is over all the same.",
    "plugin_misbehaved": "A package printed, or changed something of the process, during a hook.",
    "reader_chosen": "A sheet was opened with this reader.",
    "rows_not_shared": "The sheet is not read by a second process.",
    "run_not_skipped": "With --skip-unchanged: something differs from the latest committed run.",
    "step_applied": "A step of the plan was run. It is not committed yet.",
    "transaction_committed": "The run is committed.",
    "warehouse_asked": "A plugin asks the warehouse before the plan is made.",
    "warehouse_chosen": "The plan is applied to this warehouse.",
    "workbook_read": "All rows of a workbook were read.",
    "workbook_taken": "A workbook is part of the run.",
}
"""What each event means. Names, levels and fields are the code's."""

OTHER_VARIABLES = {
    URI_VARIABLE: "The warehouse as a libpq URI. Used where --dsn is not given.",
    **{name: f"The warehouse's `{keyword}`. Used where no URI is given." for name, keyword in VARIABLES.items()},
    ", ".join(f"`{name}`" for name in LIBPQ_PLACES): "libpq's own. Used where none of the above names a server.",
    HOME_VARIABLE: "The folder of the embedded PostgreSQL. Used where no other server is named.",
    "WDH_TEST_DSN": "The server for tests with `wdh.testing`, whose role may create databases.",
    "COLUMNS": "The width of reports on a terminal.",
    "TMPDIR": "The folder for facts while a run goes on.",
}


class Event(NamedTuple):
    """An event of the log: its level, and the fields that are logged with it."""

    level: str
    fields: tuple[str, ...]


def write_page() -> str:
    """Give the whole page."""
    parts = [HEAD, exit_codes(), reject_codes(), note_codes(), log_events(), variables(), *report_keys()]
    return "\n".join(part.rstrip() + "\n" for part in parts)


def exit_codes() -> str:
    """Write the exit codes, which are those of the classes of errors."""
    classes: tuple[type[WdhError], ...] = (SetupError, DataError, DatabaseError, OutcomeUnknown)
    rows = [
        ("0", "", "The command did what it was asked to do."),
        ("1", "", "A fault of wdh. Whatever was begun in the database was rolled back."),
        *((str(kind.exit_code), f"`{kind.__name__}`", _first_line(kind.__doc__)) for kind in classes),
        (str(CHANGES), "", "With `--detailed-exitcode`: `--execute` would change something. Nothing was touched."),
        (str(REJECTS), "", "With `--rejects-exitcode`: the command did what it was asked to do, without some rows."),
        (str(INTERRUPTED), "", "Interrupted by Ctrl-C. Everything was rolled back."),
    ]
    return _section("Exit codes", _table(("code", "error", "what it means"), rows))


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
        "`reason` of a reject, in reports and in rejects.xlsx. `{…}` stands for a fact about the cell. Domain packages "
        "have codes of their own beside these."
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
                rows.append((f"`{code.value}`", constants[ast.unparse(sentence)][0]))
    intro = "`code` of a note, in reports. Domain packages and plugins have codes of their own beside these."
    return _section("Note codes", f"{intro}\n\n{_table(('code', 'what it says'), sorted(rows))}")


def log_events() -> str:
    """Write the events of the log."""
    rows = [
        (f"`{name}`", event.level, ", ".join(f"`{field}`" for field in event.fields), EVENTS[name])
        for name, event in sorted(find_events().items())
    ]
    intro = (
        "Logs go to stderr; `--log-level` chooses the level and `--log-format json` writes one object a line, with "
        "`event`, `level`, `timestamp` and these fields. A program that calls wdh gets them from the logger `wdh`."
    )
    return _section("Log events", f"{intro}\n\n{_table(('event', 'level', 'fields', 'when'), rows)}")


def find_events() -> Mapping[str, Event]:
    """Find every call ``log.LEVEL("event", field=…)`` of the core."""
    found = {}
    for _, tree in _modules():
        for level in ("debug", "info", "warning"):
            for call in _calls(tree, level, of="log"):
                fields = tuple(keyword.arg for keyword in call.keywords if keyword.arg is not None)
                found |= dict.fromkeys(_texts(call.args[0]), Event(level, fields))
    return found


def variables() -> str:
    """Write the environment variables: one for each flag of a run, then those without a flag."""
    options = [parameter for parameter in run_command.params if isinstance(parameter, click.Option)]
    flags = [(f"`{option.envvar}`", f"`{option.opts[0]}`", option.help or "") for option in options if option.envvar]
    others = [(name if name.startswith("`") else f"`{name}`", "", what) for name, what in OTHER_VARIABLES.items()]
    rows = flags + others
    intro = (
        "A flag wins over its variable. A domain package sees those that begin with `WDH_`, but for passwords. Further "
        "variables of libpq (PGPASSWORD, PGSSLMODE …) work as everywhere."
    )
    return _section("Environment variables", f"{intro}\n\n{_table(('variable', 'flag', 'what it says'), rows)}")


def report_keys() -> Iterator[str]:
    """Write the keys of the report, which its contract describes."""
    contract = read_contract(REPORT)
    intro = f"{contract['description']} The contract is `schemas/wdh_schemas/{REPORT}.schema.json`."
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


def _calls(tree: ast.AST, name: str, *, of: str | None = None) -> Iterator[ast.Call]:
    """Find the calls ``name(…)``, or ``of.name(…)``."""
    wanted = name if of is None else f"{of}.{name}"
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == wanted)


def _texts(node: ast.AST) -> Iterator[str]:
    """Give the texts that an expression may come to: one, or the two of a condition."""
    if isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    else:
        raise LookupError(f"no name of an event: {ast.unparse(node)}")


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
    """Give what stands in ``later(…)`` or ``say(…)``; anything else as it is."""
    is_said = isinstance(node, ast.Call) and ast.unparse(node.func) in ("later", "say")
    return node.args[0] if isinstance(node, ast.Call) and is_said else node


def _documented_members(path: Path, name: str) -> dict[str, str]:
    """Give the values of an enumeration, each with the sentence below it."""
    tree = next(tree for known, tree in _modules() if known == path)
    enumeration = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    return dict(_constants(enumeration).values())


if __name__ == "__main__":
    PAGE.write_text(write_page(), encoding="utf-8")
